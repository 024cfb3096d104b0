import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RunRecord, runRecordSchema } from '../../src/store/run-record.js';
import { assay, temporaryFolder } from '../support/program.js';
import { lacksDocker } from '../support/requirements.js';

/** Runs the program in containers and returns what it found, and its report. */
async function verdictOf(
  ...args: string[]
): Promise<{ exitCode: number | undefined; record: RunRecord; report: string }> {
  const folder = temporaryFolder();
  const { exitCode, stdout } = await assay(folder, ['run', ...args, '--backend', 'docker', '--json']);
  const record = runRecordSchema.parse(JSON.parse(stdout));
  return { exitCode, record, report: readFileSync(join(folder, 'results', record.id, 'report.html'), 'utf8') };
}

const violated = (record: RunRecord) =>
  record.checks.filter(({ verdict }) => verdict === 'invalid').map(({ checker }) => checker);

describe.skipIf(await lacksDocker())('assay run --backend docker', () => {
  it('finds the reference Raft valid, with a confirmed fault of each kind and a leader change', async () => {
    const { exitCode, record } = await verdictOf(
      'raft',
      '--nemesis',
      'partition,kill,pause,clock',
      '--time-limit',
      '25',
      '--seed',
      '2',
    );
    expect(record.narrative.join(' ')).toContain('No violation was found');
    expect(exitCode).toBe(0);
    for (const kind of ['cut', 'kill', 'pause']) expect(record.counts.faults[kind]?.confirmed).toBeGreaterThan(0);
    expect(record.counts.leaderChanges).toBeGreaterThan(0);
    expect(record.counts.traceEvents).toBeGreaterThan(1000);
  });

  it('finds the stale read of a Raft whose followers answer reads, and the report names it', async () => {
    const { exitCode, record, report } = await verdictOf(
      'raft',
      '--reads',
      'follower',
      '--nemesis',
      'partition',
      '--time-limit',
      '15',
      '--seed',
      '1',
    );
    expect(exitCode).toBe(1);
    expect(violated(record)).toEqual(['linearizability']);
    expect(report).toContain('stale-read');
  });

  it('finds acknowledgements before fsync when the power fails', async () => {
    const { exitCode, record } = await verdictOf(
      'raft',
      '--mutant',
      'persist-ack-before-fsync',
      '--nemesis',
      'power',
      '--time-limit',
      '15',
      '--seed',
      '1',
    );
    expect(exitCode).toBe(1);
    expect(violated(record)).toContain('raft-safety');
  });

  it('finds etcd valid: a server that nobody here wrote', async () => {
    const { exitCode, record } = await verdictOf(
      'etcd',
      '--nodes',
      '3',
      '--nemesis',
      'partition,kill,pause',
      '--time-limit',
      '25',
      '--seed',
      '1',
    );
    expect(record.narrative.join(' ')).toContain('No violation was found');
    expect(exitCode).toBe(0);
  });
});
