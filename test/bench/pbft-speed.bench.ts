import { runOptions } from 'assay';
import { type TimedRun, timedRun } from './sim/timed-run.js';

/** Virtual seconds per second that the simulator must reach, by how messages are authenticated. */
const GOALS = { signatures: 50, macs: 150 } as const;

const VIRTUAL_SECONDS = 120;

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
    await simulate(1, authentication, []);
    for (const nemeses of [[], ['partition', 'kill', 'pause', 'clock']]) {
      let virtualUs = 0;
      let cpuUs = 0;
      let wallUs = 0;
      let executed = 0;
      for (const seed of seeds) {
        const { record, ...took } = await simulate(seed, authentication, nemeses);
        virtualUs += record.durationUs;
        cpuUs += took.cpuUs;
        wallUs += took.wallUs;
        executed += record.counts.ok + record.counts.fail;
      }
      const speed = virtualUs / cpuUs;
      const goal = GOALS[authentication];
      console.log(
        `${authentication.padEnd(10)} ${(nemeses.length > 0 ? nemeses.join(',') : 'no faults').padEnd(28)} ` +
          `${((executed / virtualUs) * 1e6).toFixed(0).padStart(4)} operations/s, ` +
          `${speed.toFixed(0).padStart(4)} virtual seconds per CPU second, ${(virtualUs / wallUs).toFixed(0)} per wall ` +
          `second (at least ${goal}${nemeses.length > 0 ? ' without faults' : `: ${speed >= goal ? 'reached' : 'missed'}`})`,
      );
      if (nemeses.length === 0 && speed < goal) process.exitCode = 1;
    }
  }
}

async function simulate(
  seed: number,
  authentication: keyof typeof GOALS,
  nemeses: readonly string[],
): Promise<TimedRun> {
  const options = runOptions({
    system: 'pbft',
    systemOptions: { authentication },
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
