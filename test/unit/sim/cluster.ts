import type { Cluster } from '../../../src/backends/cluster.js';
import { simBackend } from '../../../src/backends/sim/backend.js';
import type { TraceEvent } from '../../../src/history/trace.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import type { System } from '../../../src/plugin/system.js';
import { primaryBackup } from './primary-backup.js';

export interface TestCluster {
  readonly cluster: Cluster;
  readonly trace: TraceEvent[];
  readonly notes: string[];
}

export async function startCluster(
  seed = 1,
  {
    system = primaryBackup,
    nodes = 3,
    signal = new AbortController().signal,
  }: { system?: System; nodes?: number; signal?: AbortSignal } = {},
): Promise<TestCluster> {
  const trace: TraceEvent[] = [];
  const notes: string[] = [];
  const cluster = await simBackend.start({
    system,
    systemOptions: system.options.parse({}),
    nodes: nodeIds(nodes),
    random: new Random(seed),
    onTrace: (event) => trace.push(event),
    onNote: (text) => notes.push(text),
    onProgress: () => {},
    signal,
  });
  return { cluster, trace, notes };
}
