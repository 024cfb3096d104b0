import { runOptions } from 'assay';
import { campaign } from './seeds/campaign.js';

/** Every nemesis there is, at once; and how long a run is, in seconds of its cluster. */
const NEMESES = ['partition', 'kill', 'pause', 'clock', 'packet', 'power'];
const SECONDS = { sim: 60, docker: 30 };
type Backend = keyof typeof SECONDS;

/** Raft's options, by name. */
const VARIANTS: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  default: {},
  /** Clocks run at 0.5 to 2 times the real rate: one may be four times as fast as another. */
  lease: { reads: 'lease', clockDriftBound: 4 },
  snapshots: { snapshotEntries: 20, trailingEntries: 5 },
  'lease-snapshots': { reads: 'lease', clockDriftBound: 4, snapshotEntries: 20, trailingEntries: 0 },
};

/**
 * False alarms: the reference Raft under all nemeses, one run a seed. Prints every seed whose verdict is not valid, and
 * exits with 1 if any is.
 *
 * `npm run bench -- seeds [count] [first seed] [sim|docker] [default|lease|snapshots|lease-snapshots]`
 */
export default async function seeds(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? 1000);
  const first = Number(args[1] ?? 1);
  const backend: Backend = args[2] === 'docker' ? 'docker' : 'sim';
  const systemOptions = VARIANTS[args[3] ?? 'default'];
  if (systemOptions === undefined) throw new Error(`no variant ${args[3]}: choose ${Object.keys(VARIANTS).join(', ')}`);
  await campaign({
    count,
    first,
    seconds: SECONDS[backend],
    every: backend === 'sim' ? 100 : 5,
    where: `${backend}, all nemeses on`,
    optionsOf: (seed) => optionsOf(seed, backend, systemOptions),
  });
}

function optionsOf(seed: number, backend: Backend, systemOptions: Readonly<Record<string, string | number>>) {
  // Between containers TCP hides what else packets can suffer.
  const packet = backend === 'sim' ? {} : { kind: seed % 2 === 0 ? 'delay' : 'loss' };
  return runOptions({
    system: 'raft',
    systemOptions,
    backend,
    nodes: 5,
    workload: seed % 2 === 0 ? 'append' : 'register',
    nemeses: NEMESES.map((name) => ({ name, options: name === 'packet' ? packet : {} })),
    timeLimitMs: SECONDS[backend] * 1000,
    seed,
  });
}
