import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executeRun, loadCatalogue, ResultsStore, runOptions } from 'assay';
import { parsePluginSpec, parsePluginSpecs } from '../../src/cli/plugin-spec.js';
import type { TraceEvent } from '../../src/history/trace.js';
import { readEvents } from '../../src/store/event-reader.js';
import { TRACE_FILE } from '../../src/store/results.js';

export interface Simulated {
  readonly nemesis: string;
  readonly seed: number;
  readonly timeLimitMs: number;
  readonly nodes?: number;
  readonly workload?: string;
  readonly systemOptions?: Readonly<Record<string, string | number | boolean>>;
  readonly load?: Readonly<Record<string, number>>;
}

const catalogue = loadCatalogue(process.cwd());

/** What the nodes of our own Raft record of a run in the simulator. */
export async function simulatedTrace(simulated: Simulated): Promise<TraceEvent[]> {
  const { nemesis, seed, timeLimitMs, nodes = 5, workload = 'register', systemOptions = {}, load } = simulated;
  const folder = mkdtempSync(join(tmpdir(), 'assay-trace-'));
  try {
    const store = new ResultsStore(folder);
    const { name, options: workloadOptions } = parsePluginSpec('workload', workload);
    const options = runOptions({
      system: 'raft',
      systemOptions,
      nodes,
      workload: name,
      workloadOptions,
      nemeses: parsePluginSpecs('nemesis', nemesis),
      timeLimitMs,
      concurrency: 5,
      rate: 100,
      ...load,
      seed,
    });
    const signal = new AbortController().signal;
    const { id } = await executeRun(options, { catalogue: await catalogue, store, signal, onProgress: () => {} });
    const events: TraceEvent[] = [];
    for await (const event of readEvents(join(store.path, id, TRACE_FILE))) {
      if (event.kind === 'trace') events.push(event);
    }
    return events;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
