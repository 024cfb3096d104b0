import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import { pbft } from '../../../../spec/pbft/pbft.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';

/** Long, so only where it is asked for. */
const nightly = process.env.ASSAY_NIGHTLY === '1';
const reason = nightly ? '' : ' (skipped: it takes some minutes; set ASSAY_NIGHTLY=1)';

/** Two view changes; the replicas that are never primaries change names. */
describe.skipIf(!nightly)(`larger models of PBFT${reason}`, () => {
  it.each<[traitors: number[], more: Partial<PbftBounds>, distinct: number, generated: number]>([
    [[2], {}, 5_734_461, 23_923_147],
    [[0], {}, 7_562_000, 30_095_149],
  ])('are sound with traitors %j, %j', { timeout: 1_800_000 }, (traitors, more, distinct, generated) => {
    const bounds = { replicas: 4, traitors, views: 2, requests: 1, ...more };
    const found = explore(pbft(bounds), { symmetry: true });
    expect(found).toMatchObject({ verdict: 'valid', distinct, generated });
  });
});
