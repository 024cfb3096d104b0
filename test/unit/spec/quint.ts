import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { PACKAGE_ROOT } from '../../support/program.js';

/** The mirrors that are kept, and not changed copies of them. */
export const RAFT_MIRROR = join(PACKAGE_ROOT, 'spec', 'raft', 'raft.qnt');
export const PBFT_MIRROR = join(PACKAGE_ROOT, 'spec', 'pbft', 'pbft.qnt');

/** Quint's own program, without colours; never rejects for an exit code. */
export function quint(args: readonly string[]) {
  return execa('quint', args, {
    preferLocal: true,
    localDir: PACKAGE_ROOT,
    reject: false,
    all: true,
    env: { NO_COLOR: '1' },
  });
}

export interface Simulation {
  readonly traces: number;
  readonly maxSteps: number;
  readonly seed: number;
  readonly invariants?: readonly string[];
  /** Names of the actions that begin and that go on. Default: `init` and `step`. */
  readonly init?: string;
  readonly step?: string;
}

export interface Simulated {
  readonly exitCode: number | undefined;
  /** What Quint printed. */
  readonly output: string;
  /** In the Informal Trace Format, parsed as JSON. */
  readonly traces: readonly unknown[];
}

/**
 * Random walks through a module. The back end is the one that comes with the package: Quint would download the others.
 */
export async function simulate(
  module: string,
  { traces, maxSteps, seed, invariants, init = 'init', step = 'step' }: Simulation,
): Promise<Simulated> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-quint-'));
  try {
    const { exitCode, all } = await quint([
      ...['run', module, '--backend', 'typescript', '--verbosity', '1', '--mbt', '--init', init, '--step', step],
      ...['--seed', `${seed}`, '--max-steps', `${maxSteps}`, '--max-samples', `${traces}`, '--n-traces', `${traces}`],
      ...['--out-itf', join(folder, '{seq}.itf.json')],
      ...(invariants ? ['--invariants', ...invariants] : []),
    ]);
    const files = (await readdir(folder)).sort();
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    return { exitCode, output: all, traces: texts.map((text): unknown => JSON.parse(text)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
