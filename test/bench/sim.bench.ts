import { runOptions } from 'assay';
import { type TimedRun, timedRun } from './sim/timed-run.js';

/** Virtual seconds per wall second on one core that the simulator must reach, traced and checked. */
const GOAL = 300;

const VIRTUAL_SECONDS = 300;

/**
 * How fast the simulator is: a 5-node Raft cluster, 10 clients, 200 operations a second, all faults of the default
 * nemeses, every trace event and every operation checked. The built program is measured (`npm run build` first).
 *
 * `npm run bench` runs V8 with one thread, so that one core is what it takes: the garbage collector and the compiler have
 * no helpers on other cores. On a quiet machine CPU and wall time are then the same; a busy one lengthens the wall time
 * far more, so CPU time is what counts.
 */
export default async function simBench(args: readonly string[]): Promise<void> {
  const seeds = args.length > 0 ? args.map(Number) : [2, 3, 4, 5];
  // Long-lived processes (campaigns, nights of chaos) are what speed matters for: the first run compiles.
  await simulate(1, VIRTUAL_SECONDS);
  console.log('seed  verdict  operations  trace events  CPU s  virtual s / CPU s  virtual s / wall s');
  let virtualUs = 0;
  let cpuUs = 0;
  let wallUs = 0;
  for (const seed of seeds) {
    const { record, cpuUs: cpu, wallUs: wall } = await simulate(seed, VIRTUAL_SECONDS);
    const { ok, fail, info, traceEvents } = record.counts;
    virtualUs += record.durationUs;
    cpuUs += cpu;
    wallUs += wall;
    console.log(
      [
        String(seed).padStart(4),
        record.verdict.padEnd(7),
        String(ok + fail + info).padStart(10),
        String(traceEvents).padStart(12),
        (cpu / 1e6).toFixed(2).padStart(5),
        (record.durationUs / cpu).toFixed(0).padStart(17),
        (record.durationUs / wall).toFixed(0).padStart(18),
      ].join('  '),
    );
  }
  const speed = virtualUs / cpuUs;
  console.log(
    `simulator: ${speed.toFixed(0)} virtual seconds per CPU second, ${(virtualUs / wallUs).toFixed(0)} per wall second ` +
      `(at least ${GOAL} on one core): ${speed >= GOAL ? 'reached' : 'missed'}`,
  );
  if (speed < GOAL) process.exitCode = 1;
}

async function simulate(seed: number, seconds: number): Promise<TimedRun> {
  const options = runOptions({
    system: 'raft',
    backend: 'sim',
    nodes: 5,
    workload: 'register',
    nemeses: ['partition', 'kill', 'pause', 'clock'].map((name) => ({ name, options: {} })),
    timeLimitMs: seconds * 1000,
    concurrency: 10,
    rate: 200,
    seed,
  });
  const run = await timedRun(options);
  if (run.record.verdict !== 'valid') console.log(run.record.narrative.join('\n'));
  return run;
}
