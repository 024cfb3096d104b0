import { describe, expect, it } from 'vitest';
import { explore } from '../../../spec/explore.js';
import type { RaftBounds } from '../../../spec/raft/actions.js';
import type { Feature } from '../../../spec/raft/features.js';
import { raft } from '../../../spec/raft/raft.js';
import { simulate } from '../../../spec/simulate.js';
import { Random } from '../../../src/kernel/random.js';
import { checkSpecification } from '../../../src/model-checker/check-specification.js';
import { expectReplay } from './expect-replay.js';

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

  it('is found to be unsound with commits-old-terms by walks from its beginning: all of Figure 8', {
    timeout: 900_000,
  }, () => {
    const random = new Random(3);
    const specification = raft({ servers: 3, elections: 4, values: 2, restarts: 0 }, 'commits-old-terms');
    const options = { walks: 100_000, steps: 80, random: () => random.float() };
    const { violation } = simulate(specification, options);
    expect(violation?.rule).toBe('LeaderCompleteness');
    if (violation) expectReplay(specification, violation);
  });
});

describe.skipIf(!nightly)(`larger models with features${reason}`, () => {
  it.each<[features: Feature[], bounds: Omit<RaftBounds, 'features'>, distinct: number, generated: number]>([
    [['pre-vote'], { servers: 3, elections: 1, values: 0, restarts: 0 }, 531_977, 2_323_799],
    [['snapshots'], { servers: 3, elections: 1, values: 1, restarts: 1 }, 1_035_180, 4_241_951],
    [['reads'], { servers: 3, elections: 1, values: 1, restarts: 0 }, 41_565, 107_784],
    [['durability'], { servers: 3, elections: 1, values: 1, restarts: 1 }, 57_928, 164_676],
    [['pre-vote', 'durability'], { servers: 2, elections: 2, values: 1, restarts: 1 }, 1_082_430, 2_543_346],
  ])('are sound up to the names of nodes: %j, %j', { timeout: 900_000 }, (features, bounds, distinct, generated) => {
    const found = explore(raft({ ...bounds, features }), { symmetry: true });
    expect(found).toMatchObject({ verdict: 'valid', distinct, generated });
  });
});
