import { Observations } from '../../src/conformance/partial/observed.js';
import { RaftPartial } from '../../src/conformance/partial/raft-partial.js';
import type { TraceEvent } from '../../src/history/trace.js';
import { TraceFileReader } from '../../src/history/traces/reader.js';
import type { CheckResult } from '../../src/plugin/checker.js';

/** A line of a trace, as a file has it. */
export type TraceLine = Readonly<Record<string, unknown>>;
type Message = Readonly<Record<string, unknown>> & { readonly type: string; readonly term: number };

const ROLE_STEPS = [
  'InitState',
  'UpdateTerm',
  'BecomeFollower',
  'BecomePreCandidate',
  'BecomeCandidate',
  'BecomeLeader',
];

const without = (line: TraceLine, ...fields: string[]): TraceLine =>
  Object.fromEntries(Object.entries(line).filter(([field]) => !fields.includes(field)));

const nameless = (entries: unknown) => (entries as readonly unknown[]).map(() => ({}));

/** The entries of a line, and of its message, without terms and digests. */
function withoutContents(line: TraceLine): TraceLine {
  const message = line.message as Message | undefined;
  return {
    ...line,
    ...(line.entries !== undefined && { entries: nameless(line.entries) }),
    ...(line.log !== undefined && { log: nameless(line.log) }),
    ...(message?.entries !== undefined && { message: { ...message, entries: nameless(message.entries) } }),
  };
}

/** A whole trace with less and less in it. */
export const levels: Readonly<Record<string, (lines: readonly TraceEvent[]) => TraceLine[]>> = {
  whole: (lines) => lines.map((line) => ({ ...line })),
  'without durability': (lines) => lines.filter(({ name }) => name !== 'Durable').map((line) => ({ ...line })),
  'without log contents': (lines) =>
    lines.filter(({ name }) => name !== 'Durable' && name !== 'Apply').map((line) => withoutContents({ ...line })),
  'messages alone': (lines) =>
    lines
      .filter(({ name }) => name === 'Send' || name === 'Receive' || name === 'InitState')
      .map((line) => ({ ...line })),
  'without messages': (lines) =>
    lines.filter(({ name }) => name !== 'Send' && name !== 'Receive').map((line) => withoutContents({ ...line })),
  'roles, terms, commits': (lines) =>
    lines
      .filter(({ name }) => ROLE_STEPS.includes(name) || name === 'AdvanceCommit')
      .map((line) => without({ ...line }, 'votedFor', 'snapshotIndex', 'snapshotTerm', 'log', 'voters', 'leader')),
};

/** What `assay spec trace` says of these lines. */
export function judgePartial(lines: readonly TraceLine[], given?: readonly string[]): CheckResult {
  const reader = new TraceFileReader();
  const events = lines.flatMap((line, place) => reader.read(JSON.stringify(line), 'trace.ndjson', place + 1));
  const observations = new Observations();
  for (const event of events) observations.note(event);
  observations.otherMessages = reader.format === 'etcd';
  if (reader.header !== undefined) observations.declare(reader.header);
  for (const node of reader.foreignNodes) observations.doubt(node);
  const checker = new RaftPartial(given ?? [...observations.named].sort(), observations);
  for (const event of events) checker.observe(event);
  return checker.conclude(reader.foreign);
}

/** The rules that were broken, each once. */
export function brokenRules({ anomalies }: CheckResult): string[] {
  return [...new Set(anomalies.map(({ kind }) => kind))];
}
