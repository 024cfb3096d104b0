import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { checkEvents } from '../checkers/check-events.js';
import { AssayError } from '../kernel/errors.js';
import { type NodeId, nodeIds } from '../kernel/ids.js';
import { type CheckResult, type Verdict, worstVerdict } from '../plugin/checker.js';
import { readEvents } from '../store/event-reader.js';
import { RUN_RECORD_FILE, RunFolder, TRACE_FILE } from '../store/results.js';
import { type Catalogue, find } from './catalogue.js';
import { checkTraceFiles } from './check-trace-files.js';
import { parseOptions } from './plan.js';

export interface TraceOptions {
  /** Whose trace a file alone is, with that system's checkers; a run's record says so itself. */
  readonly system?: string | undefined;
  /** The protocol whose specification a file alone is held against, where no system is named. */
  readonly spec: string;
  /** How many nodes the cluster has, where there is no record; default: those that the trace speaks of. */
  readonly nodes?: number;
  readonly budgetMs: number;
  readonly catalogue: Catalogue;
}

export interface CheckedTrace {
  readonly file: string;
  readonly verdict: Verdict;
  readonly nodes: readonly NodeId[];
  /** Trace events in the file: each was given to every checker. */
  readonly events: number;
  readonly checks: readonly CheckResult[];
  readonly notes: readonly string[];
}

/**
 * Judges the trace of a run's folder by the system's trace checkers: its `run.json` tells the cluster and its options.
 * Files alone are held against a specification ({@link checkTraceFiles}), or judged as a system's with its default
 * options where one is named.
 *
 * @throws AssayError `not-found` or `bad-file`, naming file and line; `bad-argument` for a system without traces, or for
 * several targets that are not files of one trace
 */
export async function checkTrace(targets: readonly string[], options: TraceOptions): Promise<CheckedTrace> {
  const [target, ...more] = targets;
  if (target === undefined || more.length > 0) {
    mustBeFiles(targets, options);
    return checkTraceFiles(targets, options);
  }
  const file = isFolder(target) ? join(target, TRACE_FILE) : target;
  const folder = dirname(file);
  const recorded = basename(file).startsWith(TRACE_FILE) && existsSync(join(folder, RUN_RECORD_FILE));
  if (!recorded && options.system === undefined) return checkTraceFiles([file], options);
  const record = recorded ? (await new RunFolder(folder).readRecord()).options : undefined;
  const system = find('system', record?.system ?? options.system ?? '', options.catalogue.systems);
  const systemOptions = parseOptions(`system ${system.name}`, system.options, record?.systemOptions ?? {});
  const notes: string[] = [];
  const count = record?.nodes ?? options.nodes;
  const nodes = count === undefined ? await nodesOf(file) : nodeIds(count);
  const checkers = system.traceCheckers({ nodes, options: systemOptions, inOrder: record?.backend === 'sim' });
  if (checkers.length === 0) {
    throw new AssayError('bad-argument', `${system.name} records no trace`, 'Name another system with --system.');
  }
  if (!record) notes.push(`judged as a cluster of ${nodes.length} nodes of ${system.name} with its default options`);
  let events = 0;
  async function* traced() {
    const onTornTail = (line: number) =>
      notes.push(`line ${line}, the last of ${file}, is cut off: its writer was killed; it is left out`);
    for await (const event of readEvents(file, { onTornTail })) {
      if (event.kind !== 'trace') continue;
      events++;
      yield event;
    }
  }
  const checks = await checkEvents(traced(), checkers, options.budgetMs);
  return { file, verdict: worstVerdict(checks.map(({ verdict }) => verdict)), nodes, events, checks, notes };
}

/** Several files are one trace. */
function mustBeFiles(targets: readonly string[], { system }: TraceOptions): void {
  const refuse = (message: string, wayOut: string) => new AssayError('bad-argument', message, wayOut);
  const folder = targets.find(isFolder);
  if (folder !== undefined) throw refuse(`${folder} is a folder, and one run is judged at a time`, 'Name it alone.');
  if (system !== undefined) {
    throw refuse('--system judges one file', 'Name one file, or give --spec in place of --system.');
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Who recorded something, and who was sent something: a node that left no trace is missed. */
async function nodesOf(file: string): Promise<NodeId[]> {
  const nodes = new Set<NodeId>();
  for await (const event of readEvents(file)) {
    if (event.kind !== 'trace') continue;
    nodes.add(event.node);
    if (event.name === 'Send') nodes.add(event.to);
  }
  return [...nodes].sort();
}
