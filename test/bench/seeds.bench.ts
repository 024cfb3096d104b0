import { executeRun, loadCatalogue, runOptions } from 'assay';

/** Everything that the simulator can do to a cluster, at once. */
const NEMESES = ['partition', 'kill', 'pause', 'clock', 'packet', 'power'];

/**
 * False alarms: the reference Raft under all nemeses, one run of 60 virtual seconds a seed. Prints every seed whose
 * verdict is not valid, and exits with 1 if any is.
 *
 * `npm run bench -- seeds [count] [first seed]`
 */
export default async function seeds(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? 1000);
  const first = Number(args[1] ?? 1);
  const catalogue = await loadCatalogue(process.cwd());
  const verdicts = { valid: 0, invalid: 0, unknown: 0 };
  let operations = 0;
  const began = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const record = await executeRun(optionsOf(seed), {
      catalogue,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    verdicts[record.verdict]++;
    operations += record.counts.ok + record.counts.fail + record.counts.info;
    if (record.verdict !== 'valid')
      console.log(`seed ${seed}: ${record.verdict}: ${record.narrative.join(' ')}\n  ${record.replay}`);
    if (seed % 100 === 0) console.log(`… ${seed - first + 1} seeds, ${JSON.stringify(verdicts)}`);
  }
  const wallS = (performance.now() - began) / 1000;
  console.log(
    `${count} seeds of 60 virtual seconds, all nemeses on: ${JSON.stringify(verdicts)}; ` +
      `${operations} operations, ${wallS.toFixed(0)} s, ${((count * 60) / wallS).toFixed(0)} virtual seconds a second`,
  );
  if (verdicts.valid !== count) process.exitCode = 1;
}

function optionsOf(seed: number) {
  return runOptions({
    system: 'raft',
    backend: 'sim',
    nodes: 5,
    workload: seed % 2 === 0 ? 'append' : 'register',
    nemeses: NEMESES.map((name) => ({ name, options: {} })),
    timeLimitMs: 60_000,
    seed,
  });
}
