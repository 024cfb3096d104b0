import { describe, expect, it } from 'vitest';
import { type Facts, NO_FACTS } from '../../../../spec/pbft/facts.js';
import type { Content } from '../../../../spec/pbft/messages.js';
import { pbft } from '../../../../spec/pbft/pbft.js';
import {
  type Decision,
  NEW_REPLICA,
  type Replica,
  type SignedViewChange,
  type Slot,
} from '../../../../spec/pbft/replica.js';
import type { PreparedCertificate } from '../../../../spec/pbft/view-change.js';

/** n4 is a traitor; n1 leads view 0 and n2 view 1. Requests are 0 and 1. */
const { invariants, stepInvariants } = pbft({
  replicas: 4,
  traitors: [3],
  views: 3,
  requests: 2,
  sequences: 4,
  window: 2,
});

const at = (sequence: number, view: number, digest: number | null): PreparedCertificate<number> => ({
  ...{ sequence, view, digest },
});
const slot = (sequence: number, digest: number | null, phase: Slot['phase'] = 'pre-prepared'): Slot => ({
  ...{ sequence, digest, phase, votes: [] },
});
/** Executed these in view 0, from the first on. */
const executed = (...digests: (number | null)[]): Partial<Replica> => ({
  executed: digests.map((digest, index) => ({ sequence: index + 1, view: 0, digest })),
  service: digests.filter((digest): digest is number => digest !== null),
});
const signed = (certificate: PreparedCertificate<number>, ...replicas: number[]): Pick<Facts, 'proposals'> => ({
  proposals: [{ ...certificate, replicas }],
});

/** What is said of a state, which is the initial one but for what is told. */
function told(nodes: readonly Partial<Replica>[], facts: Partial<Facts> = {}): [name: string, what: string][] {
  const cluster = {
    nodes: [...[0, 1, 2].map((replica) => ({ ...NEW_REPLICA, ...nodes[replica] })), null],
    shared: { ...NO_FACTS, ...facts },
  };
  return invariants.flatMap(({ name, violation }) => {
    const what = violation(cluster);
    return what === undefined ? [] : [[name, what]];
  });
}

function broken(nodes: readonly Partial<Replica>[], facts: Partial<Facts> = {}): string[] {
  return told(nodes, facts).map(([name]) => name);
}

describe('the invariants of states', () => {
  it('hold where nothing has happened', () => {
    expect(broken([])).toEqual([]);
  });

  it('Agreement: one sequence number is one request wherever it is committed, executed or both', () => {
    const prepared = [{ prepared: [at(1, 0, 0)] }, { prepared: [at(1, 0, 0)] }];
    expect(
      broken([
        { ...executed(0), ...prepared[0] },
        { ...executed(0), ...prepared[1] },
      ]),
    ).toEqual([]);
    const [one, other] = [executed(0), executed(1)];
    expect(broken([one, other])).toContain('Agreement');
    expect(broken([{}, one, executed(null)])).toContain('Agreement');
    expect(broken([one, { committed: [at(1, 0, 1)] }])).toContain('Agreement');
    expect(broken([{ committed: [at(1, 0, 0)] }, { slots: [slot(1, 1, 'committed')] }])).toContain('Agreement');
    // Also at one replica: what it executed in one view, and what committed in the next.
    expect(broken([{ ...one, view: 1, slots: [slot(1, 1, 'committed')] }])).toContain('Agreement');
    expect(broken([one, { slots: [slot(1, 1, 'prepared')] }])).not.toContain('Agreement');
    expect(broken([one, { committed: [at(2, 0, 1)] }])).not.toContain('Agreement');
  });

  it('AppliedContiguous: from 1 on, without a gap', () => {
    const covered = { low: 2, checkpoints: [] };
    const decisions = (...sequences: number[]): Decision[] =>
      sequences.map((sequence) => ({ sequence, view: null, digest: null }));
    expect(broken([{ executed: decisions(1, 2) }])).toEqual([]);
    expect(broken([{ executed: decisions(2) }])).toEqual(['AppliedContiguous']);
    expect(broken([{}, { executed: decisions(2, 1), ...covered, low: 0 }])).toEqual(['AppliedContiguous']);
    expect(broken([{ executed: decisions(1, 3) }])).toEqual(['AppliedContiguous']);
  });

  it('ExactlyOnce: no request has an effect twice', () => {
    expect(broken([{ service: [0, 1, 0] }])).toEqual(['ExactlyOnce']);
    expect(broken([{ service: [0, 1] }, { service: [0, 1] }])).toEqual([]);
  });

  it('Validity: clients signed requests 0 and 1', () => {
    expect(broken([{ slots: [slot(1, 2)] }])).toEqual(['Validity']);
    expect(broken([{}, {}, { committed: [{ sequence: 1, view: null, digest: 7 }] }])).toEqual(['Validity']);
    expect(broken([{ executed: [{ sequence: 1, view: null, digest: 2 }] }])).toEqual(['Validity']);
    expect(broken([{ slots: [slot(1, 0), slot(2, null), slot(3, 1)] }])).toEqual([]);
  });

  it('PreparedUnique: no two digests in one view for one sequence number, neither at replicas nor to be shown', () => {
    const first = { prepared: [at(1, 0, 0)] };
    expect(broken([first, { prepared: [at(1, 0, 1)] }])).toEqual(['PreparedUnique']);
    expect(broken([first, { prepared: [at(1, 1, 1)] }])).toEqual([]);
    expect(broken([first, { prepared: [at(2, 0, 1)] }])).toEqual([]);
    // With the traitor's, two are a quorum.
    expect(broken([first], signed(at(1, 0, 1), 1, 2))).toEqual(['PreparedUnique']);
    expect(broken([first], signed(at(1, 0, 1), 2))).toEqual([]);
    const [one, other] = [at(1, 0, 0), at(1, 0, null)];
    const both = (left: number[], right: number[]) => ({
      proposals: [
        { ...one, replicas: left },
        { ...other, replicas: right },
      ],
    });
    expect(broken([], both([0], [1]))).toEqual([]);
    expect(broken([], both([0, 1], [2]))).toEqual([]);
    expect(told([], both([0, 2], [2]))).toEqual([['PreparedUnique', 'n3 signed two digests in view 0 as request 1']]);
    expect(told([], both([0, 1], [1, 2]))).toEqual([
      ['PreparedUnique', 'in view 0, r1 and null have prepared as request 1'],
    ]);
  });

  it('CommittedImpliesPrepared: at two correct replicas in that view or later, or below their checkpoints', () => {
    const committed = { committed: [at(1, 1, 0)] };
    const prepared = { prepared: [at(1, 1, 0)] };
    expect(told([{ ...committed, ...prepared }])).toEqual([
      ['CommittedImpliesPrepared', 'n1 committed request 1 in view 1, which has prepared at 1 correct replicas'],
    ]);
    expect(broken([committed, prepared, prepared])).toEqual([]);
    expect(broken([committed, prepared, { prepared: [at(1, 2, 0)] }])).toEqual([]);
    expect(broken([committed, prepared, { prepared: [at(1, 0, 0)] }])).toEqual(['CommittedImpliesPrepared']);
    expect(broken([committed, prepared, { prepared: [at(1, 1, 1)] }])).toContain('CommittedImpliesPrepared');
    expect(broken([committed, prepared, { prepared: [at(2, 1, 0)] }])).toEqual(['CommittedImpliesPrepared']);
    expect(broken([committed, prepared, { low: 1 }])).toEqual(['StableCheckpointCert']);
    expect(broken([{ view: 1, slots: [slot(1, 0, 'committed')] }, prepared])).toEqual(['CommittedImpliesPrepared']);
    expect(broken([executed(0)])).toEqual(['CommittedImpliesPrepared']);
    // It came with a checkpoint of others, who may know more.
    expect(broken([{ executed: [{ sequence: 1, view: null, digest: 0 }], service: [0] }])).toEqual([]);
  });

  it('NewViewJustified: later views have what committed, unless it is below the checkpoint', () => {
    const prepared = { prepared: [at(1, 0, 0)] };
    const committed = { committed: [at(1, 0, 0)], ...prepared };
    const entered = (...slots: Slot[]) => ({ ...prepared, view: 1, slots });
    expect(told([committed, entered()])).toEqual([
      ['NewViewJustified', 'n1 committed r1 as request 1 in view 0, and n2 entered view 1 with nothing'],
    ]);
    expect(told([committed, entered(slot(1, null))])).toEqual([
      ['NewViewJustified', 'n1 committed r1 as request 1 in view 0, and n2 entered view 1 with null'],
    ]);
    expect(broken([committed, entered(slot(1, 0))])).toEqual([]);
    expect(broken([committed, { ...entered(), active: false }])).toEqual([]);
    expect(broken([committed, { ...entered(), view: 0 }])).toEqual([]);
    expect(broken([committed, { ...entered(), low: 1 }])).toEqual(['StableCheckpointCert']);
    expect(broken([{ ...executed(0), ...prepared, view: 2, active: false }, entered()])).toEqual(['NewViewJustified']);
    // Of itself, too.
    expect(broken([{ ...committed, view: 1 }, prepared])).toEqual(['NewViewJustified']);
  });

  it('StableCheckpointCert: a checkpoint has CHECKPOINTs of two correct replicas for its history', () => {
    const stable = { ...executed(0, 1), low: 1 };
    const votes = (sequence: number, history: number[], ...replicas: number[]) => ({
      checkpoints: [{ sequence, history, replicas }],
    });
    const prepared = { prepared: [at(2, 0, 1)] };
    const others = [
      { ...stable, ...prepared },
      { low: 0, prepared: [at(1, 0, 0), at(2, 0, 1)] },
    ];
    expect(broken(others, votes(1, [0], 0, 2))).toEqual([]);
    expect(told(others, votes(1, [0], 0))).toEqual([
      ['StableCheckpointCert', 'checkpoint 1 of n1 has CHECKPOINTs of 1 correct replicas'],
    ]);
    expect(broken(others, votes(1, [1], 0, 2))).toEqual(['StableCheckpointCert']);
    expect(broken(others, votes(2, [0], 0, 2))).toEqual(['StableCheckpointCert']);
    expect(broken(others)).toEqual(['StableCheckpointCert']);
  });

  it('ReplyCertificate: no two results of a request have replies of two replicas', () => {
    expect(broken([{ service: [0, 1] }, { service: [0, 1] }, { service: [0] }])).toEqual([]);
    // With the traitor's, one is enough.
    expect(told([{ service: [0, 1] }, { service: [1] }])).toEqual([
      ['ReplyCertificate', 'clients accept different results of r2'],
    ]);
    expect(broken([{ service: [0, 1] }, { service: [1, 0] }])).toEqual(['ReplyCertificate']);
    // Without a traitor two have to agree; with two of them nobody can say.
    const services = [
      [0, 1],
      [1, 0],
      [1, 0],
      [2, 0, 1],
    ].map((service) => ({ ...NEW_REPLICA, service }));
    const judged = (traitors: number[], ...replicas: number[]) => {
      const { invariants } = pbft({ replicas: 4, traitors, views: 0, requests: 2 });
      const nodes = replicas.map((replica) => services[replica] ?? null);
      const { violation } = invariants.find(({ name }) => name === 'ReplyCertificate') ?? {};
      return violation?.({ nodes, shared: NO_FACTS });
    };
    expect(judged([], 0, 1, 2, 3)).toBeUndefined();
    expect(judged([], 0, 1, 2, 0)).toBe('clients accept different results of r1');
    expect(judged([2, 3], 0, 1)).toBeUndefined();
  });
});

/** The invariants that one step of n1 breaks. */
function brokenBy(before: Partial<Replica>, after: Partial<Replica>, ...tells: Content[]): string[] {
  const sent = tells.map((content) => ({ ...content, from: 0, to: 1 }));
  const [left, right] = [before, after].map((variables) => ({ ...NEW_REPLICA, ...variables }));
  return stepInvariants.flatMap(({ name, violation }) =>
    violation(left ?? null, right ?? null, 0, sent) === undefined ? [] : [name],
  );
}

describe('the invariants of steps', () => {
  const viewChange = (replica: number, ...prepared: PreparedCertificate<number>[]): SignedViewChange => ({
    ...{ view: 1, stable: 0, history: [], prepared, replica },
  });

  it('ViewMonotonic: a view does not fall', () => {
    expect(brokenBy({ view: 2 }, { view: 1 })).toEqual(['ViewMonotonic']);
    expect(brokenBy({ view: 1 }, { view: 1 })).toEqual([]);
    expect(brokenBy({ view: 1 }, { view: 3 })).toEqual([]);
  });

  it('NoVoteAfterViewChange: nobody votes between two views, or in another than its own', () => {
    const vote = { view: 1, sequence: 1, digest: 0 };
    for (const type of ['PrePrepare', 'Prepare', 'Commit'] as const) {
      expect(brokenBy({ view: 1 }, { view: 1 }, { type, ...vote })).toEqual([]);
      expect(brokenBy({ view: 1, active: false }, { view: 1, active: true }, { type, ...vote })).toEqual([]);
      expect(brokenBy({ view: 1, active: false }, { view: 1, active: false }, { type, ...vote })).toEqual([
        'NoVoteAfterViewChange',
      ]);
      expect(brokenBy({ view: 2 }, { view: 2 }, { type, ...vote })).toEqual(['NoVoteAfterViewChange']);
      expect(brokenBy({ view: 0 }, { view: 0 }, { type, ...vote })).toEqual(['NoVoteAfterViewChange']);
    }
    const checkpoint = { type: 'Checkpoint', sequence: 1, history: [0] } as const;
    expect(brokenBy({ view: 2 }, { view: 2, active: false }, checkpoint)).toEqual([]);
  });

  it('NoVoteAfterViewChange: a VIEW-CHANGE has the checkpoint, and all that prepared above it', () => {
    const before = { prepared: [at(1, 0, 0), at(2, 0, 1)] };
    const leaves = (content: SignedViewChange) =>
      brokenBy(before, { ...before, view: 1, active: false }, { type: 'ViewChange', content });
    expect(leaves(viewChange(0, at(2, 0, 1), at(1, 0, 0)))).toEqual([]);
    expect(leaves(viewChange(0, at(1, 0, 0)))).toEqual(['NoVoteAfterViewChange']);
    expect(leaves(viewChange(0, at(1, 0, 0), at(2, 0, 0)))).toEqual(['NoVoteAfterViewChange']);
    expect(leaves(viewChange(0, at(1, 0, 0), at(3, 0, 1)))).toEqual(['NoVoteAfterViewChange']);
    expect(leaves({ ...viewChange(0, ...before.prepared), stable: 1 })).toEqual(['NoVoteAfterViewChange']);
  });

  it('NewViewRecomputable: a NEW-VIEW proposes what follows from VIEW-CHANGEs of a quorum', () => {
    const viewChanges = [viewChange(0, at(1, 0, 0)), viewChange(1), viewChange(2)];
    const sends = (prePrepares: { sequence: number; digest: number }[], among = viewChanges) =>
      brokenBy(
        { view: 1, active: false },
        { view: 1, slots: [] },
        { type: 'NewView', view: 1, viewChanges: among, prePrepares },
      );
    expect(sends([{ sequence: 1, digest: 0 }])).toEqual([]);
    expect(sends([{ sequence: 1, digest: 1 }])).toEqual(['NewViewRecomputable']);
    expect(sends([])).toEqual(['NewViewRecomputable']);
    expect(sends([{ sequence: 1, digest: 0 }], viewChanges.slice(0, 2))).toEqual(['NewViewRecomputable']);
  });

  it('WatermarksHold: what is accepted is between them, and what prepared is kept above the lower one', () => {
    expect(brokenBy({}, { slots: [slot(1, 0), slot(2, 1)] })).toEqual([]);
    expect(brokenBy({}, { slots: [slot(3, 0)] })).toEqual(['WatermarksHold']);
    expect(brokenBy({ low: 1 }, { low: 1, slots: [slot(1, 0)] })).toEqual(['WatermarksHold']);
    expect(brokenBy({ low: 1 }, { low: 1, slots: [slot(3, 0)] })).toEqual([]);
    // Of a former view it is accepted anew.
    expect(brokenBy({ slots: [slot(3, 0)] }, { view: 1, slots: [slot(3, 0)] })).toEqual(['WatermarksHold']);
    expect(brokenBy({ slots: [slot(3, 0)] }, { slots: [slot(3, 0, 'prepared')] })).toEqual([]);
    expect(brokenBy({ low: 2 }, { low: 1 })).toEqual(['WatermarksHold']);
    const prepared = [at(1, 0, 0), at(2, 0, 1)];
    expect(brokenBy({ prepared }, { prepared: prepared.slice(1) })).toEqual(['WatermarksHold']);
    expect(brokenBy({ prepared }, { low: 1, prepared: prepared.slice(1) })).toEqual([]);
    expect(brokenBy({ prepared }, { view: 1, prepared: [at(1, 1, 1), at(2, 0, 1)] })).toEqual([]);
  });

  it('say nothing of traitors', () => {
    expect(stepInvariants.map(({ violation }) => violation(null, null, 3, []))).toEqual(
      stepInvariants.map(() => undefined),
    );
  });
});
