import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import type { RaftBounds } from '../../../../spec/raft/actions.js';
import type { Defect } from '../../../../spec/raft/defects.js';
import { FEATURES, type Feature } from '../../../../spec/raft/features.js';
import { raft } from '../../../../spec/raft/raft.js';
import type { Server } from '../../../../spec/raft/server.js';
import { exploreNaively } from '../twin.js';
import { elected, type Start, startingFrom } from './starts.js';

interface Counted {
  readonly bounds: RaftBounds;
  readonly symmetry?: true;
  readonly distinct: number;
  readonly generated: number;
  /** Actions that these bounds leave no room for. */
  readonly never: readonly string[];
}

const NEVER_REJECTED = ['RejectAppendEntriesRequest', 'RejectSnapshot'];

/** Each feature alone, and what builds on another with it. Together the models take every action of every feature. */
const COUNTED: readonly Counted[] = [
  { bounds: having(['pre-vote'], 2, 2, 1, 1), symmetry: true, distinct: 629_266, generated: 1_399_711, never: [] },
  { bounds: having(['snapshots'], 2, 2, 1, 1), distinct: 77_428, generated: 174_745, never: [] },
  { bounds: having(['sessions'], 2, 2, 1), distinct: 87_346, generated: 210_035, never: ['Restart'] },
  {
    bounds: having(['snapshots', 'sessions'], 2, 1, 1, 1),
    ...{ distinct: 108_530, generated: 348_797, never: NEVER_REJECTED },
  },
  { bounds: having(['reads'], 2, 2, 1, 1), distinct: 29_794, generated: 50_947, never: [] },
  { bounds: { ...having(['leases'], 2, 2, 1, 1), ticks: 1 }, distinct: 120_214, generated: 271_309, never: [] },
  { bounds: having(['durability'], 2, 2, 1, 2), distinct: 50_892, generated: 110_563, never: [] },
  {
    bounds: having(['snapshots', 'sessions', 'durability'], 2, 1, 1, 1),
    ...{ symmetry: true, distinct: 259_037, generated: 964_600, never: NEVER_REJECTED },
  },
  {
    bounds: { ...having(Object.keys(FEATURES) as Feature[], 2, 1, 1), ticks: 0, retries: 0 },
    ...{ symmetry: true, distinct: 15_709, generated: 51_347 },
    never: ['Restart', 'ClientRetry', 'Tick', ...NEVER_REJECTED],
  },
];

describe('a model with features', () => {
  for (const { bounds, symmetry = false, distinct, generated, never } of COUNTED) {
    it(`has ${distinct} states, and all invariants hold in them: ${titleOf(bounds)}`, () => {
      const { verdict, coverage, ...counts } = explore(raft(bounds), { symmetry });
      expect({ verdict, ...counts }).toMatchObject({ verdict: 'valid', distinct, generated });
      const missing = coverage.filter((action) => action.generated === 0).map(({ name }) => name);
      expect(missing.sort()).toEqual([...never].sort());
    });
  }

  for (const feature of Object.keys(FEATURES) as Feature[]) {
    it(`has what a plain search finds, up to the names of nodes and not: ${feature}`, () => {
      const specification = raft({ ...having([feature], 2, 1, 1, 1), ticks: 0, retries: 0 });
      for (const symmetry of [false, true]) {
        const { broken, ...counts } = exploreNaively(specification, symmetry);
        expect(explore(specification, { symmetry })).toMatchObject({ ...counts, verdict: 'valid' });
        expect(broken).toEqual([]);
        expect(counts.distinct).toBeGreaterThan(100);
      }
    });
  }

  it('has refusals of a former term that confirm neither a round nor a lease', () => {
    const { initial, handlers } = raft(having(['reads', 'leases'], 2, 2, 1));
    const reject = handlers.find(({ name }) => name === 'RejectAppendEntriesRequest');
    const node = { ...initial.nodes[0], currentTerm: 3 } as Server;
    const old = { type: 'AppendEntriesRequest', from: 1, to: 0, prevLogIndex: 4, prevLogTerm: 2, entries: [] } as const;
    const message = { ...old, commitIndex: 0, round: 7, sentAt: 5 };
    const confirmed = { round: 7, sentAt: 5 };
    expect(reject?.handle(node, { ...message, term: 3 })?.reply).toMatchObject(confirmed);
    const refusal = reject?.handle(node, { ...message, term: 2 })?.reply;
    expect(refusal).toMatchObject({ term: 3, success: false, round: 0 });
    expect(refusal).not.toMatchObject({ sentAt: 5 });
  });

  it('is the same whatever the order in which its features are named', () => {
    const [one, other] = [having(['snapshots', 'sessions'], 2, 1, 1), having(['sessions', 'snapshots'], 2, 1, 1)].map(
      (bounds) => explore(raft(bounds)),
    );
    expect(one).toEqual(other);
  });

  it('has the variables of its features and no others', () => {
    const variables = (features: readonly Feature[]) =>
      Object.keys(raft(having(features, 2, 1, 1)).initial.nodes[0] ?? {});
    const plain = variables([]);
    expect(plain).toHaveLength(9);
    expect(variables(['snapshots', 'durability'])).toEqual([...plain, 'snapshotIndex', 'disk', 'held']);
  });

  it('has no rule twice, and asks of reads what it asks of them by whatever feature they are served', () => {
    for (const features of [['reads'], ['leases'], ['reads', 'leases']] as const) {
      const { invariants, stepInvariants, actions, handlers } = raft(having(features, 2, 1, 1));
      const names = [...invariants, ...stepInvariants, ...actions, ...handlers].map(({ name }) => name);
      expect(names).toContain('LinearizableReads');
      expect(names).toEqual([...new Set(names)]);
    }
  });
});

interface Consequence {
  readonly bounds: RaftBounds;
  readonly from?: Start;
  /** The rules that forbid it in so many words. */
  readonly without: readonly string[];
  readonly rule: string;
}

/** What a defect leads to, also where nobody thought of the rule that forbids it. */
const CONSEQUENCES: Readonly<Partial<Record<Defect, Consequence>>> = {
  'votes-before-sync': {
    bounds: having(['durability'], 3, 2, 0, 1),
    ...{ without: ['PersistentBeforeAnswer'], rule: 'ElectionSafety' },
  },
  'acknowledges-before-sync': {
    bounds: having(['durability'], 3, 1, 1, 1),
    ...{ without: ['PersistentBeforeAnswer', 'CommittedIsDurable'], rule: 'CommittedEntriesReachMajority' },
  },
  'counts-unsynced-self': {
    ...{ bounds: having(['durability'], 3, 2, 1, 1), from: elected() },
    ...{ without: ['CommittedIsDurable'], rule: 'LeaderHasAllAckedValues' },
  },
  'installs-older-snapshot': {
    ...{ bounds: having(['snapshots'], 3, 1, 2), from: elected() },
    ...{ without: ['SnapshotMonotonic'], rule: 'CommittedEntriesReachMajority' },
  },
  'snapshot-omits-sessions': {
    bounds: having(['snapshots', 'sessions'], 2, 1, 1, 1),
    ...{ without: ['AppliedStatesAgree'], rule: 'ExactlyOnce' },
  },
};

describe('the older invariants', () => {
  for (const [defect, { bounds, from, without, rule }] of Object.entries(CONSEQUENCES)) {
    it(`notice ${defect} without ${without.join(' and ')}: ${rule} fails`, () => {
      const whole = raft(bounds, defect as Defect);
      const others = {
        ...whole,
        invariants: whole.invariants.filter(({ name }) => !without.includes(name)),
        stepInvariants: whole.stepInvariants.filter(({ name }) => !without.includes(name)),
      };
      const { violation } = explore(from ? startingFrom(others, from) : others, { symmetry: true });
      expect(violation?.rule).toBe(rule);
    });
  }
});

function having(
  features: readonly Feature[],
  servers: number,
  elections: number,
  values: number,
  restarts = 0,
): RaftBounds {
  return { servers, elections, values, restarts, features };
}

function titleOf({ features = [], servers, elections, values, restarts, ticks }: RaftBounds): string {
  const clocks = ticks === undefined ? '' : `, ticks: ${ticks}`;
  return `${features.join(', ')}; servers: ${servers}, elections: ${elections}, values: ${values}, restarts: ${restarts}${clocks}`;
}
