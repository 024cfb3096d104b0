import { expect, it } from 'vitest';
import { AUTHENTICATIONS, NO_BUGS } from '../../../../src/consensus/pbft/index.js';
import { PbftWorld } from './world.js';

/** What n4 executes where it alone prepared a batch in view 0, and view 1, of which it is not asked, orders another there. */
function executedAfterOrphan(authentication: (typeof AUTHENTICATIONS)[number], bugs = NO_BUGS): readonly string[] {
  const world = new PbftWorld({ options: { authentication, bugs, batchIntervalMs: 0 } });
  const prepared: number[] = [];
  const executed: string[] = [];
  world.onTrace = (node, step) => {
    if (node === 'n4' && step.name === 'Prepared') prepared.push(step.view);
    if (node === 'n4' && step.name === 'Execute') executed.push(`${step.sequence} in view ${step.view}`);
  };
  world.onSend = (sent) => {
    const { from, to, message } = sent;
    // Prepares of view 0 reach n4 alone, and what n4 says of them in the view change reaches nobody in time.
    const isOrphan = message.type === 'Prepare' && message.view === 0 && to !== 'n4';
    return isOrphan || (from === 'n4' && message.type === 'ViewChange') ? undefined : sent;
  };
  const [one, two] = ['a', 'b'].map((label) => world.keys.create(label));
  if (one === undefined || two === undefined) throw new Error('no clients');
  const first = world.ask(one, 1, { f: 'append', key: 'k', value: 1 }, world.ids);
  world.run(20);
  const second = world.ask(two, 1, { f: 'append', key: 'k', value: 2 }, world.ids);
  expect(world.run(5000, () => first.answers.size >= 3 && second.answers.size >= 3)).toBe(true);
  world.run(2000);
  expect(prepared[0]).toBe(0);
  return executed;
}

it.each(AUTHENTICATIONS)(
  'with %s a batch that one replica alone prepared gives way to what a new view orders',
  (mode) => {
    expect(executedAfterOrphan(mode)).toContain('1 in view 1');
  },
);

it('who never gives up what it prepared once stays behind (IBFT without unlocking) until others say what they executed', () => {
  const bugs = { ...NO_BUGS, locksForEver: true };
  expect(executedAfterOrphan('signatures', { ...bugs, tellsNoDecisions: true })).toEqual([]);
  expect(executedAfterOrphan('signatures', bugs)).toContain('1 in view 2');
});

/** By sequence number, each digest that some replica executed, where a checkpoint becomes stable between two view changes. */
function executedAroundCheckpoint(bugs = NO_BUGS): ReadonlyMap<number, ReadonlySet<string>> {
  const options = { bugs, checkpointInterval: 2, logWindow: 8, batchIntervalMs: 0 };
  const world = new PbftWorld({ options });
  const executed = new Map<number, Set<string>>();
  let isCheckpointTold = false;
  world.onTrace = (_, step) => {
    if (step.name !== 'Execute') return;
    executed.set(step.sequence, (executed.get(step.sequence) ?? new Set()).add(step.digest));
  };
  world.onSend = (sent) => {
    const { to, message } = sent;
    // Only n4 learns that 3 is committed; and n2 cannot begin view 1.
    if (message.type === 'Commit' && message.view === 0 && message.sequence === 3 && to !== 'n4') return undefined;
    if (message.type === 'ViewChange' && message.view === 1 && to === 'n2') return undefined;
    return message.type === 'Checkpoint' && !isCheckpointTold ? undefined : sent;
  };
  const [one, two] = ['a', 'b'].map((label) => world.keys.create(label));
  if (one === undefined || two === undefined) throw new Error('no clients');
  const append = (value: number) => ({ f: 'append', key: 'k', value });
  for (const timestamp of [1, 2]) {
    const asked = world.ask(one, timestamp, append(timestamp), world.ids);
    expect(world.run(500, () => asked.answers.size === 4)).toBe(true);
  }
  const third = world.ask(one, 3, append(3), world.ids);
  expect(world.run(150, () => third.answers.has('n4'))).toBe(true);
  world.crash('n4');
  const fourth = world.ask(two, 1, append(4), world.ids);
  const views = () => ['n1', 'n2', 'n3'].map((id) => world.core(id).status().term);
  expect(world.run(2000, () => views().every((view) => view === 1))).toBe(true);
  isCheckpointTold = true;
  expect(world.run(5000, () => third.answers.size === 4 && fourth.answers.size >= 3)).toBe(true);
  return executed;
}

it('what was prepared is told in the next view change also where a checkpoint before it became stable meanwhile', () => {
  for (const digests of executedAroundCheckpoint().values()) expect(digests.size).toBe(1);
  const forgotten = executedAroundCheckpoint({ ...NO_BUGS, forgetsDuringViewChange: true });
  expect(forgotten.get(3)?.size).toBe(2);
});
