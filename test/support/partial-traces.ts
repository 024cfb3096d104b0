import { Observations } from '../../src/conformance/partial/observed.js';
import { RaftPartial } from '../../src/conformance/partial/raft-partial.js';
import type { TraceEvent } from '../../src/history/trace.js';
import { TraceFileReader } from '../../src/history/traces/reader.js';
import type { CheckResult } from '../../src/plugin/checker.js';

/** A line of a trace, as a file has it. */
export type TraceLine = Readonly<Record<string, unknown>>;
type Message = Readonly<Record<string, unknown>> & { readonly type: string; readonly term: number };

const ROLES = ['UpdateTerm', 'BecomeFollower', 'BecomePreCandidate', 'BecomeCandidate', 'BecomeLeader'];
const ROLE_STEPS = ['InitState', ...ROLES];

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
  'states now and then': (lines) => sampled(lines, 7),
  'messages, and states now and then': (lines) => sampled(lines, 3, ['Send', 'Receive']),
  'messages, roles, and states now and then': (lines) => sampled(lines, 3, ['Send', 'Receive', ...ROLES]),
  'roles, terms, commits': (lines) =>
    lines
      .filter(({ name }) => ROLE_STEPS.includes(name) || name === 'AdvanceCommit')
      .map((line) => without({ ...line }, 'votedFor', 'snapshotIndex', 'snapshotTerm', 'log', 'voters', 'leader')),
};

/** What each node would say of itself now and then, with its starts; and the steps that are kept besides. */
export function sampled(events: readonly TraceEvent[], every: number, kept: readonly string[] = []): TraceLine[] {
  const lines: TraceLine[] = [];
  const nodes = new Map<string, Record<string, unknown>>();
  events.forEach((event, place) => {
    const { node, name } = event;
    const state = nodes.get(node) ?? {};
    nodes.set(node, state);
    if (name === 'InitState') {
      const { term, votedFor, snapshotIndex: applied, log } = event;
      const commitIndex = applied;
      Object.assign(state, { role: 'follower', term, votedFor, lastIndex: applied + log.length, commitIndex, applied });
      lines.push({ kind: 'trace', node, name });
    } else if (name === 'UpdateTerm') Object.assign(state, { role: 'follower', term: event.term, votedFor: null });
    else if (name === 'BecomeCandidate') Object.assign(state, { role: 'candidate', term: event.term, votedFor: null });
    else if (name === 'BecomeFollower') state.role = 'follower';
    else if (name === 'BecomePreCandidate') state.role = 'pre-candidate';
    else if (name === 'BecomeLeader') state.role = 'leader';
    else if (name === 'Vote') state.votedFor = event.candidate;
    else if (name === 'Append') state.lastIndex = event.from + event.entries.length - 1;
    else if (name === 'AdvanceCommit') state.commitIndex = event.commitIndex;
    else if (name === 'Apply') state.applied = event.from + event.entries.length - 1;
    else if (name === 'InstallSnapshot') {
      const { index, log } = event;
      Object.assign(state, { lastIndex: index + log.length, commitIndex: index, applied: index });
    }
    if (kept.includes(name)) lines.push({ ...event });
    // Now these variables, now those, and never a candidate's before it has voted for itself.
    const told = Object.entries(state).filter((_, field) => (place / every + field) % 3 < 2);
    const between = state.role === 'candidate' && state.votedFor === null;
    if (place % every === 0 && !between)
      lines.push({ kind: 'trace', node, name: 'State', ...Object.fromEntries(told) });
  });
  return lines;
}

/** What `assay spec trace` says of these lines. */
export function judgePartial(lines: readonly TraceLine[], given?: readonly string[]): CheckResult {
  const reader = new TraceFileReader();
  const events = lines.flatMap((line, place) => reader.read(JSON.stringify(line), 'trace.ndjson', place + 1));
  const observations = new Observations();
  for (const event of events) observations.note(event);
  observations.otherMessages = reader.format === 'etcd';
  observations.settle(reader.header);
  for (const node of reader.foreignNodes) observations.doubt(node);
  const checker = new RaftPartial(given ?? observations.members, observations);
  for (const event of events) checker.observe(event);
  return checker.conclude(reader.foreign);
}

/** The rules that were broken, each once. */
export function brokenRules({ anomalies }: CheckResult): string[] {
  return [...new Set(anomalies.map(({ kind }) => kind))];
}
