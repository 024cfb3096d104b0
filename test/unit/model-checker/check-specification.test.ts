import { describe, expect, it } from 'vitest';
import {
  type CheckedSpecification,
  type CheckSpecificationOptions,
  checkSpecification,
} from '../../../src/model-checker/check-specification.js';
import type { Model } from '../../../src/model-checker/model.js';

const SMALL: Model = { protocol: 'raft', bounds: { nodes: 3, terms: 2, log: 1, restarts: 0 } };
/** So large that the memory of visited states grows on the way. */
const GROWING: Model = { protocol: 'raft', bounds: { nodes: 2, terms: 4, log: 1, restarts: 1 } };

function check(model: Model, options: Partial<CheckSpecificationOptions> = {}): Promise<CheckedSpecification> {
  const signal = new AbortController().signal;
  return checkSpecification({ model, symmetry: false, workers: 1, signal, onProgress: () => {}, ...options });
}

/** All that does not depend on time. */
function figures({ elapsedMs: _, ...figures }: CheckedSpecification) {
  return figures;
}

describe('a model that several workers explore', () => {
  it.each([2, 3])('has the states that one worker finds: %i workers', async (workers) => {
    const { verdict, distinct, generated, depth, coverage } = await check(SMALL, { workers });
    expect({ verdict, distinct, generated, depth }).toEqual({
      ...{ verdict: 'valid', distinct: 37_345, generated: 93_145, depth: 35 },
    });
    const total = (figure: 'generated' | 'distinct') => coverage.reduce((sum, action) => sum + action[figure], 1);
    expect([total('distinct'), total('generated')]).toEqual([distinct, generated]);
  });

  it('has the states that one worker finds, up to the names of nodes', async () => {
    const { distinct, generated } = await check(SMALL, { workers: 2, symmetry: true });
    expect({ distinct, generated }).toEqual({ distinct: 6247, generated: 15_570 });
  });

  it('has the states that one worker finds where messages are overheard', async () => {
    const bounds = { nodes: 4, views: 1, log: 1, traitors: [1] };
    const { distinct, generated } = await check({ protocol: 'pbft', bounds }, { workers: 2, symmetry: true });
    expect({ distinct, generated }).toEqual({ distinct: 13_586, generated: 52_726 });
  });

  it('has the states that one worker finds where their memory has to grow', async () => {
    const [one, two] = await Promise.all([check(GROWING), check(GROWING, { workers: 2 })]);
    expect(one.distinct).toBeGreaterThan(2 ** 16);
    for (const figure of ['verdict', 'distinct', 'generated', 'depth'] as const) expect(two[figure]).toBe(one[figure]);
  });

  it('has a shortest way to a violation, as with one worker', async () => {
    const model: Model = {
      ...{ protocol: 'raft', bounds: { nodes: 3, terms: 3, log: 1, restarts: 0 } },
      defect: 'no-up-to-date-check',
    };
    const found = await check(model, { workers: 2 });
    expect(found).toMatchObject({ verdict: 'invalid', violation: { rule: 'LeaderCompleteness' } });
    expect(found.violation?.path).toHaveLength(17);
    expect(found.violation?.path.at(-1)?.action).toBe('BecomeLeader');
  });
});

describe.each([1, 2])('limits with %i worker(s)', (workers) => {
  const large: Model = { protocol: 'raft', bounds: { nodes: 3, terms: 4, log: 3, restarts: 0 } };

  it('end it after so many states', async () => {
    const { verdict, endedBy, distinct } = await check(large, { workers, maxStates: 20_000 });
    expect({ verdict, endedBy }).toEqual({ verdict: 'unknown', endedBy: 'max-states' });
    expect(distinct).toBeGreaterThanOrEqual(20_000);
  });

  it('end it in time', async () => {
    const { verdict, endedBy } = await check(large, { workers, timeoutMs: 300 });
    expect({ verdict, endedBy }).toEqual({ verdict: 'unknown', endedBy: 'timeout' });
  });

  it('end it by a signal, and it told how far it was', async () => {
    const abort = new AbortController();
    let distinct = 0;
    const ended = await check(large, {
      workers,
      signal: abort.signal,
      onProgress(progress) {
        distinct = progress.distinct;
        if (distinct > 1000) abort.abort();
      },
    });
    expect(ended).toMatchObject({ verdict: 'unknown', endedBy: 'signal' });
    expect(ended.distinct).toBeGreaterThanOrEqual(distinct);
  });
});

describe('one worker', () => {
  it('finds the same again', async () => {
    expect(figures(await check(SMALL))).toEqual(figures(await check(SMALL)));
  });
});
