import { describe, expect, it } from 'vitest';
import { RAFT_MUTANTS } from '../../src/consensus/mutants/index.js';
import { asEtcd } from '../support/etcd-trace.js';
import { brokenRules, judgePartial, levels } from '../support/partial-traces.js';
import { type Simulated, simulatedTrace } from '../support/simulated-trace.js';

/** What is left of a trace: of the whole one less and less, and what etcd-io/raft would have recorded. */
const STRIPPED = Object.entries({ ...levels, 'as etcd-io/raft records': asEtcd });
type Level = 'whole' | 'log contents' | 'messages alone' | 'without messages' | 'roles' | 'etcd';

const RUNS: readonly Simulated[] = [
  { nemesis: 'partition,kill,pause,clock', seed: 11, timeLimitMs: 8000, nodes: 3 },
  { nemesis: 'packet,kill', seed: 12, timeLimitMs: 8000 },
  { nemesis: 'power,partition', seed: 13, timeLimitMs: 8000, systemOptions: { preVote: false, checkQuorum: false } },
  {
    nemesis: 'kill:target=leader,partition',
    seed: 14,
    timeLimitMs: 8000,
    systemOptions: { snapshotEntries: 50, trailingEntries: 5 },
  },
];

/** Rules that a mutant breaks with its first seeds, by what is left of its trace; where a level is missing it is not seen. */
const SEEN: Readonly<Record<string, Readonly<Partial<Record<Level, string>>>>> = {
  'elect-quorum-from-peers-half': {
    whole: 'BecomeLeader',
    'log contents': 'BecomeLeader',
    'messages alone': 'BecomeLeader',
    etcd: 'BecomeLeader',
  },
  'elect-double-vote': {
    whole: 'VoteOnce',
    'log contents': 'VoteOnce',
    'messages alone': 'VoteOnce',
    'without messages': 'VoteOnce',
    etcd: 'VoteOnce',
  },
  'elect-no-uptodate-check': {
    whole: 'HandleRequestVoteRequest',
    'log contents': 'HandleRequestVoteRequest',
    'without messages': 'LeaderCompleteness',
    roles: 'StateMachineSafety',
    etcd: 'HandleRequestVoteRequest',
  },
  'elect-term-reverts-on-truncate': {
    whole: 'TermMonotonic',
    'log contents': 'TermMonotonic',
    'without messages': 'TermMonotonic',
    roles: 'TermMonotonic',
  },
};
const LEVELS: Readonly<Record<Level, string>> = {
  whole: 'whole',
  'log contents': 'without log contents',
  'messages alone': 'messages alone',
  'without messages': 'without messages',
  roles: 'roles, terms, commits',
  etcd: 'as etcd-io/raft records',
};

describe('partial traces of the reference Raft', () => {
  it.for(RUNS)('are valid, whatever is left out of them: $nemesis, seed $seed', async (run) => {
    const trace = await simulatedTrace(run);
    for (const [level, strip] of STRIPPED) {
      const { verdict, anomalies } = judgePartial(strip(trace));
      expect({ level, verdict, told: anomalies.map(({ story }) => story) }).toEqual({
        level,
        verdict: 'valid',
        told: [],
      });
    }
  });
});

describe('partial traces of known bugs', () => {
  it.for(Object.entries(SEEN))('show %s as far as they tell enough', async ([name, seen]) => {
    const { kill } = RAFT_MUTANTS.find((mutant) => mutant.name === name) ?? {};
    const { nemesis = '', nodes, options, workload, load } = kill ?? {};
    const trace = await simulatedTrace({
      nemesis,
      seed: 1,
      timeLimitMs: 15_000,
      ...(nodes !== undefined && { nodes }),
      ...(workload !== undefined && { workload }),
      systemOptions: { ...options, mutant: name },
      load: { concurrency: 10, rate: 200, ...load },
    });
    const found: Partial<Record<Level, string[]>> = {};
    for (const [level, strip] of Object.entries(LEVELS) as [Level, string][]) {
      const rules = brokenRules(judgePartial(Object.fromEntries(STRIPPED)[strip]?.(trace) ?? []));
      if (rules.length > 0) found[level] = rules;
    }
    const expected = Object.entries(seen).map(([level, rule]) => [level, expect.arrayContaining([rule])]);
    expect(found).toEqual(Object.fromEntries(expected));
  });
});
