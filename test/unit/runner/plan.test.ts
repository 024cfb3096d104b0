import { describe, expect, it } from 'vitest';
import { certifyCommand, replayCommand, withOptions } from '../../../src/runner/replay-command.js';
import { didYouMean } from '../../../src/runner/suggest.js';
import type { RunOptions } from '../../../src/store/run-record.js';

describe('didYouMean', () => {
  it('suggests the near one and lists all when none is near', () => {
    expect(didYouMean('partitoin', ['kill', 'partition'])).toBe('Did you mean "partition"?');
    expect(didYouMean('follow', ['follower', 'lease'])).toBe('Did you mean "follower"?');
    expect(didYouMean('xyzzy', ['kill', 'pause'])).toBe('Choose from: kill, pause.');
    expect(didYouMean('x', [])).toBe('There are none.');
  });
});

describe('replayCommand', () => {
  const options: RunOptions = {
    system: 'raft',
    systemOptions: { reads: 'follower', preVote: false },
    backend: 'sim',
    nodes: 5,
    workload: 'register',
    workloadOptions: { keys: 3 },
    nemeses: [
      { name: 'partition', options: { shape: 'bridge', interval: '5s' } },
      { name: 'kill', options: {} },
    ],
    timeLimitMs: 60_000,
    recoveryMs: 10_000,
    concurrency: 10,
    rate: 200,
    operationTimeoutMs: 2000,
    checkBudgetMs: 60_000,
    seed: 42,
  };

  it('writes out everything that decides the run', () => {
    const command = replayCommand(options);
    expect(command).toContain('assay run raft --backend sim --nodes 5 --workload register:keys=3');
    expect(command).toContain('--nemesis partition:shape=bridge,interval=5s,kill');
    expect(command).toContain('--seed 42');
    expect(command).toContain('--reads follower --pre-vote false');
  });

  it('says none where there is no nemesis', () => {
    expect(replayCommand({ ...options, nemeses: [] })).toContain('--nemesis none');
  });

  it('names a plugin with its options as the command line reads them', () => {
    expect(withOptions('clock', {})).toBe('clock');
    expect(withOptions('clock', { kind: 'jump', jump: '5s' })).toBe('clock:kind=jump,jump=5s');
  });
});

describe('certifyCommand', () => {
  it('writes out every option of the campaign, the budget of its checkers as well', () => {
    const options = {
      system: 'raft',
      systemOptions: { reads: 'follower' },
      profile: 'standard' as const,
      backends: ['sim', 'docker'],
      seed: 7,
      nodes: 3,
      concurrency: 11,
      rate: 250,
      operationTimeoutMs: 2000,
      recoveryMs: 12_000,
      checkBudgetMs: 30_000,
    };
    expect(certifyCommand(options)).toBe(
      'npx assay certify raft --profile standard --backend sim,docker --nodes 3 --concurrency 11 --rate 250 ' +
        '--recovery 12000ms --operation-timeout 2000ms --check-budget 30000ms --seed 7 --reads follower',
    );
    const { nodes, ...ofItsOwnSize } = options;
    expect(certifyCommand(ofItsOwnSize)).not.toContain('--nodes');
  });
});
