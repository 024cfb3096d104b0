import { executeRun, loadCatalogue, type RunOptions, type RunRecord } from 'assay';

export interface TimedRun {
  readonly record: RunRecord;
  readonly cpuUs: number;
  readonly wallUs: number;
}

/** One run, and what it took of this process; loading the catalogue is not counted. */
export async function timedRun(options: RunOptions): Promise<TimedRun> {
  const catalogue = await loadCatalogue(process.cwd());
  const start = process.cpuUsage();
  const startMs = performance.now();
  const record = await executeRun(options, {
    catalogue,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  const { user, system } = process.cpuUsage(start);
  return { record, cpuUs: user + system, wallUs: (performance.now() - startMs) * 1000 };
}
