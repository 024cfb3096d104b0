import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { raft } from '../../../spec/raft/raft.js';
import { temporaryFolder } from '../../support/program.js';
import { quint, RAFT_MIRROR, type Simulated, simulate } from './quint.js';
import { parseRaftTrace, type RaftState } from './raft-trace.js';
import { type Divergence, replay, type TraceState } from './replay.js';

/** With the constants at the beginning of `raft.qnt`. */
const SPECIFICATION = raft({ servers: 3, elections: 3, values: 2, restarts: 1 });
const RULES = [...SPECIFICATION.actions, ...SPECIFICATION.handlers].map(({ name }) => name);
const INVARIANTS = SPECIFICATION.invariants.map(({ name }) => name);
const TRACES = 40;

// Each run of Quint is seconds of work: on a busy machine that can be a minute.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

it('the Quint mirror of Raft type-checks', async () => {
  const { all, exitCode } = await quint(['typecheck', RAFT_MIRROR]);
  expect(all).toBe('');
  expect(exitCode).toBe(0);
});

describe('traces of the Quint mirror', () => {
  let simulated: Simulated;
  let traces: TraceState<RaftState>[][];

  beforeAll(async () => {
    simulated = await simulate(RAFT_MIRROR, { traces: TRACES, maxSteps: 40, seed: 1, invariants: INVARIANTS });
    traces = simulated.traces.map(parseRaftTrace);
  });

  it('keep every invariant of states, each by the name that it has in the specification', () => {
    expect(simulated.output).toContain('[ok] No violation found');
    expect(simulated.exitCode).toBe(0);
  });

  it('are behaviours of the specification, step by step', () => {
    expect(traces).toHaveLength(TRACES);
    expect(traces.map((trace) => replay(SPECIFICATION, trace)).filter((divergence) => divergence)).toEqual([]);
  });

  it('take every action, elect leaders and commit entries that clients hear of', () => {
    const steps = traces.flat();
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(['init', ...RULES]));
    expect(steps.length).toBeGreaterThan(1_000);
    const tracesWith = (reached: (state: RaftState) => boolean) =>
      traces.filter((trace) => trace.some(({ state }) => reached(state))).length;
    expect(tracesWith(({ nodes }) => nodes.some(({ state }) => state === 'Leader'))).toBeGreaterThan(TRACES / 2);
    expect(tracesWith(({ nodes }) => nodes.some(({ commitIndex }) => commitIndex > 0))).toBeGreaterThan(TRACES / 2);
    expect(tracesWith(({ shared }) => shared.acked.includes(true))).toBeGreaterThan(TRACES / 2);
  });
});

describe('a mirror that drifts', () => {
  it('is caught where it votes twice, with the action, the variable and both values', async () => {
    const module = await changedMirror('node.votedFor == None or node.votedFor == Some(message.from)', 'true');
    const { traces } = await simulate(module, { traces: 12, maxSteps: 15, seed: 1 });
    const divergence = firstDivergence(traces);
    expect(divergence).toMatchObject({
      kind: 'other-value',
      action: 'HandleRequestVoteRequest',
      variable: expect.stringMatching(/^n[123]\.votedFor$/),
    });
    const { inTrace, inSpecification } = divergence as Extract<Divergence, { kind: 'other-value' }>;
    expect(inTrace).toMatch(/^[012]$/);
    expect(inSpecification).toMatch(/^[012]$/);
    expect(inTrace).not.toBe(inSpecification);
  });

  it('is caught where it enters a later term and keeps the vote of the former one', async () => {
    const module = await changedMirror('state: Follower, votedFor: None }', 'state: Follower }');
    const { traces } = await simulate(module, { traces: 8, maxSteps: 15, seed: 1 });
    expect(firstDivergence(traces)).toMatchObject({
      kind: 'other-value',
      action: 'UpdateTerm',
      variable: expect.stringMatching(/^n[123]\.votedFor$/),
      inTrace: expect.stringMatching(/^[012]$/),
      inSpecification: 'null',
    });
  });

  it('is caught where it delivers a message and keeps it', async () => {
    const module = await changedMirror('count => count - 1', 'count => count');
    const { traces } = await simulate(module, { traces: 2, maxSteps: 10, seed: 1 });
    expect(firstDivergence(traces)).toMatchObject({
      kind: 'other-value',
      action: 'HandleRequestVoteRequest',
      variable: expect.stringMatching(/^messages .*"type":"RequestVoteRequest"/),
      inTrace: '1',
      inSpecification: '0',
    });
  });

  it('is caught where a candidate leads without a quorum; its own ElectionSafety notices too', async () => {
    const module = await changedMirror('2 * some.size() > SERVERS.size()', '2 * some.size() > 1');
    const simulation = { traces: 50, maxSteps: 25, seed: 1, invariants: ['ElectionSafety'] };
    const { exitCode, output, traces } = await simulate(module, simulation);
    expect(output).toContain('[violation]');
    expect(exitCode).toBe(1);
    const divergence = firstDivergence(traces);
    expect(divergence).toMatchObject({ kind: 'not-possible', action: 'BecomeLeader' });
    expect(divergence?.step).toBeGreaterThan(1);
  });
});

/** A copy of the mirror in a folder that is gone after the test. */
async function changedMirror(text: string, by: string): Promise<string> {
  const module = await readFile(RAFT_MIRROR, 'utf8');
  expect(module.split(text)).toHaveLength(2);
  const file = join(temporaryFolder(), 'raft.qnt');
  await writeFile(file, module.replace(text, by));
  return file;
}

function firstDivergence(traces: readonly unknown[]): Divergence | undefined {
  return traces.map((trace) => replay(SPECIFICATION, parseRaftTrace(trace))).find((divergence) => divergence);
}
