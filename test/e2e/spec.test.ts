import { describe, expect, it } from 'vitest';
import { PROTOCOLS } from '../../spec/protocols.js';
import { assay, temporaryFolder, untilOutput } from '../support/program.js';

const SMALL = ['--nodes', '2', '--terms', '2', '--log', '1'];

async function spec(...args: string[]) {
  return assay(temporaryFolder(), ['spec', ...args]);
}

describe('assay spec check', () => {
  it('ends with 0 when all states were looked at: the counts of standard-raft, and what never happened', async () => {
    const { exitCode, stdout } = await spec('check', 'raft', '--nodes', '3', '--terms', '2', '--log', '1');
    expect(stdout).toMatch(/^valid: all states were looked at, and all 9 invariants hold in them$/m);
    expect(stdout).toContain('37,345 distinct states, 93,145 steps generated, 35 levels');
    expect(stdout).toMatch(/taken for one with a probability of about 7\.6e-11/);
    expect(stdout).toContain('Never happened: Restart, RejectAppendEntriesRequest.');
    expect(exitCode).toBe(0);
  });

  it('ends with 1 and tells a shortest way to a violation', async () => {
    const args = ['--nodes', '2', '--terms', '3', '--log', '0', '--defect', 'half-is-a-quorum'];
    const { exitCode, stdout } = await spec('check', 'raft', ...args);
    expect(stdout).toContain('ElectionSafety (§5.2): At most one leader can be elected in a given term.');
    expect(stdout).toContain('Here n1 and n2 both lead term 2. A shortest way there has 4 steps:');
    expect(stdout).toContain('currentTerm 1 → 2, votedFor none → n1');
    expect(stdout).toContain('sends RequestVoteRequest to n2: term 2, last entry 0 of term 0');
    expect(stdout.match(/^ {2}\d\. n[12] (RequestVote|BecomeLeader) \(§5\.2\)$/gm)).toHaveLength(4);
    expect(exitCode).toBe(1);
  });

  it('models the features that it is asked for, and tells what a defect of one leads to', async () => {
    const features = ['--features', 'snapshots,sessions', '--retries', '1'];
    const sound = await spec('check', 'raft', ...SMALL, ...features);
    expect(sound.stderr).toContain('no restarts, features snapshots + sessions, asked again 1 time');
    expect(sound.stdout).toMatch(/^valid: all states were looked at, and all 14 invariants hold in them$/m);
    const { exitCode, stdout } = await spec('check', 'raft', ...SMALL, ...features, '--defect', 'no-deduplication');
    expect(stdout).toContain('ExactlyOnce (thesis §6.3): No state machine executes a request twice');
    expect(stdout).toContain('executed v1 → v1 v1');
    expect(exitCode).toBe(1);
  });

  it('looks at PBFT among the traitors that it is told of', async () => {
    const sound = await spec('check', 'pbft', '--symmetry');
    expect(sound.stderr).toContain('pbft with 4 nodes, n1 a traitor, views up to 1, 1 value, up to the names of nodes');
    expect(sound.stdout).toMatch(/^valid: all states were looked at, and all 13 invariants hold in them$/m);
    expect(sound.stdout).toContain('18,603 distinct states, 67,933 steps generated');
    expect(sound.exitCode).toBe(0);
    const two = ['--traitors', 'n2, n1', '--views', '0', '--log', '2', '--sequences', '1'];
    const { exitCode, stdout, stderr } = await spec('check', 'pbft', ...two);
    expect(stderr).toContain('n1 and n2 traitors, view 0 only, 2 values, sequence numbers up to 1');
    expect(stdout).toContain('Here in view 0, r1 and r2 have prepared as request 1. A shortest way there has 2 steps:');
    expect(stdout).toMatch(/^ {2}1\. n[34] TraitorPrePrepare r[12] as 1 \(§4\.2\)$/m);
    expect(exitCode).toBe(1);
  });

  it.each([
    ['--max-states', '500', '--max-states was reached'],
    ['--timeout', '1ms', 'the time was over'],
  ])('ends with 2 when a limit came first: %s', async (flag, value, reason) => {
    const { exitCode, stdout } = await spec('check', 'raft', '--log', '2', flag, value);
    expect(stdout).toContain(`unknown: ${reason} before all states were looked at`);
    expect(exitCode).toBe(2);
  });

  it('prints exactly one JSON document with --json', async () => {
    const { stdout } = await spec('check', 'raft', ...SMALL, '--symmetry', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      protocol: 'raft',
      bounds: { nodes: 2, terms: 2, log: 1, restarts: 0 },
      symmetry: true,
      verdict: 'valid',
      neverHappened: ['Restart', 'RejectAppendEntriesRequest'],
    });
  });

  it('ends with 255 on Ctrl-C, and tells what it knows', async () => {
    const running = assay(temporaryFolder(), ['spec', 'check', 'raft', '--terms', '4', '--log', '3']);
    await untilOutput(running, /level/);
    running.kill('SIGINT');
    const { exitCode, stdout } = await running;
    expect(stdout).toContain('unknown: it was stopped before all states were looked at');
    expect(exitCode).toBe(255);
  });
});

describe('assay spec simulate', () => {
  it('ends with 0 after the walks that it was asked for', async () => {
    const { exitCode, stdout } = await spec('simulate', 'raft', '--walks', '20', '--seed', '1');
    expect(stdout).toContain('valid: no invariant failed in 20 walks, which may have missed states');
    expect(exitCode).toBe(0);
  });

  it('ends with 1 and tells the way of the walk that met a violation; the seed walks it again', async () => {
    const args = ['--terms', '3', '--walks', '5000', '--seed', '1', '--defect', 'no-up-to-date-check'];
    const [one, again] = await Promise.all([spec('simulate', 'raft', ...args), spec('simulate', 'raft', ...args)]);
    expect(one.stdout).toMatch(/Here .* leads term 3 without entry 1, which .* takes for committed/);
    expect(again.stdout.replace(/[\d.]+ s$/m, '')).toBe(one.stdout.replace(/[\d.]+ s$/m, ''));
    expect(one.exitCode).toBe(1);
  });
});

describe('assay spec', () => {
  it.each(['check', 'simulate'])(
    'names in the help of %s each feature and each defect, and what it needs',
    async (command) => {
      const { stdout } = await spec(command, '--help');
      const named = [...PROTOCOLS.values()].flatMap(({ features, defects }) =>
        Object.entries({ ...features, ...defects }),
      );
      for (const [name, { statement }] of named) {
        expect(stdout.replace(/\s+/g, ' ')).toContain(statement);
        expect(stdout.split('\n').some((line) => line === `  ${name}` || line.startsWith(`  ${name} (`))).toBe(true);
      }
      expect(stdout).toContain('snapshot-omits-sessions (--features sessions,snapshots)');
    },
  );

  it.each([
    [['check', 'rafd'], 'there is no specification "rafd"\nDid you mean "raft"?'],
    [
      ['check', 'raft', '--defect', 'duble-vote'],
      'there is no defect "duble-vote" of raft\nDid you mean "double-vote"?',
    ],
    [
      ['check', 'raft', '--features', 'reads,snapshot'],
      'there is no feature "snapshot" of raft\nDid you mean "snapshots"?',
    ],
    [
      ['check', 'raft', '--features', 'reads', '--defect', 'no-deduplication'],
      '--defect no-deduplication says nothing without the feature sessions\nAdd --features reads,sessions.',
    ],
    [
      ['check', 'raft', '--features', 'reads,reads', '--defect', 'snapshot-omits-sessions'],
      '--defect snapshot-omits-sessions says nothing without the features sessions and snapshots\nAdd --features reads,sessions,snapshots.',
    ],
    [['check', 'raft', '--defect', 'volcano'], '`assay spec check --help` shows all'],
    [
      ['simulate', 'raft', '--reads', '2'],
      '--reads says nothing without the feature reads or leases\nAdd --features reads.',
    ],
    [['check', 'raft', '--nodes', '0'], '--nodes cannot be "0"\nGive a whole number from 1 to 9.'],
    [['check', 'raft', '--terms', 'two'], '--terms cannot be "two"\nGive a whole number from 1 to 16.'],
    [['check', 'raft', '--nodes', '7', '--symmetry'], '--symmetry cannot be had with 7 nodes\nGive --nodes up to 6'],
    [
      ['check', 'pbft', '--terms', '3'],
      '--terms says nothing of pbft\nLeave it out: the bounds of pbft are --nodes, --views, --log, --traitors, --sequences,',
    ],
    [['simulate', 'raft', '--traitors', 'n1'], '--traitors says nothing of raft\nLeave it out: the bounds of raft are'],
    [['check', 'pbft', '--nodes', '3'], 'pbft needs 4 nodes\nGive --nodes 4 or more.'],
    [['check', 'pbft', '--traitors', '1'], '--traitors cannot be "1"\nGive names, as in n1,n3, or none.'],
    [['check', 'pbft', '--traitors', 'n5'], 'there is no traitor n5 among 4 nodes\nGive names up to n4'],
    [['check', 'pbft', '--traitors', 'n1,n2,n3'], 'with 3 traitors among 4 nodes nobody has anybody to agree with'],
    [['check', 'pbft', '--features', 'reads'], 'there is no feature "reads" of pbft'],
    [['simulate', 'raft', '--walks', '0'], '--walks cannot be "0"'],
    [['chek', 'raft'], "unknown command 'chek'\nDid you mean check?"],
    [[], 'a command is missing'],
  ])('says what is wrong with %j, and ends with 254', async (args, message) => {
    const { exitCode, stderr, stdout } = await spec(...args);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(exitCode).toBe(254);
  });
});
