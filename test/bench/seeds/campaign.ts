import { executeRun, loadCatalogue, type RunOptions } from 'assay';

export interface Campaign {
  readonly count: number;
  readonly first: number;
  /** How long each run is, in seconds of its cluster. */
  readonly seconds: number;
  /** Between two lines of progress, in runs. */
  readonly every: number;
  /** "docker, all nemeses on". */
  readonly where: string;
  readonly optionsOf: (seed: number) => RunOptions;
}

/** One run a seed. Prints every one whose verdict is not valid, then what all came to; exits with 1 if any is not. */
export async function campaign({ count, first, seconds, every, where, optionsOf }: Campaign): Promise<void> {
  const catalogue = await loadCatalogue(process.cwd());
  const verdicts = { valid: 0, invalid: 0, unknown: 0 };
  const total = { operations: 0, traceEvents: 0, faults: 0 };
  const began = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const record = await executeRun(optionsOf(seed), {
      catalogue,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    const { ok, fail, info, traceEvents, faults } = record.counts;
    verdicts[record.verdict]++;
    total.operations += ok + fail + info;
    total.traceEvents += traceEvents;
    for (const { confirmed } of Object.values(faults)) total.faults += confirmed;
    if (record.verdict !== 'valid')
      console.log(`seed ${seed}: ${record.verdict}: ${record.narrative.join(' ')}\n  ${record.replay}`);
    if ((seed - first + 1) % every === 0) console.log(`… ${seed - first + 1} seeds, ${JSON.stringify(verdicts)}`);
  }
  const wallS = (performance.now() - began) / 1000;
  console.log(
    `${count} runs of ${seconds} s in ${where}: ${JSON.stringify(verdicts)}; ` +
      `${total.operations} operations, ${total.traceEvents} trace events, ${total.faults} confirmed faults, ` +
      `${wallS.toFixed(0)} s, ${((count * seconds) / wallS).toFixed(1)} seconds of clusters a second`,
  );
  if (verdicts.valid !== count) process.exitCode = 1;
}
