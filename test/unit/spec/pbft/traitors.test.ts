import { describe, expect, it } from 'vitest';
import { type Facts, NO_FACTS } from '../../../../spec/pbft/facts.js';
import type { PbftMessage } from '../../../../spec/pbft/messages.js';
import { pbft } from '../../../../spec/pbft/pbft.js';
import type { Replica, SignedViewChange } from '../../../../spec/pbft/replica.js';
import { acted, BOUNDS, certificate, slot, type Unaddressed, viewChange } from './acting.js';

describe('a traitor', () => {
  const facts = (replicas: number[], view = 0, digest = 0): Partial<Facts> => ({
    proposals: [{ view, sequence: 1, digest, replicas }],
  });
  /** What n2, the primary of view 1, may propose again. */
  const plans = (traitors: number[], known: Partial<Facts>) => {
    const node = { view: 1, active: false, viewChanges: [viewChange(1, 1), viewChange(1, 2)] };
    return acted('NewView', node, { traitors, facts: known }).map(({ choice }) => choice);
  };

  it('tells of certificates that correct replicas have signed enough for, or leaves them out', () => {
    expect(plans([0], facts([1, 2]))).toEqual(['view 1 from 0 to 0', 'view 1 from 0 to 1']);
    expect(plans([0], facts([2]))).toEqual(['view 1 from 0 to 0']);
    // Of a primary that is none it needs the pre-prepare.
    expect(plans([3], facts([0, 2]))).toHaveLength(2);
    expect(plans([3], facts([1, 2]))).toHaveLength(1);
    // Nothing prepares in a view before that.
    expect(plans([0], facts([1, 2], 1))).toHaveLength(1);
  });

  it('tells of checkpoints that are stable, and of nothing below them', () => {
    const checkpoints = (...replicas: number[]) => ({ checkpoints: [{ sequence: 2, history: [0, 1], replicas }] });
    expect(plans([0], checkpoints(1, 2))).toEqual(['view 1 from 0 to 0', 'view 1 from 2 to 2']);
    expect(plans([0], checkpoints(1))).toEqual(['view 1 from 0 to 0']);
    expect(plans([0], { ...checkpoints(1, 2), ...facts([1, 2]) })).toEqual([
      ...['view 1 from 0 to 0', 'view 1 from 0 to 1', 'view 1 from 2 to 2'],
    ]);
  });

  it('tells of nothing that is not between its watermarks, for nobody would believe it', () => {
    const certified = { proposals: [{ view: 0, sequence: 5, digest: 0, replicas: [1, 2] }] };
    const checkpoints = [{ sequence: 2, history: [0, 1], replicas: [1, 2] }];
    expect(plans([0], certified)).toEqual(['view 1 from 0 to 0']);
    expect(plans([0], { ...certified, checkpoints })).toEqual([
      ...['view 1 from 0 to 0', 'view 1 from 2 to 2', 'view 1 from 2 to 5'],
    ]);
  });

  it('leads a view with VIEW-CHANGEs that others sent for it, and shows each backup those that it likes', () => {
    const signed = [viewChange(4, 1), viewChange(4, 2, certificate(1, 0, 0)), viewChange(4, 3)];
    const enters = (viewChanges: SignedViewChange[], node: Partial<Replica> = {}) =>
      acted('TraitorNewView', node, { traitors: [0], facts: { viewChanges } }).map(({ choice }) => choice);
    expect(enters(signed)).toEqual(['view 4 from 0 to 1', 'view 4 from 0 to 0']);
    expect(enters(signed.slice(1))).toEqual(['view 4 from 0 to 1']);
    expect(enters(signed.slice(2))).toEqual([]);
    expect(enters(signed, { view: 4 })).toEqual([]);
    expect(enters(signed, { view: 4, active: false })).toHaveLength(2);
    expect(enters(signed.map((each) => ({ ...each, view: 3 })))).toEqual([]);
    const first = { viewChanges: [viewChange(1, 0), viewChange(1, 2)] };
    expect(acted('TraitorNewView', {}, { self: 2, traitors: [1], facts: first })).toHaveLength(1);
  });

  it('proposes what clients have signed, where it leads', () => {
    const proposed = (node: Partial<Replica>) =>
      acted('TraitorPrePrepare', node, { traitors: [0], requests: 2 }).map(({ choice }) => choice);
    expect(proposed({ low: 3, slots: [slot(4, 0), slot(5, 1), slot(6, 1)] })).toEqual(['r1 as 7', 'r2 as 7']);
    expect(proposed({ low: 7 })).toEqual(['r1 as 8', 'r2 as 8', 'r1 as 9', 'r2 as 9']);
    expect(proposed({ slots: [slot(2, 0), slot(3, 0), slot(4, 0)] })).toEqual(['r1 as 1', 'r2 as 1']);
    expect(proposed({ view: 1 })).toEqual([]);
    expect(proposed({ active: false })).toEqual([]);
  });

  it('votes for whatever lacks nothing else', () => {
    const advanced = (node: Partial<Replica>, traitors: number[]) =>
      acted('TraitorVotes', node, { traitors }).map(({ node, choice }) => [choice, node.slots[0]?.phase]);
    expect(advanced({ slots: [slot(1, 0)] }, [3])).toEqual([['for 1', 'prepared']]);
    // The primary prepares nothing.
    expect(advanced({ slots: [slot(1, 0)] }, [0])).toEqual([]);
    expect(advanced({ view: 1, slots: [slot(1, 0)] }, [3])).toEqual([]);
    expect(advanced({ slots: [slot(1, 0, 'prepared')] }, [3])).toEqual([]);
    expect(advanced({ slots: [slot(1, 0, 'prepared')] }, [0, 3])).toEqual([['for 1', 'committed']]);
    expect(advanced({ active: false, slots: [slot(1, 0)] }, [3])).toEqual([]);
    const checkpoints = [{ sequence: 2, history: [0, 1], replicas: [1] }];
    expect(acted('TraitorVotes', { checkpoints }, { traitors: [3] })).toEqual([]);
    expect(acted('TraitorVotes', { checkpoints }, { traitors: [0, 3] })).toMatchObject([
      { choice: 'for checkpoint 2', node: { low: 2, service: [0, 1] } },
    ]);
  });

  it('is not there where there is none', () => {
    expect(acted('TraitorPrePrepare', {})).toEqual([]);
    expect(pbft(BOUNDS).actions.map(({ name }) => name)).not.toContain('TraitorVotes');
  });
});

describe('what is overheard', () => {
  const { overhear } = pbft({ ...BOUNDS, traitors: [0] });
  const after = (...messages: Unaddressed<PbftMessage>[]) =>
    messages.reduce<Facts>(
      (facts, message) => overhear?.(facts, { ...message, from: 1, to: 2 } as PbftMessage) ?? facts,
      NO_FACTS,
    );

  it('are proposals and checkpoints of each signer once, and VIEW-CHANGEs for views of traitors', () => {
    const vote = { view: 1, sequence: 1, digest: 0 };
    const signed = { proposals: [{ ...vote, replicas: [1] }] };
    expect(after({ type: 'Commit', ...vote })).toEqual(NO_FACTS);
    expect(after({ type: 'PrePrepare', ...vote })).toMatchObject(signed);
    expect(after({ type: 'Prepare', ...vote }, { type: 'Prepare', ...vote })).toMatchObject(signed);
    expect(
      after({ type: 'NewView', view: 1, viewChanges: [], prePrepares: [{ sequence: 1, digest: 0 }] }),
    ).toMatchObject(signed);
    const checkpoint = { sequence: 1, history: [0] };
    expect(after({ type: 'Checkpoint', ...checkpoint }).checkpoints).toEqual([{ ...checkpoint, replicas: [1] }]);
    const [ours, theirs] = [viewChange(1, 1), viewChange(4, 1)];
    expect(after({ type: 'ViewChange', content: ours })).toEqual(NO_FACTS);
    const another = viewChange(4, 2);
    expect(
      after({ type: 'ViewChange', content: another }, { type: 'ViewChange', content: theirs }).viewChanges,
    ).toEqual([...[theirs, another]]);
    expect(after({ type: 'ViewChange', content: theirs }, { type: 'ViewChange', content: theirs }).viewChanges).toEqual(
      [theirs],
    );
  });

  it('is the same in whatever order it was said', () => {
    const messages = [1, 2, 3].flatMap((digest) => [
      { type: 'Prepare', view: 0, sequence: digest, digest } as const,
      { type: 'Checkpoint', sequence: digest, history: [digest] } as const,
      { type: 'ViewChange', content: viewChange(4, digest) } as const,
    ]);
    expect(after(...messages.toReversed())).toEqual(after(...messages));
    expect(after(...messages).proposals).toHaveLength(3);
  });
});
