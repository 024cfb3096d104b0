import type {
  AppendEntries,
  AppendEntriesResponse,
  InstallSnapshot,
  InstallSnapshotResponse,
  RequestVote,
  RequestVoteResponse,
} from '../../consensus/raft/messages.js';
import type { EntryRef } from '../../history/trace.js';
import { type RaftMessageView, viewMessage } from '../raft-message.js';

/** A message as a trace keeps it: entries without their commands. */
export type TracedAppendEntries = Omit<AppendEntries, 'entries'> & { readonly entries: readonly EntryRef[] };

export type TracedRequest = RequestVote | TracedAppendEntries | InstallSnapshot;
export type TracedAnswer = RequestVoteResponse | AppendEntriesResponse | InstallSnapshotResponse;
export type TracedMessage = TracedRequest | TracedAnswer;

/** The numbers that a message of each of these types must have; what else it says may be absent. */
const NUMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RequestVote', ['term', 'lastLogIndex', 'lastLogTerm']],
  ['RequestVoteResponse', ['term']],
  ['InstallSnapshot', ['term', 'lastIncludedIndex', 'lastIncludedTerm', 'offset']],
  ['InstallSnapshotResponse', ['term', 'lastIncludedIndex']],
]);

/** Undefined where the content of a `Send` or `Receive` is no message of Raft, or lacks what the rules read. */
export function readMessage(content: unknown): TracedMessage | undefined {
  const message = viewMessage(content);
  const { type, term } = message;
  return typeof type === 'string' && typeof term === 'number' ? wholeMessage(type, message) : undefined;
}

/** As {@link readMessage}, of a message whose type and term were read. */
export function wholeMessage(type: string, content: RaftMessageView): TracedMessage | undefined {
  const message = content as Readonly<Record<string, unknown>>;
  // By hand for the two that are by far the most frequent, and have other fields than numbers.
  if (type === 'AppendEntries') {
    const { prevLogIndex, prevLogTerm, leaderCommit, entries } = message;
    const whole =
      typeof prevLogIndex === 'number' &&
      typeof prevLogTerm === 'number' &&
      typeof leaderCommit === 'number' &&
      Array.isArray(entries);
    return whole ? (content as TracedMessage) : undefined;
  }
  if (type === 'AppendEntriesResponse') return content as TracedMessage;
  const numbers = NUMBERS.get(type);
  if (numbers === undefined || numbers.some((field) => typeof message[field] !== 'number')) return undefined;
  if (type === 'InstallSnapshot' && typeof message.data !== 'string') return undefined;
  return content as TracedMessage;
}

/** Characters of a snapshot's piece; a trace that went through a file has only their number (history/trace-codec.ts). */
export function dataLength({ data }: InstallSnapshot): number {
  const written = /^(\d+) characters$/.exec(data);
  return written ? Number(written[1]) : data.length;
}

/** "AppendEntries of term 3 after index 7 of term 2 with 1 entry". */
export function describeMessage(message: TracedMessage): string {
  const of = `${message.type} of term ${message.term}`;
  switch (message.type) {
    case 'RequestVote':
      return `${message.preVote ? 'pre-vote ' : ''}${of} with a log to index ${message.lastLogIndex} of term ${message.lastLogTerm}`;
    case 'RequestVoteResponse':
      return `${message.preVote ? 'pre-vote ' : ''}${of} that ${message.granted ? 'grants' : 'refuses'}`;
    case 'AppendEntries':
      return `${of} with ${message.entries.length} entries after index ${message.prevLogIndex} of term ${message.prevLogTerm}, leaderCommit ${message.leaderCommit}`;
    case 'AppendEntriesResponse':
      return message.success
        ? `${of} that accepts up to index ${message.matchIndex}`
        : `${of} that rejects what follows index ${message.prevLogIndex} (round ${message.round}; conflict: term ${message.conflictTerm}, index ${message.conflictIndex})`;
    case 'InstallSnapshot':
      return `${of} to index ${message.lastIncludedIndex} of term ${message.lastIncludedTerm}, from character ${message.offset}`;
    case 'InstallSnapshotResponse':
      return `${of} for index ${message.lastIncludedIndex}, ${message.installed ? 'installed' : `next character ${message.nextOffset}`}`;
  }
}
