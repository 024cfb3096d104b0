import { AUTHENTICATIONS, createReplica, quorumsOf } from '../../../../src/consensus/pbft/index.js';
import { type NodeId, nodeIds } from '../../../../src/kernel/ids.js';
import { Random } from '../../../../src/kernel/random.js';
import type { Behaviour, Corruption } from '../../../../src/ports/corruption.js';
import { type ChaosOptions, type ChaosResult, runChaos } from './chaos.js';
import { TestKeyring } from './keys.js';

export interface TreasonResult extends ChaosResult {
  readonly traitors: readonly NodeId[];
  readonly misdeeds: number;
}

/** Keys that cost next to nothing. */
const QUICK_KEYS = {
  keyring: (node: NodeId) => new TestKeyring(node),
  create: (label: string) => new TestKeyring(label),
};

export interface TreasonOptions extends Partial<ChaosOptions> {
  readonly seed: number;
  /** Of those that turn one each; one for all where there are fewer. */
  readonly behaviours: readonly Behaviour[];
  /** How many more traitors than the cluster can bear. */
  readonly excess?: number;
}

/**
 * Chaos with traitors: who they are, whom they are against and when they turn is drawn from the seed. They go on lying
 * after all other faults have ended.
 */
export function runTreason({ seed, behaviours, excess = 0, ...options }: TreasonOptions): TreasonResult {
  const random = new Random(seed).fork('treason');
  const size = options.size ?? random.pick([4, 4, 4, 5, 6, 7]);
  const ids = nodeIds(size);
  // Primaries come first: those who lead the first views can do most.
  const [first, ...rest] = random.chance(0.5) ? ids : random.shuffle(ids);
  const traitors = [first as NodeId, ...random.shuffle(rest)].slice(0, quorumsOf(size).faulty + excess);
  const correct = ids.filter((id) => !traitors.includes(id));
  const against = random.shuffle(correct).slice(0, random.int(1, correct.length - 1));
  const result = runChaos({
    size,
    faultsMs: 400,
    keys: QUICK_KEYS,
    ...options,
    seed,
    traitors,
    options: {
      viewChangeTimeoutMs: 100,
      statusMs: 30,
      authentication: random.pick(AUTHENTICATIONS),
      ...options.options,
    },
    create: (id, nodes, keys, given) =>
      createReplica({ id, nodes, keys, options: given, random: random.fork(`traitor ${id}`) }),
    prepare: (world) => {
      for (const [index, id] of traitors.entries()) {
        const corruption: Corruption = { behaviour: behaviours[index % behaviours.length] as Behaviour, against };
        world.at(random.int(0, 200_000), () => world.turn(id, corruption));
        // Some repent for a while: what they said before stays said.
        if (!random.chance(0.3)) continue;
        world.at(random.int(200_000, 300_000), () => world.turn(id, undefined));
        world.at(random.int(300_000, 400_000), () => world.turn(id, corruption));
      }
    },
  });
  const misdeeds = traitors.reduce((sum, id) => sum + (result.world.core(id).status().misdeeds ?? 0), 0);
  return { ...result, traitors, misdeeds };
}
