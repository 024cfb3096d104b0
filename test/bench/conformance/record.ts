import { executeRun, loadCatalogue, ResultsStore, runOptions } from 'assay';

/** Of five nodes under faults with 200 operations a second: fewer events a virtual second than there are. */
const EVENTS_PER_SECOND = 2500;

export const NODES = 5;

/** Simulates a cluster under faults until its trace has at least so many events; the run's folder in `folder`. */
export async function record(folder: string, events: number): Promise<string> {
  const store = new ResultsStore(folder);
  const options = runOptions({
    system: 'raft',
    backend: 'sim',
    nodes: NODES,
    workload: 'register',
    nemeses: ['partition', 'kill', 'pause', 'clock'].map((name) => ({ name, options: {} })),
    timeLimitMs: Math.max(20_000, (1000 * events) / EVENTS_PER_SECOND),
    concurrency: 10,
    rate: 200,
    seed: 1,
  });
  const { id } = await executeRun(options, {
    catalogue: await loadCatalogue(process.cwd()),
    store,
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  return id;
}
