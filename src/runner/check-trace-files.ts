import { resolve } from 'node:path';
import { checkEvents } from '../checkers/check-events.js';
import { Observations } from '../conformance/partial/observed.js';
import { TRACE_SPECIFICATIONS, type WholeTraceSpecification } from '../conformance/trace-specifications.js';
import { TraceFileReader } from '../history/traces/reader.js';
import type { PartialTraceEvent } from '../history/traces/schema.js';
import { count } from '../kernel/count.js';
import { AssayError } from '../kernel/errors.js';
import { type NodeId, nodeIds } from '../kernel/ids.js';
import { worstVerdict } from '../plugin/checker.js';
import { readEvents } from '../store/event-reader.js';
import { readLines } from '../store/line-reader.js';
import type { CheckedTrace } from './check-trace.js';
import { didYouMean } from './suggest.js';

export interface TraceFilesOptions {
  /** The protocol whose specification it is held against: `raft`, `pbft`. */
  readonly spec: string;
  /** How many nodes the cluster has; default: those that are spoken of. */
  readonly nodes?: number;
  readonly budgetMs: number;
}

/**
 * Judges a trace that somebody recorded, in one file or in several, which may be one for each node: no clock is looked
 * at, for a message was sent before it was received. A trace that tells all that Assay's own do is checked as these
 * are, one that tells less as far as it goes.
 *
 * @throws AssayError `not-found` or `bad-file`, naming file and line; `unknown-name` for a protocol without one;
 * `bad-argument` where the trace speaks of more nodes than there are
 */
export async function checkTraceFiles(files: readonly string[], options: TraceFilesOptions): Promise<CheckedTrace> {
  const specification = TRACE_SPECIFICATIONS.get(options.spec);
  if (specification === undefined) {
    throw new AssayError(
      'unknown-name',
      `there is no specification "${options.spec}" of traces`,
      didYouMean(options.spec, TRACE_SPECIFICATIONS.keys()),
    );
  }
  const twice = files.find((file, place) => files.findIndex((other) => resolve(other) === resolve(file)) < place);
  if (twice !== undefined) {
    throw new AssayError(
      'bad-argument',
      `${twice} is named twice`,
      'Name each file once: its steps would be taken twice.',
    );
  }
  if ('scan' in specification) return checkWholeTrace(files, specification, options);
  const notes = new Set<string>();
  const observations = new Observations();
  const first = new TraceFileReader();
  for await (const event of eventsOf(files, first, notes)) observations.note(event);
  for (const note of first.notes()) notes.add(note);
  observations.otherMessages = first.format === 'etcd';
  observations.settle(first.header);
  for (const node of first.foreignNodes) observations.doubt(node);
  const nodes = members(observations.members, options.nodes);
  const common = { file: files.join(', '), nodes };
  if (first.whole && first.foreign === 0 && first.header?.recorded === undefined && observations.complete) {
    let events = 0;
    async function* traced() {
      for (const file of files) {
        for await (const event of readEvents(file)) {
          if (event.kind !== 'trace') continue;
          events++;
          yield event;
        }
      }
    }
    const checks = await checkEvents(traced(), specification.whole(nodes, observations), options.budgetMs);
    return {
      ...common,
      verdict: worstVerdict(checks.map(({ verdict }) => verdict)),
      events,
      checks,
      notes: [...notes],
    };
  }
  const checker = specification.partial(nodes, observations);
  const second = new TraceFileReader();
  let events = 0;
  for await (const event of eventsOf(files, second, notes)) {
    events++;
    checker.observe(event);
  }
  const check = checker.conclude(second.foreign);
  return { ...common, verdict: check.verdict, events, checks: [check], notes: [...notes] };
}

async function* eventsOf(
  files: readonly string[],
  reader: TraceFileReader,
  notes: Set<string>,
): AsyncGenerator<PartialTraceEvent> {
  for (const file of files) {
    for await (const { text, number, open } of readLines(file)) {
      let events: PartialTraceEvent[];
      try {
        events = reader.read(text, file, number);
      } catch (error) {
        if (!open || number === 1) throw error;
        notes.add(`line ${number}, the last of ${file}, is cut off: its writer was killed; it is left out`);
        break;
      }
      yield* events;
    }
  }
  reader.finish();
}

/** A trace of a protocol whose rules leave no room for what is not told. */
async function checkWholeTrace(
  files: readonly string[],
  specification: WholeTraceSpecification,
  { spec, nodes: size, budgetMs }: TraceFilesOptions,
): Promise<CheckedTrace> {
  const notes = new Set<string>();
  let events = 0;
  async function* traced() {
    for (const file of files) {
      const onTornTail = (line: number) =>
        notes.add(`line ${line}, the last of ${file}, is cut off: its writer was killed; it is left out`);
      for await (const event of readEvents(file, { onTornTail })) if (event.kind === 'trace') yield event;
    }
  }
  const scan = specification.scan();
  for await (const event of traced()) {
    events++;
    scan.note(event);
  }
  const missing = scan.missing();
  if (missing !== undefined) {
    throw new AssayError(
      'bad-argument',
      `${files.join(', ')} is no whole trace of ${spec}: ${missing}`,
      'Partial traces can be checked of raft alone; record every step as src/history has it.',
    );
  }
  const nodes = members(scan.nodes, size);
  const { leastNodes } = specification;
  if (nodes.length < leastNodes) {
    throw new AssayError(
      'bad-argument',
      `the trace speaks of ${count(nodes.length, 'node')}, and ${spec} needs ${leastNodes} at least`,
      'Name the files of all nodes, or say with --nodes how many the cluster has.',
    );
  }
  const checks = await checkEvents(traced(), scan.checkers(nodes), budgetMs);
  const verdict = worstVerdict(checks.map((check) => check.verdict));
  return { file: files.join(', '), nodes, verdict, events, checks, notes: [...notes] };
}

/**
 * Those that are spoken of, and as many more as there must be.
 *
 * @throws AssayError `bad-argument` where more are spoken of
 */
function members(named: readonly NodeId[], size?: number): NodeId[] {
  const nodes = [...named];
  if (size !== undefined && nodes.length > size) {
    throw new AssayError(
      'bad-argument',
      `the trace speaks of ${count(nodes.length, 'node')} (${nodes.join(', ')}), more than --nodes ${size}`,
      'Leave --nodes out, or give as many as the cluster has.',
    );
  }
  for (const id of nodeIds(size ?? 0)) if (nodes.length < (size ?? 0) && !nodes.includes(id)) nodes.push(id);
  return nodes;
}
