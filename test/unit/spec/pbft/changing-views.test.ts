import { describe, expect, it } from 'vitest';
import { NEW_REPLICA, type Replica } from '../../../../spec/pbft/replica.js';
import { acted, certificate, handled, slot, viewChange } from './acting.js';

describe('view changes', () => {
  const prepared = [certificate(3, 0, 0), certificate(4, 1, 1)];

  it('begin whenever a replica likes, with its checkpoint and what prepared above it', () => {
    const executed = [certificate(1, 0, 2), certificate(2, 0, null)];
    const node = { view: 2, low: 2, executed, prepared, slots: [slot(3, 0)], committed: [certificate(4, 1, 1)] };
    const content = { view: 3, stable: 2, history: [2, null], prepared, replica: 1 };
    const [step, ...others] = acted('ViewChange', node);
    expect(others).toEqual([]);
    expect(step?.choice).toBe('for view 3');
    expect(step?.told).toEqual([{ type: 'ViewChange', content }]);
    expect(step?.node).toEqual({ ...NEW_REPLICA, ...node, view: 3, active: false, slots: [] });
    expect(acted('ViewChange', { ...node, view: 5 })).toEqual([]);
    // Of those of others it keeps what is for later views.
    const received = [viewChange(2, 2), viewChange(3, 2), viewChange(5, 2)];
    expect(acted('ViewChange', { ...node, viewChanges: received })[0]?.node.viewChanges).toEqual([viewChange(5, 2)]);
    // It will be the primary of view 5.
    expect(acted('ViewChange', { ...node, view: 4 })[0]?.node.viewChanges).toEqual([{ ...content, view: 5 }]);
  });

  it('are joined with f+1 others, in the earliest of their views', () => {
    const other = (view: number) => ({ type: 'ViewChange', content: viewChange(view, 2) }) as const;
    const first = handled({}, other(3), { from: 2 });
    expect(first).toMatchObject({ told: [], node: { view: 0, active: true, viewChanges: [viewChange(3, 2)] } });
    expect(handled(first?.node ?? {}, other(3), { from: 2 })).toBeUndefined();
    // One replica's for two views is one replica.
    expect(handled(first?.node ?? {}, other(4), { from: 2 })?.told).toEqual([]);
    for (const view of [2, 4]) {
      const joined = handled(first?.node ?? {}, { type: 'ViewChange', content: viewChange(view, 3) }, { from: 3 });
      const earliest = Math.min(3, view);
      expect(joined).toMatchObject({ node: { view: earliest, active: false } });
      expect(joined?.told).toEqual([{ type: 'ViewChange', content: viewChange(earliest, 1) }]);
    }
    // The other's for view 4 stays, to join view 4 later; those for its own view do not count.
    const joined = handled(
      { viewChanges: [viewChange(3, 2)] },
      { type: 'ViewChange', content: viewChange(4, 3) },
      { from: 3 },
    );
    expect(joined?.node.viewChanges).toEqual([viewChange(4, 3)]);
    const leading = { view: 1, active: false, viewChanges: [viewChange(1, 1), viewChange(1, 2)] };
    expect(handled(leading, other(3), { from: 2 })?.told).toEqual([]);
    // A traitor's is there.
    expect(handled({}, other(3), { from: 2, traitors: [0] })?.node).toMatchObject({
      view: 3,
      active: false,
      viewChanges: [],
    });
    expect(handled({ view: 3 }, other(3), { from: 2, traitors: [0] })).toBeUndefined();
    expect(handled({ view: 4 }, other(3), { from: 2, traitors: [0] })).toBeUndefined();
  });

  it('are not believed where they cannot be', () => {
    for (const content of [
      viewChange(1, 2, certificate(5, 0, 0)),
      viewChange(1, 2, certificate(1, 1, 0)),
      viewChange(1, 2, certificate(1, 0, 0), certificate(1, 0, 1)),
    ]) {
      expect(handled({ view: 1, active: false }, { type: 'ViewChange', content }, { from: 2 })).toBeUndefined();
    }
  });

  it('are kept by the primary until they are a quorum', () => {
    const message = { type: 'ViewChange', content: viewChange(1, 2) } as const;
    const waiting = { view: 1, active: false, viewChanges: [viewChange(1, 1)] };
    const kept = handled(waiting, message, { from: 2 });
    expect(kept).toMatchObject({ told: [], node: { viewChanges: [viewChange(1, 1), viewChange(1, 2)] } });
    expect(handled(kept?.node ?? {}, message, { from: 2 })).toBeUndefined();
    expect(acted('NewView', kept?.node ?? {})).toEqual([]);
    const quorum: Partial<Replica> =
      handled(kept?.node ?? {}, { type: 'ViewChange', content: viewChange(1, 0) })?.node ?? {};
    expect(quorum.viewChanges?.map(({ replica }) => replica)).toEqual([0, 1, 2]);
    expect(handled(quorum, { type: 'ViewChange', content: viewChange(1, 3) }, { from: 3 })).toBeUndefined();
    expect(acted('NewView', quorum)).toHaveLength(1);
    expect(acted('NewView', { ...quorum, active: true })).toEqual([]);
    expect(acted('NewView', { ...quorum, view: 2 }, { self: 1 })).toEqual([]);
    expect(handled({ ...waiting, active: true }, message, { from: 2 })).toBeUndefined();
  });

  it('end with a NEW-VIEW that proposes what prepared, and gets its primary up to the latest checkpoint', () => {
    const history = [0, null];
    const ahead = { ...viewChange(1, 2, certificate(4, 0, 1)), stable: 2, history };
    const viewChanges = [viewChange(1, 0), viewChange(1, 1), ahead];
    const [step] = acted('NewView', { view: 1, active: false, viewChanges: [...viewChanges, viewChange(5, 3)] });
    const prePrepares = [
      { sequence: 3, digest: null },
      { sequence: 4, digest: 1 },
    ];
    expect(step?.told).toEqual([{ type: 'NewView', view: 1, viewChanges, prePrepares }]);
    expect(step?.node).toMatchObject({
      ...{ view: 1, active: true, low: 2, service: [0], viewChanges: [viewChange(5, 3)] },
      slots: [slot(3, null), slot(4, 1)],
    });
    // One that has a later stable checkpoint by now leaves out what that covers.
    const later = acted('NewView', {
      view: 1,
      active: false,
      viewChanges,
      low: 3,
      executed: [0, 1, 2].map((at) => certificate(at + 1, 0, at)),
    });
    expect(later[0]?.node).toMatchObject({ low: 3, slots: [slot(4, 1)] });
  });

  it('end for a backup with a NEW-VIEW that follows from its VIEW-CHANGEs, in a view that is not before its own', () => {
    const viewChanges = [0, 2, 3].map((replica) => viewChange(4, replica, certificate(1, 3, 2)));
    const message = { type: 'NewView', view: 4, viewChanges, prePrepares: [{ sequence: 1, digest: 2 }] } as const;
    const entered = handled({ view: 1, viewChanges: [viewChange(4, 2), viewChange(5, 2)] }, message);
    expect(entered?.told).toEqual([{ type: 'Prepare', view: 4, sequence: 1, digest: 2 }]);
    expect(entered?.node).toMatchObject({
      view: 4,
      active: true,
      slots: [slot(1, 2)],
      viewChanges: [viewChange(5, 2)],
    });
    expect(handled({ view: 4, active: false }, message)?.node).toMatchObject({ view: 4, active: true });
    expect(handled({ view: 4 }, message)).toBeUndefined();
    expect(handled({ view: 5, active: false }, message)).toBeUndefined();
    expect(handled({}, { ...message, prePrepares: [] })).toBeUndefined();
    expect(handled({}, { ...message, viewChanges: viewChanges.slice(1) })).toBeUndefined();
    expect(handled({}, { ...message, view: 5 })).toBeUndefined();
  });
});
