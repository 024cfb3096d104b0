import { describe, expect, it } from 'vitest';
import { AUTHENTICATIONS } from '../../../../src/consensus/pbft/index.js';
import { PbftWorld, type Sent } from './world.js';

describe.each(AUTHENTICATIONS)('PBFT with %s', (authentication) => {
  it('executes a request at every replica, and all vouch for the same outcome', () => {
    const world = new PbftWorld({ options: { authentication } });
    const client = world.keys.create('c1');
    const write = world.ask(client, 1, { f: 'write', key: 'k', value: 7 }, ['n1']);
    expect(world.run(100, () => write.answers.size === 4)).toBe(true);
    const read = world.ask(client, 2, { f: 'read', key: 'k' }, ['n1']);
    expect(world.run(100, () => read.answers.size === 4)).toBe(true);
    expect(world.accepted(read, 4)).toEqual({ type: 'ok', value: 7 });
  });

  it('changes its view when the primary is dead, and goes on', () => {
    const world = new PbftWorld({ options: { authentication } });
    const client = world.keys.create('c1');
    world.crash('n1');
    const write = world.ask(client, 1, { f: 'write', key: 'k', value: 7 }, world.ids);
    expect(world.run(2000, () => write.answers.size === 3)).toBe(true);
    expect(world.core('n2').status().term).toBe(1);
    world.boot('n1');
    const read = world.ask(client, 2, { f: 'read', key: 'k' }, ['n2']);
    expect(world.run(2000, () => read.answers.size === 4)).toBe(true);
    expect(world.accepted(read, 4)).toEqual({ type: 'ok', value: 7 });
  });

  it('brings a replica that fell behind to the state of a stable checkpoint', () => {
    const world = new PbftWorld({ options: { authentication, checkpointInterval: 4, logWindow: 8 } });
    const client = world.keys.create('c1');
    world.crash('n4');
    for (let timestamp = 1; timestamp <= 20; timestamp++) {
      const asked = world.ask(client, timestamp, { f: 'append', key: 'k', value: timestamp }, ['n1']);
      expect(world.run(500, () => asked.answers.size === 3)).toBe(true);
    }
    world.boot('n4');
    expect(world.run(2000, () => (world.core('n4').status().commitIndex ?? 0) >= 20)).toBe(true);
    expect(world.core('n4').status().metrics.pbft_states_installed_total).toBe(1);
  });

  it('accepts nothing anew that it forgot for a checkpoint that others proved', () => {
    const world = new PbftWorld({ options: { authentication, checkpointInterval: 4, logWindow: 8 } });
    const client = world.keys.create('c1');
    const proposals: Sent[] = [];
    world.onSend = (sent) => {
      if (sent.message.type === 'PrePrepare' && sent.to === 'n4') proposals.push(sent);
      // It learns what is stable, and does not get the state.
      return sent.message.type === 'StateChunk' ? undefined : sent;
    };
    world.crash('n4');
    for (let timestamp = 1; timestamp <= 20; timestamp++) {
      const asked = world.ask(client, timestamp, { f: 'append', key: 'k', value: timestamp }, ['n1']);
      expect(world.run(500, () => asked.answers.size === 3)).toBe(true);
    }
    const accepted: number[] = [];
    world.onTrace = (node, step) => {
      if (node === 'n4' && step.name === 'AcceptPrePrepare') accepted.push(step.sequence);
    };
    world.boot('n4');
    world.run(500);
    for (const sent of proposals) world.deliver(sent);
    // The latest checkpoint is 20, and L is 8.
    expect(accepted.filter((sequence) => sequence <= 12)).toEqual([]);
    expect(accepted).not.toEqual([]);
  });
});
