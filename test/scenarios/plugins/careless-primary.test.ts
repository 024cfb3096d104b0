import { describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/runner/catalogue.js';
import { runOptions } from '../../../src/runner/defaults.js';
import { executeRun } from '../../../src/runner/run.js';
import carelessPrimary from './careless-primary.js';

describe("a user's own system without consensus", () => {
  it('is caught at once by reads that go back in time, before any fault', async () => {
    const ours = await loadCatalogue('test');
    const record = await executeRun(
      runOptions({ system: carelessPrimary.name, nodes: 3, nemeses: [], timeLimitMs: 5000, seed: 1 }),
      {
        catalogue: { ...ours, systems: new Map([...ours.systems, [carelessPrimary.name, carelessPrimary]]) },
        signal: new AbortController().signal,
        onProgress: () => {},
      },
    );
    expect(record.error).toBeUndefined();
    expect(record.verdict).toBe('invalid');
    expect(record.checks[0]?.anomalies[0]?.kind).toBe('stale-read');
  });
});
