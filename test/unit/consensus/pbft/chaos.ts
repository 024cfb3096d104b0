import type { NodeId } from '../../../../src/kernel/ids.js';
import { Random } from '../../../../src/kernel/random.js';

import { Watcher } from './watcher.js';
import { type Asked, PbftWorld, type WorldOptions } from './world.js';

export interface ChaosOptions extends WorldOptions {
  readonly seed: number;
  /** How long faults last, and how long afterwards all must be well. */
  readonly faultsMs?: number;
  readonly recoveryMs?: number;
  /** Replicas whose steps prove nothing. */
  readonly traitors?: readonly NodeId[];
  readonly faults?: { readonly loss?: number; readonly kills?: boolean; readonly partitions?: boolean };
  /** Called once, at the start. */
  readonly prepare?: (world: PbftWorld) => void;
}

export interface ChaosResult {
  readonly violations: readonly string[];
  readonly asked: number;
  readonly answered: number;
  readonly highestView: number;
  readonly executed: number;
  readonly statesInstalled: number;
  readonly world: PbftWorld;
}

/** Clients, faults by chance, then peace: nothing may be contradicted, and what is asked then must be answered. */
export function runChaos(options: ChaosOptions): ChaosResult {
  const { seed, faultsMs = 3000, recoveryMs = 30_000, traitors = [], faults = {} } = options;
  const { loss = 0.05, kills = true, partitions = true } = faults;
  const world = new PbftWorld({
    ...options,
    options: { checkpointInterval: 5, logWindow: 20, batchRequests: 4, batchesInFlight: 3, ...options.options },
  });
  const watcher = new Watcher(traitors);
  world.onTrace = (node, step) => watcher.observe(node, step);
  options.prepare?.(world);
  const { onSend } = world;
  const random = new Random(seed).fork('chaos');
  let apart: ReadonlySet<NodeId> = new Set();
  let calm = false;
  world.onSend = (given) => {
    const sent = onSend(given);
    if (sent === undefined || calm) return sent;
    return apart.has(sent.from) !== apart.has(sent.to) || random.chance(loss) ? undefined : sent;
  };
  const correct = world.ids.filter((id) => !traitors.includes(id));
  const all: Asked[] = [];
  let value = 0;
  const clients = Array.from({ length: 5 }, (_, index) => ({
    keys: world.keys.create(`c${index}`),
    timestamp: 0,
    asked: undefined as Asked | undefined,
    sinceUs: 0,
  }));
  const serve = (patienceUs: number) => {
    for (const client of clients) {
      if (client.asked && client.asked.believed === undefined) {
        if (world.nowUs - client.sinceUs < patienceUs) continue;
        // Asks everybody, for the same.
        world.askAgain(client.asked);
        client.sinceUs = world.nowUs;
        continue;
      }
      const key = `k${random.int(1, 3)}`;
      const operation = random.chance(0.2) ? { f: 'read', key } : { f: 'append', key, value: ++value };
      client.asked = world.ask(client.keys, ++client.timestamp, operation, [random.pick(world.ids)]);
      watcher.asked(client.asked);
      client.sinceUs = world.nowUs;
      all.push(client.asked);
    }
  };
  while (world.nowUs < faultsMs * 1000) {
    if (partitions && random.chance(0.1)) {
      apart = new Set(
        random.chance(0.5) ? random.shuffle(world.ids).slice(0, random.int(1, world.ids.length - 1)) : [],
      );
    }
    if (kills && random.chance(0.05)) {
      const id = random.pick(correct);
      if (world.isUp(id)) world.crash(id);
      else world.boot(id);
    }
    serve(100_000);
    world.run(20);
  }
  calm = true;
  apart = new Set();
  for (const id of world.ids) if (!world.isUp(id)) world.boot(id);
  const before = all.length;
  const end = world.nowUs + recoveryMs * 1000;
  while (
    world.nowUs < end &&
    (all.length < before + 10 || clients.some(({ asked }) => asked && asked.believed === undefined))
  ) {
    if (all.length < before + 10) serve(300_000);
    else {
      for (const client of clients) {
        if (client.asked?.believed !== undefined || client.asked === undefined) continue;
        if (world.nowUs - client.sinceUs < 300_000) continue;
        world.askAgain(client.asked);
        client.sinceUs = world.nowUs;
      }
    }
    world.run(20);
  }
  const unanswered = clients.filter(({ asked }) => asked && asked.believed === undefined).length;
  if (unanswered > 0) watcher.violations.push(`NotRecovered: ${unanswered} clients wait`);
  for (const asked of all) watcher.believed(asked);
  const statuses = correct.map((id) => world.core(id).status());
  return {
    violations: watcher.violations,
    asked: all.length,
    answered: all.filter(({ believed }) => believed !== undefined).length,
    highestView: Math.max(...statuses.map(({ term }) => term ?? 0)),
    executed: watcher.executed,
    statesInstalled: statuses.reduce((sum, { metrics }) => sum + (metrics.pbft_states_installed_total ?? 0), 0),
    world,
  };
}
