import { runOptions } from 'assay';
import { DEFAULT_PBFT_OPTIONS } from '../../src/consensus/pbft/index.js';
import { type TimedRun, timedRun } from './sim/timed-run.js';

/** Virtual seconds per second that the simulator must reach, by how messages are authenticated. */
const GOALS = { signatures: 50, macs: 150 } as const;

const VIRTUAL_SECONDS = 120;

/** Milliseconds between batches: as replicas have it unless told otherwise, and half as many batches. */
const BATCH_INTERVALS_MS = [DEFAULT_PBFT_OPTIONS.batchIntervalMs, 2 * DEFAULT_PBFT_OPTIONS.batchIntervalMs];
const NEMESES = ['partition', 'kill', 'pause', 'clock'];

/**
 * How fast the simulator is with PBFT: four replicas with real keys, 100 requests a second, every trace event and every
 * operation checked; without faults, and with the default nemeses. The built program is measured (`npm run build`
 * first), on one core, as by `npm run bench -- sim`.
 *
 * `npm run bench -- pbft-speed [seed…]`
 */
export default async function pbftSpeed(args: readonly string[]): Promise<void> {
  const seeds = args.length > 0 ? args.map(Number) : [2, 3];
  for (const authentication of ['signatures', 'macs'] as const) {
    await simulate({ seed: 1, authentication });
    for (const batchIntervalMs of BATCH_INTERVALS_MS) await measure(seeds, { authentication, batchIntervalMs });
    await measure(seeds, { authentication, nemeses: NEMESES });
  }
}

interface Cluster {
  readonly authentication: keyof typeof GOALS;
  readonly batchIntervalMs?: number;
  readonly nemeses?: readonly string[];
}

async function measure(seeds: readonly number[], cluster: Cluster): Promise<void> {
  const { authentication, batchIntervalMs = DEFAULT_PBFT_OPTIONS.batchIntervalMs, nemeses = [] } = cluster;
  let virtualUs = 0;
  let cpuUs = 0;
  let wallUs = 0;
  let executed = 0;
  for (const seed of seeds) {
    const { record, ...took } = await simulate({ seed, ...cluster });
    virtualUs += record.durationUs;
    cpuUs += took.cpuUs;
    wallUs += took.wallUs;
    executed += record.counts.ok + record.counts.fail;
  }
  const speed = virtualUs / cpuUs;
  const goal = GOALS[authentication];
  const isPlain = nemeses.length === 0;
  console.log(
    `${authentication.padEnd(10)} ${(isPlain ? 'no faults' : nemeses.join(',')).padEnd(26)} a batch each ` +
      `${batchIntervalMs} ms, ${((executed / virtualUs) * 1e6).toFixed(0).padStart(3)} operations/s, ` +
      `${speed.toFixed(0).padStart(3)} virtual seconds per CPU second, ${(virtualUs / wallUs).toFixed(0).padStart(3)} per ` +
      `wall second (at least ${goal}${isPlain ? `: ${speed >= goal ? 'reached' : 'missed'}` : ' without faults'})`,
  );
  if (isPlain && speed < goal) process.exitCode = 1;
}

async function simulate({
  seed,
  authentication,
  batchIntervalMs,
  nemeses = [],
}: Cluster & { readonly seed: number }): Promise<TimedRun> {
  const options = runOptions({
    system: 'pbft',
    systemOptions: { authentication, ...(batchIntervalMs !== undefined && { batchIntervalMs }) },
    backend: 'sim',
    nodes: 4,
    workload: 'register',
    nemeses: nemeses.map((name) => ({ name, options: {} })),
    timeLimitMs: VIRTUAL_SECONDS * 1000,
    concurrency: 10,
    rate: 100,
    seed,
  });
  const run = await timedRun(options);
  if (run.record.verdict === 'invalid') console.log(run.record.narrative.join('\n'));
  return run;
}
