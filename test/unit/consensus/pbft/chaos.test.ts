import { describe, expect, it } from 'vitest';
import { AUTHENTICATIONS } from '../../../../src/consensus/pbft/index.js';
import { runChaos } from './chaos.js';

describe.each(AUTHENTICATIONS)('PBFT with %s under kills, partitions and loss', (authentication) => {
  it.each([4, 5, 6, 7])('contradicts nothing and recovers with %d replicas', (size) => {
    let highestView = 0;
    let statesInstalled = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const result = runChaos({ seed: 100 * size + seed, size, options: { authentication } });
      expect({ seed: 100 * size + seed, violations: result.violations }).toEqual({
        seed: 100 * size + seed,
        violations: [],
      });
      expect(result.answered).toBeGreaterThan(10);
      highestView = Math.max(highestView, result.highestView);
      statesInstalled += result.statesInstalled;
    }
    expect(highestView).toBeGreaterThan(2);
    expect(statesInstalled).toBeGreaterThan(0);
  });
});
