import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { pbft } from '../../../../spec/pbft/pbft.js';
import { temporaryFolder } from '../../../support/program.js';
import { PBFT_MIRROR, quint, type Simulated, simulate } from '../quint.js';
import { type Divergence, replay, type TraceState } from '../replay.js';
import { type State, text } from '../twin.js';
import { walks } from '../walks.js';
import { type PbftState, parsePbftTrace } from './mirror-trace.js';
import { following } from './mirror-walks.js';

/** With the constants at the beginning of `pbft.qnt`. */
const SPECIFICATION = pbft({ replicas: 4, traitors: [0], views: 1, requests: 2 });
/** The mirror has no checkpoints, and the traitor leads no view but the first. */
const LEFT_OUT = ['HandleCheckpoint', 'TraitorNewView', 'StableCheckpointCert'];
const mirrored = (rules: readonly { readonly name: string }[]) =>
  rules.map(({ name }) => name).filter((name) => !LEFT_OUT.includes(name));
const RULES = mirrored([...SPECIFICATION.actions, ...SPECIFICATION.handlers]);
const INVARIANTS = mirrored(SPECIFICATION.invariants);
const INITIAL: State = { ...SPECIFICATION.initial, messages: new Map() };
const TRACES = 12;

// Each run of Quint is seconds of work: on a busy machine that can be a minute.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

it('the Quint mirror of PBFT type-checks', async () => {
  const { all, exitCode } = await quint(['typecheck', PBFT_MIRROR]);
  expect(all).toBe('');
  expect(exitCode).toBe(0);
});

describe('traces of the Quint mirror of PBFT', () => {
  let simulated: Simulated;
  let traces: TraceState<PbftState>[][];

  beforeAll(async () => {
    simulated = await simulate(PBFT_MIRROR, { traces: TRACES, maxSteps: 40, seed: 1, invariants: INVARIANTS });
    traces = simulated.traces.map(parsePbftTrace);
  });

  it('keep every invariant of states, each by the name that it has in the specification', () => {
    expect(simulated.output).toContain('[ok] No violation found');
    expect(simulated.exitCode).toBe(0);
  });

  it('are behaviours of the specification, step by step', () => {
    expect(traces).toHaveLength(TRACES);
    expect(traces.map((trace) => replay(SPECIFICATION, trace)).filter((divergence) => divergence)).toEqual([]);
  });

  it('take every action, and execute requests in both views', () => {
    const steps = traces.flat();
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set(['init', ...RULES]));
    expect(steps.length).toBeGreaterThan(TRACES * 25);
    const views = traces.flatMap((trace) =>
      (trace.at(-1)?.state.nodes ?? []).flatMap((node) => node?.executed.map(({ view }) => view) ?? []),
    );
    expect([...new Set(views)].sort()).toEqual([0, 1]);
  });
});

describe('walks through the specification of PBFT', () => {
  const WALKS = walks(SPECIFICATION, { count: 4, length: 36, seed: 1 });

  it('take every action, the rare ones too', () => {
    expect(new Set(WALKS.flat().map(({ action }) => action))).toEqual(new Set(RULES));
  });

  it('can be gone in the mirror, through the same states', async () => {
    const file = await written(following(await readFile(PBFT_MIRROR, 'utf8'), SPECIFICATION, RULES, WALKS));
    const maxSteps = WALKS.flat().length + WALKS.length - 1;
    const { traces } = await simulate(file, { traces: 1, maxSteps, seed: 1, init: 'begin', step: 'follow' });
    const states = traces.flatMap((trace) => parsePbftTrace(trace).map(({ state }) => text(state)));
    const expected = WALKS.flatMap((walk) => [INITIAL, ...walk.map(({ after }) => after)]).map(text);
    const other = expected.findIndex((state, index) => state !== states[index]);
    expect([states[other], states.length]).toEqual([expected[other], expected.length]);
  });
});

describe('a mirror of PBFT that drifts', () => {
  it('is caught where the traitor shows what correct replicas did not sign', async () => {
    const module = await readFile(PBFT_MIRROR, 'utf8');
    expect(module.split('told.forall(isShown),')).toHaveLength(2);
    const { traces } = await simulate(await written(module.replace('told.forall(isShown),', '')), {
      ...{ traces: 6, maxSteps: 25, seed: 1 },
    });
    const divergence = firstDivergence(traces);
    // By its VIEW-CHANGE a certificate is told that the specification does not let it have.
    expect(divergence?.action).toBe('NewView');
    expect(divergence?.kind).toMatch(/^(other-value|not-possible)$/);
  });

  it('is caught where a request is prepared with one vote less', async () => {
    const module = await readFile(PBFT_MIRROR, 'utf8');
    const guard = 'isEnough(1 + votes.union(Set(self, TRAITOR))';
    expect(module.split(guard)).toHaveLength(2);
    const { traces } = await simulate(
      await written(module.replace(guard, `isEnough(2 + votes.union(Set(self, TRAITOR))`)),
      {
        ...{ traces: 4, maxSteps: 15, seed: 1 },
      },
    );
    expect(firstDivergence(traces)?.action).toMatch(/^(TraitorVotes|HandlePrepare)$/);
  });
});

/** A module in a folder that is gone after the test. */
async function written(module: string): Promise<string> {
  const file = join(temporaryFolder(), 'pbft.qnt');
  await writeFile(file, module);
  return file;
}

function firstDivergence(traces: readonly unknown[]): Divergence | undefined {
  return traces.map((trace) => replay(SPECIFICATION, parsePbftTrace(trace))).find((divergence) => divergence);
}
