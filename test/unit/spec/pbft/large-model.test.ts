import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import { pbft } from '../../../../spec/pbft/pbft.js';

/** Long, so only where it is asked for. */
const nightly = process.env.ASSAY_NIGHTLY === '1';
const reason = nightly ? '' : ' (skipped: it takes some minutes; set ASSAY_NIGHTLY=1)';

/** Two view changes; the replicas that are never primaries change names. */
describe.skipIf(!nightly)(`larger models of PBFT${reason}`, () => {
  it.each<[traitors: number[], distinct: number, generated: number]>([
    [[2], 5_734_461, 23_923_147],
    [[0], 7_562_000, 30_095_149],
    [[1], 5_422_800, 21_801_412],
  ])('are sound with traitors %j', { timeout: 1_800_000 }, (traitors, distinct, generated) => {
    const bounds = { replicas: 4, traitors, views: 2, requests: 1 };
    const found = explore(pbft(bounds), { symmetry: true });
    expect(found).toMatchObject({ verdict: 'valid', distinct, generated });
  });
});
