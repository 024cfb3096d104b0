import type { Nemesis } from '../plugin/nemesis.js';
import type { Abilities, System } from '../plugin/system.js';
import type { RunOptions } from '../store/run-record.js';
import type { Catalogue } from './catalogue.js';
import { feasibleKinds, missingFaults } from './feasible.js';

export const PROFILES = ['quick', 'standard', 'thorough'] as const;
export type ProfileName = (typeof PROFILES)[number];

type NemesisSpec = RunOptions['nemeses'][number];

/** How much of what, on each backend. Virtual seconds are cheap, real ones are not. */
interface Effort {
  readonly timeLimitMs: number;
  /** Seeds for every cell of the matrix. */
  readonly seeds: number;
  /** Every nemesis by itself as well, or only all together. */
  readonly eachNemesis: boolean;
  readonly workloads: 'all' | 'first';
}

const EFFORTS: Readonly<Record<ProfileName, { readonly virtual: Effort; readonly real: Effort }>> = {
  quick: {
    virtual: { timeLimitMs: 60_000, seeds: 1, eachNemesis: true, workloads: 'all' },
    real: { timeLimitMs: 30_000, seeds: 1, eachNemesis: false, workloads: 'first' },
  },
  standard: {
    virtual: { timeLimitMs: 60_000, seeds: 5, eachNemesis: true, workloads: 'all' },
    real: { timeLimitMs: 60_000, seeds: 1, eachNemesis: true, workloads: 'first' },
  },
  thorough: {
    virtual: { timeLimitMs: 120_000, seeds: 50, eachNemesis: true, workloads: 'all' },
    real: { timeLimitMs: 120_000, seeds: 2, eachNemesis: true, workloads: 'all' },
  },
};

/** One run that a campaign will make. */
export interface PlannedRun {
  readonly workload: string;
  readonly nemeses: readonly NemesisSpec[];
  readonly timeLimitMs: number;
  /** Which of the cell's seeds, from 0. */
  readonly repetition: number;
}

/** The matrix of a profile for one system on one backend, and what had to be left out. */
export function matrixOf(
  profile: ProfileName,
  backend: string,
  system: System,
  abilities: Abilities,
  catalogue: Catalogue,
): { runs: PlannedRun[]; leftOut: string[] } {
  const effort = EFFORTS[profile][backend === 'sim' ? 'virtual' : 'real'];
  const leftOut: string[] = [];
  const possible = [...catalogue.workloads.values()]
    .filter((workload) => workload.needs.every((f) => system.offers.includes(f)))
    .map(({ name }) => name)
    // The register first: it is the one that every system offers.
    .sort((a, b) => Number(b === 'register') - Number(a === 'register') || a.localeCompare(b));
  const workloads = effort.workloads === 'all' ? possible : possible.slice(0, 1);
  const single = [...catalogue.nemeses.values()].map((nemesis) => specsOf(nemesis, abilities, backend, leftOut));
  const storm = single.flatMap((specs) => specs.slice(0, 1));
  const columns: NemesisSpec[][] = effort.eachNemesis
    ? [[], ...single.flat().map((spec) => [spec]), ...(storm.length > 1 ? [storm] : [])]
    : [storm];
  const runs = workloads.flatMap((workload) =>
    columns.flatMap((nemeses) =>
      Array.from({ length: effort.seeds }, (_, repetition) => ({
        workload,
        nemeses,
        timeLimitMs: effort.timeLimitMs,
        repetition,
      })),
    ),
  );
  return { runs, leftOut };
}

/** The nemesis as it is where everything it needs is possible; else once for each kind of fault that is. */
function specsOf(nemesis: Nemesis, abilities: Abilities, backend: string, leftOut: string[]): NemesisSpec[] {
  const missing = missingFaults(nemesis, nemesis.options.parse({}), abilities);
  if (missing.length === 0) return [{ name: nemesis.name, options: {} }];
  for (const { kind, reason } of missing) leftOut.push(`${nemesis.name} on ${backend}: no ${kind} (${reason})`);
  return feasibleKinds(nemesis, abilities).map((kind) => ({ name: nemesis.name, options: { kind } }));
}
