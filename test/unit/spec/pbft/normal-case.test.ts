import { describe, expect, it } from 'vitest';
import { NEW_REPLICA } from '../../../../spec/pbft/replica.js';
import { acted, certificate, handled, slot } from './acting.js';

describe('the normal case', () => {
  it('goes on with the next sequence number after all that the view has, up to the high watermark', () => {
    const primary = { view: 1 };
    expect(acted('PrePrepare', primary).map(({ choice }) => choice)).toEqual(['r1 as 1', 'r2 as 1', 'r3 as 1']);
    expect(acted('PrePrepare', { ...primary, slots: [slot(1, 0), slot(3, null)] }).map(({ choice }) => choice)).toEqual(
      ['r2 as 4', 'r3 as 4'],
    );
    expect(acted('PrePrepare', { ...primary, low: 2, committed: [{ ...certificate(3, 0, 2) }] })[0]?.choice).toBe(
      'r1 as 3',
    );
    expect(acted('PrePrepare', { ...primary, slots: [slot(4, 0)] })).toEqual([]);
    expect(acted('PrePrepare', { ...primary, low: 9 })).toEqual([]);
    const executed = [0, 1].map((digest) => certificate(digest + 1, 0, digest));
    expect(acted('PrePrepare', { ...primary, executed, low: 2 }).map(({ choice }) => choice)).toEqual(['r3 as 3']);
    // Neither another than the primary, nor the primary before it has entered its view.
    expect(acted('PrePrepare', { view: 2 })).toEqual([]);
    expect(acted('PrePrepare', { ...primary, active: false })).toEqual([]);
  });

  it('has pre-prepares accepted in the view that they are of, once for a sequence number between the watermarks', () => {
    const message = (sequence: number, view = 0) => ({ type: 'PrePrepare', view, sequence, digest: 0 }) as const;
    expect(handled({}, message(4))?.told).toEqual([{ type: 'Prepare', view: 0, sequence: 4, digest: 0 }]);
    expect(handled({}, message(4))?.node.slots).toEqual([slot(4, 0)]);
    expect(handled({}, message(5))).toBeUndefined();
    expect(handled({ low: 4 }, message(4))).toBeUndefined();
    expect(handled({ low: 4 }, message(5))?.node.slots).toEqual([slot(5, 0)]);
    expect(handled({}, message(1, 4))).toBeUndefined();
    expect(handled({ view: 4 }, message(1))).toBeUndefined();
    expect(handled({ active: false }, message(1))).toBeUndefined();
    expect(handled({ slots: [slot(1, 1)] }, message(1))).toBeUndefined();
    expect(handled({ slots: [slot(1, 0)] }, message(1))).toBeUndefined();
  });

  it('counts PREPAREs of different backups for the digest that was accepted', () => {
    const message = { type: 'Prepare', view: 0, sequence: 1, digest: 0 } as const;
    // With its own they are two.
    const prepared = handled({ slots: [slot(1, 0)] }, message, { from: 2 });
    expect(prepared?.told).toEqual([{ type: 'Commit', view: 0, sequence: 1, digest: 0 }]);
    expect(prepared?.node).toMatchObject({ slots: [slot(1, 0, 'prepared')], prepared: [certificate(1, 0, 0)] });
    expect(handled({ slots: [slot(1, 1)] }, message, { from: 2 })).toBeUndefined();
    expect(handled({}, message, { from: 2 })).toBeUndefined();
    expect(handled({ slots: [slot(1, 0, 'prepared')] }, message, { from: 2 })).toBeUndefined();
    expect(handled({ slots: [slot(1, 0)], active: false }, message, { from: 2 })).toBeUndefined();
    // Of seven, four more than the pre-prepare are needed.
    const counted = handled({ slots: [slot(1, 0, 'pre-prepared', 5)] }, message, { from: 3, replicas: 7 });
    expect(counted).toMatchObject({ told: [], node: { slots: [slot(1, 0, 'pre-prepared', 3, 5)], prepared: [] } });
    expect(handled(counted?.node ?? {}, message, { from: 3, replicas: 7 })).toBeUndefined();
    expect(handled(counted?.node ?? {}, message, { from: 2, replicas: 7 })?.node.slots).toEqual([
      slot(1, 0, 'prepared'),
    ]);
  });

  it('does not count the primary among those who prepare', () => {
    const message = { type: 'Prepare', view: 1, sequence: 1, digest: 0 } as const;
    const counted = handled({ view: 1, slots: [slot(1, 0)] }, message, { from: 2 });
    expect(counted?.node.slots).toEqual([slot(1, 0, 'pre-prepared', 2)]);
    expect(handled(counted?.node ?? {}, message, { from: 3 })?.node.slots).toEqual([slot(1, 0, 'prepared')]);
  });

  it('takes what prepares in a later view in place of what did in an earlier one', () => {
    const before = { view: 4, slots: [slot(1, 1)], prepared: [certificate(1, 0, 0), certificate(2, 0, 2)] };
    const message = { type: 'Prepare', view: 4, sequence: 1, digest: 1 } as const;
    expect(handled(before, message, { from: 2 })?.node.prepared).toEqual([certificate(1, 4, 1), certificate(2, 0, 2)]);
  });

  it('commits with COMMITs of a quorum, and executes in order and once', () => {
    const message = { type: 'Commit', view: 0, sequence: 1, digest: 0 } as const;
    const before = { slots: [slot(1, 0, 'prepared', 2)], prepared: [certificate(1, 0, 0)] };
    const committed = handled(before, message, { from: 3 })?.node;
    expect(committed).toMatchObject({ slots: [slot(1, 0, 'committed')], committed: [certificate(1, 0, 0)] });
    expect(handled({ slots: [slot(1, 0)] }, message, { from: 3 })).toBeUndefined();
    expect(handled({ slots: [slot(1, 1, 'prepared', 2)] }, message, { from: 3 })).toBeUndefined();
    expect(handled({ ...before, view: 4 }, message, { from: 3 })).toBeUndefined();
    expect(handled(committed ?? {}, message, { from: 0 })).toBeUndefined();
    // What was decided in an earlier view is not decided again.
    for (const known of [{ executed: [certificate(1, 0, 0)] }, { committed: [certificate(1, 0, 0)] }]) {
      const again = handled({ ...before, ...known, view: 4 }, { ...message, view: 4 }, { from: 3 })?.node;
      expect(again).toMatchObject({ ...known, slots: [slot(1, 0, 'committed')] });
    }
    const [first, ...others] = acted('Execute', { committed: [certificate(1, 0, 0), certificate(2, 0, 1)] });
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      told: [],
      node: { committed: [certificate(2, 0, 1)], executed: [certificate(1, 0, 0)] },
    });
    expect(acted('Execute', { committed: [certificate(2, 0, 1)] })).toEqual([]);
    const service = (digest: number | null) =>
      acted('Execute', { committed: [certificate(1, 0, digest)], service: [2] })[0]?.node.service;
    expect([service(0), service(2), service(null)]).toEqual([[2, 0], [2], [2]]);
  });
});

describe('checkpoints', () => {
  const executed = [certificate(1, 0, 0), certificate(2, 0, null)];
  const message = { type: 'Checkpoint', sequence: 2, history: [0, null] } as const;
  const votes = (...replicas: number[]) => [{ sequence: 2, history: [0, null], replicas }];

  it('are taken after every K-th execution, and told', () => {
    const [step] = acted('Execute', { executed: executed.slice(0, 1), committed: executed.slice(1) });
    expect(step?.told).toEqual([message]);
    expect(step?.node).toMatchObject({ low: 0, checkpoints: votes(1) });
    expect(acted('Execute', { executed, committed: [certificate(3, 0, 1)] })[0]?.told).toEqual([]);
    const [none] = acted('Execute', { executed: executed.slice(0, 1), committed: executed.slice(1) }, { interval: 0 });
    expect(none?.told).toEqual([]);
    // Others had told of it before.
    const [late] = acted('Execute', {
      executed: executed.slice(0, 1),
      committed: executed.slice(1),
      checkpoints: votes(0, 3),
    });
    expect(late).toMatchObject({ told: [message], node: { low: 2, checkpoints: [] } });
  });

  it('are stable with a quorum for one history, and make what is not above them superfluous', () => {
    const node = {
      ...{ executed, service: [0], checkpoints: [...votes(0, 1), { sequence: 4, history: [], replicas: [0] }] },
      ...{ slots: [slot(2, null, 'committed'), slot(3, 1)], prepared: [certificate(2, 0, null), certificate(3, 0, 1)] },
    };
    const stable = handled(node, message, { from: 3 })?.node;
    expect(stable).toEqual({
      ...{ ...NEW_REPLICA, executed, service: [0], low: 2, slots: [slot(3, 1)], prepared: [certificate(3, 0, 1)] },
      checkpoints: [{ sequence: 4, history: [], replicas: [0] }],
    });
    expect(handled(node, { ...message, history: [1, null] }, { from: 3 })?.node).toMatchObject({ low: 0 });
    expect(handled(node, message, { from: 0 })).toBeUndefined();
    expect(handled({ low: 2 }, message, { from: 0 })).toBeUndefined();
    expect(handled({ ...node, active: false, view: 3 }, message, { from: 3 })?.node.low).toBe(2);
  });

  it('are counted one by one', () => {
    const checkpoints = [...votes(0, 1), { sequence: 4, history: [0, null, 1, 2], replicas: [1, 3] }];
    const told = { ...message, sequence: 4, history: [0, null, 1, 2] };
    expect(handled({ executed, checkpoints }, told)?.node).toMatchObject({ low: 4, service: [0, 1, 2] });
  });

  it('bring a replica that lags behind up to date', () => {
    const node = { checkpoints: votes(0, 2), executed: [], committed: [certificate(2, 0, null), certificate(3, 0, 1)] };
    const caughtUp = handled({ ...node, checkpoints: votes(0, 2) }, message, { from: 3 })?.node;
    expect(caughtUp).toMatchObject({
      ...{ low: 2, service: [0], committed: [certificate(3, 0, 1)] },
      executed: [
        { sequence: 1, view: null, digest: 0 },
        { sequence: 2, view: null, digest: null },
      ],
    });
    const twice = { ...message, sequence: 3, history: [0, 0, null] };
    const checkpoints = [{ sequence: 3, history: twice.history, replicas: [0, 2] }];
    expect(handled({ checkpoints }, twice, { from: 3 })?.node.service).toEqual([0]);
  });
});
