import { describe, expect, it } from 'vitest';
import { AUTHENTICATIONS } from '../../../../src/consensus/pbft/index.js';
import { PbftWorld } from './world.js';

describe.each(AUTHENTICATIONS)('replies of PBFT with %s', (authentication) => {
  it('leave when the COMMIT that they rest on has left, for then it is durable', () => {
    const world = new PbftWorld({ options: { authentication } });
    const client = world.keys.create('c1');
    const decided = new Map<string, number>();
    const committed = new Map<string, number>();
    world.onTrace = (node, step) => {
      if (step.name === 'CommittedLocal') decided.set(node, step.sequence);
      if (step.name !== 'Send') return;
      const message = step.message as { type: string; sequence: number };
      if (message.type === 'Commit') committed.set(node, Math.max(committed.get(node) ?? 0, message.sequence));
    };
    // COMMITs come before PREPAREs there, so that all is decided at once.
    world.onSend = (sent) => {
      if (sent.to !== 'n4' || sent.message.type !== 'Prepare') return sent;
      world.at(world.nowUs + 20_000, () => world.deliver(sent));
      return undefined;
    };
    const early: string[] = [];
    for (let timestamp = 1; timestamp <= 10; timestamp++) {
      const { answers } = world.ask(client, timestamp, { f: 'append', key: 'k', value: timestamp }, ['n1']);
      const answered = answers.set.bind(answers);
      answers.set = (node, outcome) => {
        if ((committed.get(node) ?? 0) < (decided.get(node) ?? 0)) early.push(`${node} at ${decided.get(node)}`);
        return answered(node, outcome);
      };
      expect(world.run(500, () => answers.size === 4)).toBe(true);
    }
    expect(early).toEqual([]);
  });

  it('to reads without an order are none while the state is older than the one before a restart', () => {
    const world = new PbftWorld({ options: { authentication } });
    const client = world.keys.create('c1');
    const write = world.ask(client, 1, { f: 'write', key: 'k', value: 7 }, ['n1']);
    expect(world.run(100, () => write.answers.size === 4)).toBe(true);
    world.crash('n4');
    const { onSend } = world;
    world.onSend = (sent) => (sent.to === 'n4' ? undefined : onSend(sent));
    world.boot('n4');
    const early = world.ask(client, 2, { f: 'read', key: 'k' }, world.ids, true);
    world.run(100);
    expect([...early.answers.keys()].sort()).toEqual(['n1', 'n2', 'n3']);
    world.onSend = onSend;
    expect(world.run(2000, () => world.core('n4').status().commitIndex === 1)).toBe(true);
    const late = world.ask(client, 3, { f: 'read', key: 'k' }, world.ids, true);
    expect(world.run(100, () => late.answers.size === 4)).toBe(true);
    expect(world.accepted(late, 4)).toEqual({ type: 'ok', value: 7 });
  });
});
