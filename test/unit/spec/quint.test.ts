import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { raft } from '../../../spec/raft/raft.js';
import { temporaryFolder } from '../../support/program.js';
import { quint, RAFT_MIRROR, type Simulated, simulate } from './quint.js';
import { parseRaftTrace, type RaftState } from './raft-trace.js';
import { type Divergence, replay, type TraceState } from './replay.js';
import { type State, text } from './twin.js';
import { following, type Walk, walks } from './walks.js';

/** With the constants at the beginning of `raft.qnt`. */
const SPECIFICATION = raft({ servers: 3, elections: 3, values: 2, restarts: 1 });
const RULES = [...SPECIFICATION.actions, ...SPECIFICATION.handlers].map(({ name }) => name);
const INVARIANTS = SPECIFICATION.invariants.map(({ name }) => name);
const INITIAL: State = { ...SPECIFICATION.initial, messages: new Map() };
const TRACES = 20;

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
    expect(steps.length).toBeGreaterThan(TRACES * 30);
    const tracesWith = (reached: (state: RaftState) => boolean) =>
      traces.filter((trace) => trace.some(({ state }) => reached(state))).length;
    expect(tracesWith(({ nodes }) => nodes.some(({ state }) => state === 'Leader'))).toBeGreaterThan(TRACES / 2);
    expect(tracesWith(({ nodes }) => nodes.some(({ commitIndex }) => commitIndex > 0))).toBeGreaterThan(TRACES / 2);
    expect(tracesWith(({ shared }) => shared.acked.includes(true))).toBeGreaterThan(TRACES / 2);
  });
});

describe('walks through the specification', () => {
  const WALKS = walks(SPECIFICATION, { count: 5, length: 40, seed: 1 });

  it('take every action, the rare ones too', () => {
    expect(new Set(WALKS.flat().map(({ action }) => action))).toEqual(new Set(RULES));
  });

  it('can be gone in the mirror, through the same states', async () => {
    const states = await followed(await readFile(RAFT_MIRROR, 'utf8'), WALKS);
    const expected = WALKS.flatMap((walk) => [INITIAL, ...walk.map(({ after }) => after)]);
    expect(states.map(text)).toEqual(expected.map(text));
  });

  it('stop where a mirror cannot go on: its candidates wait for all votes', async () => {
    const walk = WALKS.find((steps) => steps.some(({ action }) => action === 'AppendEntries')) as Walk;
    const module = changed(
      await readFile(RAFT_MIRROR, 'utf8'),
      'isQuorum(node.votesGranted)',
      'node.votesGranted == SERVERS',
    );
    const states = await followed(module, [walk]);
    // The first of the states is the initial one, before the first step.
    expect(walk[states.length - 1]?.action).toBe('BecomeLeader');
  });
});

describe('replay', () => {
  const [walk] = walks(SPECIFICATION, { count: 1, length: 30, seed: 2 });
  const trace = [
    { action: 'init', state: INITIAL },
    ...(walk as Walk).map(({ action, after }): TraceState => ({ action, state: after })),
  ];

  it('finds a walk through the specification to be one', () => {
    expect(trace).toHaveLength(31);
    expect(replay(SPECIFICATION, trace)).toBeUndefined();
  });

  it('tells of a message that was delivered and is still on its way', () => {
    const at = trace.findIndex(({ action }) => action === 'HandleRequestVoteRequest');
    const [before, after] = [trace[at - 1] as TraceState, trace[at] as TraceState];
    const [message, count] = [...before.state.messages].find(
      ([each, many]) => after.state.messages.get(each) === many - 1,
    ) as [string, number];
    const kept = { ...after.state, messages: new Map([...after.state.messages, [message, count]]) };
    expect(replay(SPECIFICATION, trace.with(at, { ...after, state: kept }))).toEqual({
      kind: 'other-value',
      step: at,
      action: 'HandleRequestVoteRequest',
      variable: `messages ${message}`,
      inTrace: '1',
      inSpecification: '0',
    });
  });

  it('tells of an action that the specification has no step by', () => {
    const [first, ...others] = trace.slice(1);
    const renamed = [
      { action: 'init', state: INITIAL },
      { ...(first as TraceState), action: 'BecomeLeader' },
      ...others,
    ];
    expect(replay(SPECIFICATION, renamed)).toEqual({ kind: 'not-possible', step: 1, action: 'BecomeLeader' });
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
async function changedMirror(from: string, by: string): Promise<string> {
  return await written(changed(await readFile(RAFT_MIRROR, 'utf8'), from, by));
}

function changed(module: string, from: string, by: string): string {
  expect(module.split(from)).toHaveLength(2);
  return module.replace(from, by);
}

async function written(module: string): Promise<string> {
  const file = join(temporaryFolder(), 'raft.qnt');
  await writeFile(file, module);
  return file;
}

/** The states that the module comes through when it is to take the steps of the walks. */
async function followed(module: string, along: readonly Walk[]): Promise<RaftState[]> {
  const file = await written(following(module, SPECIFICATION, along));
  const maxSteps = along.flat().length + along.length - 1;
  const { traces } = await simulate(file, { traces: 1, maxSteps, seed: 1, init: 'begin', step: 'follow' });
  return traces.flatMap((trace) => parseRaftTrace(trace).map(({ state }) => state));
}

function firstDivergence(traces: readonly unknown[]): Divergence | undefined {
  return traces.map((trace) => replay(SPECIFICATION, parseRaftTrace(trace))).find((divergence) => divergence);
}
