import { describe, expect, it } from 'vitest';
import { explore } from '../../../spec/explore.js';
import { raft } from '../../../spec/raft/raft.js';
import { checkSpecification } from '../../../src/model-checker/check-specification.js';

/** Long, so only where it is asked for. */
const nightly = process.env.ASSAY_NIGHTLY === '1';
const reason = nightly ? '' : ' (skipped: it takes about a minute; set ASSAY_NIGHTLY=1)';

describe.skipIf(!nightly)(`the larger model of standard-raft${reason}`, () => {
  it('has as many states as TLC finds', { timeout: 900_000 }, () => {
    const specification = raft({ servers: 3, elections: 1, values: 2, restarts: 0 });
    expect(explore(specification)).toMatchObject({
      ...{ verdict: 'valid', distinct: 4_083_889, generated: 10_355_413, depth: 55 },
    });
  });

  it('has as many with two workers', { timeout: 900_000 }, async () => {
    const checked = await checkSpecification({
      model: { protocol: 'raft', bounds: { nodes: 3, terms: 2, log: 2, restarts: 0 } },
      symmetry: false,
      workers: 2,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    expect(checked).toMatchObject({ verdict: 'valid', distinct: 4_083_889, generated: 10_355_413, depth: 55 });
  });

  it('is sound with two elections, too', { timeout: 900_000 }, async () => {
    const checked = await checkSpecification({
      model: { protocol: 'raft', bounds: { nodes: 3, terms: 3, log: 1, restarts: 0 } },
      symmetry: true,
      workers: 2,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    expect(checked).toMatchObject({ verdict: 'valid', distinct: 8_870_512, generated: 31_360_842, depth: 49 });
  });
});
