import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../../src/runner/suggest.js';

describe('suggestions', () => {
  it('name the choice that is near, or that the text begins', () => {
    expect(didYouMean('partiton', ['kill', 'partition'])).toBe('Did you mean "partition"?');
    expect(didYouMean('part', ['kill', 'partition'])).toBe('Did you mean "partition"?');
  });

  it('name all choices when none is near and they are few', () => {
    expect(didYouMean('volcano', ['kill', 'pause'])).toBe('Choose from: kill, pause.');
    expect(didYouMean('volcano', [])).toBe('There are none.');
  });

  it('name the nearest of many, those first that hold the text', () => {
    const many = Array.from({ length: 40 }, (_, index) => `mutant-number-${index}`);
    expect(didYouMean('fsync', [...many, 'acknowledge-before-fsync'])).toMatch(
      /^Nearest are acknowledge-before-fsync, .*; `assay list` shows all 41\.$/,
    );
  });
});
