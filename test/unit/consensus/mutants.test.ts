import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/conformance/steps/rules.js';
import { BugSwitches } from '../../../src/consensus/bug-switches.js';
import { RAFT_MUTANTS, raftBugs } from '../../../src/consensus/mutants/index.js';
import { NO_BUGS, type RaftOptions } from '../../../src/consensus/raft/index.js';
import { runChaos } from './chaos.js';

/** A mutant whose bug the naive twins see within a few seeds, and how they name it. */
interface Seen {
  readonly name: string;
  readonly violation: RegExp;
  readonly options?: Partial<RaftOptions>;
}

const SEEN: readonly Seen[] = [
  { name: 'elect-strict-term-never-reset-vote', violation: /NotRecovered/ },
  { name: 'elect-quorum-from-peers-half', violation: /ElectionSafety/ },
  { name: 'elect-double-vote', violation: /VoteOnce|ElectionSafety/ },
  {
    name: 'elect-vote-forgotten-on-leader-discovery',
    violation: /VoteOnce|ElectionSafety/,
    options: { preVote: false, checkQuorum: false },
  },
  { name: 'elect-no-uptodate-check', violation: /LeaderCompleteness/ },
  { name: 'persist-nothing', violation: /VoteDurable/ },
  { name: 'persist-vote-not-durable', violation: /VoteDurable/ },
  { name: 'persist-ack-before-fsync', violation: /AckDurable/ },
  { name: 'persist-leader-counts-unsynced-self', violation: /CommitQuorum/ },
  { name: 'repl-failed-write-keeps-entry', violation: /an append failed/ },
  { name: 'repl-truncate-on-match', violation: /AckDurable|LeaderCompleteness|CommitQuorum/ },
  { name: 'repl-skip-prevterm-check', violation: /LogMatching/ },
  { name: 'repl-rollback-on-stepdown', violation: /LeaderCompleteness|CommitQuorum/ },
  { name: 'commit-old-term-by-counting', violation: /CommitRule/ },
  { name: 'commit-self-majority-odd', violation: /CommitQuorum/ },
  {
    name: 'snap-omits-session-table',
    violation: /Duplicate|StaleOrLost/,
    options: { snapshotEntries: 10, trailingEntries: 0 },
  },
  { name: 'session-no-dedup', violation: /Duplicate/ },
  { name: 'read-leader-local', violation: /StaleOrLost/ },
  { name: 'read-index-before-term-commit', violation: /StaleOrLost/ },
];

describe('known bugs', () => {
  it('each switch of the core belongs to exactly one mutant', () => {
    expect(RAFT_MUTANTS.map(({ bug }) => bug).sort()).toEqual(Object.keys(NO_BUGS).sort());
    expect(new Set(RAFT_MUTANTS.map(({ name }) => name)).size).toBe(RAFT_MUTANTS.length);
  });

  it('a mutant turns on its own switch and no other', () => {
    for (const { name, bug } of RAFT_MUTANTS) {
      const on = Object.entries(raftBugs(name)).flatMap(([switchName, value]) => (value ? [switchName] : []));
      expect(on).toEqual([bug]);
    }
    expect(raftBugs(undefined)).toEqual(NO_BUGS);
  });

  it('the rule that steps are said to name is one of theirs, or why they are blind is said', () => {
    const rules = Object.values(RULES).map(({ name }) => name);
    for (const { kill } of RAFT_MUTANTS) {
      if ('rule' in kill.steps) expect(rules).toContain(kill.steps.rule);
      else expect(kill.steps.blind).toMatch(/\w+ \w+ \w+/);
    }
  });

  it('a switch that is on counts each time that it decides, one that is off never', () => {
    const bugs = new BugSwitches(raftBugs('elect-double-vote'));
    expect([bugs.strikes('doubleVote'), bugs.strikes('noUpToDateCheck'), bugs.strikes('doubleVote')]).toEqual([
      true,
      false,
      true,
    ]);
    expect(bugs.effects).toBe(2);
    expect(new BugSwitches(NO_BUGS).strikes('doubleVote')).toBe(false);
  });

  it.each(SEEN)(
    '$name is seen as $violation',
    ({ name, violation, options = {} }) => {
      const mutant = RAFT_MUTANTS.find((each) => each.name === name);
      const found: string[] = [];
      for (let seed = 1; seed <= 12 && found.length === 0; seed++) {
        const nodes = mutant?.kill.nodes ?? 3 + (seed % 3);
        const { violations } = runChaos(seed, nodes, 3000, {
          preVote: seed % 2 === 0,
          checkQuorum: seed % 3 !== 0,
          bugs: raftBugs(name),
          ...options,
        });
        found.push(...violations);
      }
      expect(found[0]).toMatch(violation);
    },
    60_000,
  );
});
