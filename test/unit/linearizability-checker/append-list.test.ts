import { describe, expect, it } from 'vitest';
import { appendList } from '../../../src/linearizability-checker/index.js';
import { coreIsIllegal, monitored } from './core.js';
import type { ListHistory } from './histories.js';

describe('a list that contradicts itself', () => {
  const appends: ListHistory = [1, 2].map((value) => ({ input: { f: 'append', value }, call: 0, return: 10 }));
  const core = (...lists: readonly (readonly number[])[]) => {
    const reads: ListHistory = lists.map((output, at) => {
      const call = 20 + 10 * at;
      return { input: { f: 'read' }, output, call, return: call + 1 };
    });
    expect(coreIsIllegal(appendList(), [...appends, ...reads])).toBe(true);
    const { result } = monitored(appendList(), [...appends, ...reads]);
    return result?.verdict === 'illegal' && [...result.core].sort();
  };

  it('does so by one read where that has a value twice, or one that nobody appended', () => {
    expect(core([1, 2], [1, 9])).toEqual([3]);
    expect(core([1, 2], [9, 2])).toEqual([3]);
    expect(core([1, 2], [1, 1])).toEqual([3]);
    expect(core([1, 2], [2, 2])).toEqual([3]);
    expect(core([1, 2, 2])).toEqual([2]);
  });

  it('does so by two reads where they have the values in another order', () => {
    expect(core([1, 2], [2, 1])).toEqual([2, 3]);
    expect(core([1], [2, 1])).toEqual([2, 3]);
  });
});
