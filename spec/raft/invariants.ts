import { type Invariant, nodeName, type StepInvariant } from '../specification.js';
import type { RaftMessage } from './messages.js';
import { type Bookkeeping, type Entry, isQuorum, type Server, sameEntry } from './server.js';
import { valueName } from './words.js';

/** What holds in every state: the paper's properties (Figure 3), and those of the bounded model. */
export const RAFT_INVARIANTS: readonly Invariant<Server, Bookkeeping>[] = [
  {
    name: 'ElectionSafety',
    section: '§5.2',
    statement: 'At most one leader can be elected in a given term.',
    violation({ nodes }) {
      for (const [one, other] of pairs(nodes.length)) {
        const [left, right] = [nodes[one] as Server, nodes[other] as Server];
        if (left.state === 'Leader' && right.state === 'Leader' && left.currentTerm === right.currentTerm) {
          return `${nodeName(one)} and ${nodeName(other)} both lead term ${left.currentTerm}`;
        }
      }
      return undefined;
    },
  },
  {
    name: 'LogMatching',
    section: '§5.3',
    statement: 'If two logs contain an entry with the same index and term, they are identical up to that index.',
    violation({ nodes }) {
      for (const [one, other] of pairs(nodes.length)) {
        const [left, right] = [(nodes[one] as Server).log, (nodes[other] as Server).log];
        for (let index = Math.min(left.length, right.length); index > 0; index--) {
          if (left[index - 1]?.term !== right[index - 1]?.term) continue;
          const difference = firstDifference(left, right, index);
          if (difference === undefined) break;
          return `logs of ${nodeName(one)} and ${nodeName(other)} have the same term at index ${index}, but differ at index ${difference}`;
        }
      }
      return undefined;
    },
  },
  {
    name: 'StateMachineSafety',
    section: '§5.4.3',
    statement: 'No two servers take different entries at one index for committed.',
    violation({ nodes }) {
      for (const [one, other] of pairs(nodes.length)) {
        const [left, right] = [nodes[one] as Server, nodes[other] as Server];
        const difference = firstDifference(left.log, right.log, Math.min(left.commitIndex, right.commitIndex));
        if (difference === undefined) continue;
        return `${nodeName(one)} and ${nodeName(other)} take different entries at index ${difference} for committed`;
      }
      return undefined;
    },
  },
  {
    name: 'LeaderCompleteness',
    section: '§5.4',
    statement: 'What is committed in a term is in the logs of the leaders of that and of all later terms.',
    violation({ nodes }) {
      for (const [leader, { state, currentTerm, log }] of nodes.entries()) {
        if (state !== 'Leader') continue;
        for (const [server, other] of nodes.entries()) {
          // Whoever is in no later term knows only commitments of no later term.
          if (other.currentTerm > currentTerm) continue;
          const difference = firstDifference(log, other.log, other.commitIndex);
          if (difference === undefined) continue;
          return `${nodeName(leader)} leads term ${currentTerm} without entry ${difference}, which ${nodeName(server)} takes for committed`;
        }
      }
      return undefined;
    },
  },
  {
    name: 'CommittedEntriesReachMajority',
    section: '§5.3',
    statement: 'What a leader has committed is in the logs of a majority.',
    violation({ nodes }) {
      const leaders = nodes.filter(({ state, commitIndex }) => state === 'Leader' && commitIndex > 0);
      const held = leaders.some(({ log, commitIndex }) => {
        const holders = nodes.filter((other) => sameEntry(other.log[commitIndex - 1], log[commitIndex - 1]));
        return isQuorum(holders.length, nodes.length);
      });
      return leaders.length === 0 || held ? undefined : 'no leader has its last committed entry on a majority';
    },
  },
  {
    name: 'LeaderHasAllAckedValues',
    section: '§5.4, §8',
    statement: 'The newest leader has every value that a client was told is committed.',
    violation({ nodes, shared }) {
      for (const [value, acked] of shared.acked.entries()) {
        if (acked !== true) continue;
        const missing = nodes.findIndex(
          ({ state, currentTerm, log }) =>
            state === 'Leader' &&
            nodes.every((other) => other.currentTerm <= currentTerm) &&
            !log.some((entry) => entry.value === value),
        );
        if (missing >= 0)
          return `${nodeName(missing)}, the newest leader, lacks ${valueName(value)}, which was acknowledged`;
      }
      return undefined;
    },
  },
];

/** What holds for every step of a server. */
export const RAFT_STEP_INVARIANTS: readonly StepInvariant<Server, RaftMessage>[] = [
  {
    name: 'TermMonotonic',
    section: '§5.1',
    statement: "A server's term never falls.",
    violation: (before, after, self) =>
      after.currentTerm >= before.currentTerm
        ? undefined
        : `${nodeName(self)} went from term ${before.currentTerm} back to ${after.currentTerm}`,
  },
  {
    name: 'VoteOnce',
    section: '§5.2',
    statement: 'A server votes for at most one candidate in a term, and does not forget it.',
    violation: (before, after, self) =>
      after.currentTerm !== before.currentTerm || before.votedFor === null || after.votedFor === before.votedFor
        ? undefined
        : `${nodeName(self)} had voted for ${nodeName(before.votedFor)} in term ${before.currentTerm}, and now ${
            after.votedFor === null ? 'has forgotten it' : `has voted for ${nodeName(after.votedFor)}`
          }`,
  },
  {
    name: 'LeaderAppendOnly',
    section: '§5.3',
    statement: 'A leader never overwrites or deletes entries in its log; it only appends new ones.',
    violation(before, after, self) {
      if (after.state !== 'Leader') return undefined;
      const difference = firstDifference(before.log, after.log, before.log.length);
      return difference === undefined ? undefined : `${nodeName(self)}, a leader, changed its entry ${difference}`;
    },
  },
];

/** The first index up to `end` at which two logs differ. */
function firstDifference(left: readonly Entry[], right: readonly Entry[], end: number): number | undefined {
  for (let index = 1; index <= end; index++) {
    if (!sameEntry(left[index - 1], right[index - 1])) return index;
  }
  return undefined;
}

function* pairs(count: number): Generator<[one: number, other: number]> {
  for (let one = 0; one < count; one++) for (let other = one + 1; other < count; other++) yield [one, other];
}
