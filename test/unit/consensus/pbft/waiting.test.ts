import { describe, expect, it } from 'vitest';
import { createPbft, DEFAULT_PBFT_OPTIONS, type PbftMessage } from '../../../../src/consensus/pbft/index.js';
import type { ViewChange } from '../../../../src/consensus/pbft/messages.js';
import type { DurableRecord, Effect, Input } from '../../../../src/consensus/protocol.js';
import { Cast, NODES } from './cast.js';
import { TestKeyring } from './keys.js';
import { PbftWorld } from './world.js';

const cast = new Cast();
const options = { ...DEFAULT_PBFT_OPTIONS, checkpointInterval: 5, logWindow: 10 };

/** One replica, whose disk is quick. */
class Alone {
  disk: DurableRecord[] = [];
  effects: Effect<PbftMessage>[] = [];
  private core = this.boot();

  restart(): void {
    this.core = this.boot();
  }

  step(input: Input<PbftMessage>): Effect<PbftMessage>[] {
    this.effects = [];
    this.carryOut(this.core.step(input, 0));
    return this.effects;
  }

  hears(message: PbftMessage): Effect<PbftMessage>[] {
    return this.step({ kind: 'receive', from: 'n2', message });
  }

  sent<Type extends PbftMessage['type']>(type: Type): Extract<PbftMessage, { type: Type }>[] {
    return this.effects.flatMap((effect) => {
      if (effect.kind !== 'send' || effect.message.type !== type) return [];
      return [effect.message as Extract<PbftMessage, { type: Type }>];
    });
  }

  private boot() {
    const core = createPbft({ id: 'n1', nodes: NODES, keys: new TestKeyring('n1'), options });
    core.start(this.disk, 0);
    return core;
  }

  private carryOut(effects: readonly Effect<PbftMessage>[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'persist') {
        this.effects.push(effect);
        continue;
      }
      this.disk = effect.mode === 'replace' ? [...effect.records] : [...this.disk, ...effect.records];
      this.carryOut(effect.then);
      if (effect.token !== undefined) this.carryOut(this.core.step({ kind: 'persisted', token: effect.token }, 0));
    }
  }
}

const timeout: Input<PbftMessage> = { kind: 'timer', timer: 'view-change' };
const tick: Input<PbftMessage> = { kind: 'timer', timer: 'status' };
const checkpoints = (sequence: number) => NODES.slice(1).map((node) => cast.checkpoint(node, sequence, 'theirs'));

describe('a replica that waits for a view', () => {
  it('goes on in time when a quorum left the view before, be it that some of them are further', () => {
    const replica = new Alone();
    replica.step(timeout);
    replica.hears(cast.viewChange('n4', 1));
    expect(replica.effects.some((effect) => effect.kind === 'set-timer')).toBe(false);
    replica.hears(cast.viewChange('n3', 2));
    expect(replica.effects).toContainEqual(expect.objectContaining({ kind: 'set-timer', timer: 'view-change' }));
    replica.step(timeout);
    expect(replica.sent('ViewChange')[0]).toMatchObject({ view: 2 });
  });
});

describe('a replica that fell behind a stable checkpoint', () => {
  it('says in its view change what others can prove, with the window above that, also after a restart', () => {
    const replica = new Alone();
    for (const checkpoint of checkpoints(20)) replica.hears(checkpoint);
    const proposal = cast.proposal('n1', 23, [cast.request('c1')]);
    for (const node of ['n2', 'n3', 'n4']) replica.hears(cast.prepare(node, 23, proposal.digest));
    replica.step(timeout);
    expect(replica.sent('ViewChange')[0]).toMatchObject({ view: 1, stable: 20, proof: checkpoints(20) });
    replica.restart();
    replica.step(timeout);
    const [change] = replica.sent('ViewChange') as ViewChange[];
    expect(change).toMatchObject({ view: 2, stable: 20, proof: checkpoints(20) });
  });

  it('takes any state that is news, for those that have the latest may be down or lie', () => {
    const replica = new Alone();
    for (const checkpoint of checkpoints(20)) replica.hears(checkpoint);
    replica.step(tick);
    expect(replica.sent('FetchState')[0]).toMatchObject({ sequence: 1 });
  });
});

describe('a checkpoint', () => {
  it('is not forgotten in a restart by those who told others of it, while one keeps its state to itself', () => {
    const world = new PbftWorld({ options: { checkpointInterval: 2, logWindow: 4 } });
    const isStableAt = (id: string) => world.core(id).status().metrics.pbft_stable_sequence === 2;
    world.onSend = (sent) => (sent.message.type === 'Checkpoint' && sent.to !== 'n4' ? undefined : sent);
    const client = world.keys.create('c1');
    for (let timestamp = 1; timestamp <= 2; timestamp++) {
      const asked = world.ask(client, timestamp, { f: 'append', key: 'x', value: timestamp }, world.ids);
      expect(world.run(2000, () => asked.answers.size === world.ids.length)).toBe(true);
    }
    world.run(20);
    expect(world.ids.filter(isStableAt)).toEqual(['n4']);
    for (const id of ['n1', 'n2', 'n3']) world.crash(id);
    for (const id of ['n1', 'n2']) world.boot(id);
    // The view that comes begins at 2, which the liar can prove.
    world.onSend = (sent) => {
      const { message } = sent;
      const isOld = 'view' in message && message.view === 0 && message.type !== 'Status';
      return isOld || (sent.from === 'n4' && message.type === 'StateChunk') ? undefined : sent;
    };
    const read = world.ask(client, 3, { f: 'read', key: 'x' }, world.ids);
    expect(world.run(20_000, () => world.accepted(read, 3) !== undefined)).toBe(true);
    expect(world.accepted(read)).toEqual({ type: 'ok', value: [1, 2] });
  });

  it('that is above what is stable at another is told again, for its window may be full', () => {
    const world = new PbftWorld({ options: { checkpointInterval: 2, logWindow: 4 } });
    let lost = 0;
    world.onSend = (sent) => {
      if (sent.message.type !== 'Checkpoint' || world.nowUs > 3_000_000) return sent;
      lost++;
      return undefined;
    };
    const client = world.keys.create('c1');
    for (let timestamp = 1; timestamp <= 6; timestamp++) {
      const asked = world.ask(client, timestamp, { f: 'append', key: 'x', value: timestamp }, world.ids);
      const isDone = world.run(timestamp > 4 ? 20_000 : 700, () => world.accepted(asked) !== undefined);
      expect({ timestamp, isDone }).toEqual({ timestamp, isDone: true });
    }
    expect(lost).toBeGreaterThan(0);
  });
});
