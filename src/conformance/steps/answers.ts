import { type LeaderStamp, NO_ROUND } from '../../consensus/raft/messages.js';
import type { Coverage, CoverageKey } from '../reach/coverage.js';
import type { TracedAnswer, TracedRequest } from './message.js';

/** What the specification answers a request with, by the state in which it was received. */
interface Owed {
  readonly request: TracedRequest;
  readonly termBefore: number;
  /** Up to where a snapshot stood for its log. */
  readonly baseBefore: number;
  /** Granted, accepted, installed. */
  readonly positive: boolean;
  /** Whether the node may also have taken no notice of it, and refused (thesis §4.2.3). */
  readonly ignorable: boolean;
  /** What is acknowledged; of a rejection, the conflicting index; of a snapshot, the character that comes next. */
  readonly index: number;
  readonly conflictTerm: number;
  /** What the guard said, where that shows in the answer alone: who may ignore a request need not have asked it. */
  readonly outcome?: CoverageKey;
}

const UNKNOWN = -1;

/** More are never unanswered in practice; the oldest are given up. */
const KEPT = 256;

/**
 * The answers that a node owes to one peer for messages that it received in this life. Each may be sent at any time,
 * because some wait for the disk, or never, but only once.
 */
export class Answers {
  private readonly owed: Owed[] = [];
  /** Some were given up: an answer that is not owed may be one of them. */
  private incomplete = false;
  /** Of the answer that was taken last: {@link Owed.baseBefore}; -1 where that is not known. */
  baseBefore = UNKNOWN;

  add(owed: Owed): void {
    if (this.owed.length === KEPT) {
      this.owed.shift();
      this.incomplete = true;
    }
    this.owed.push(owed);
  }

  /** A process that ended owes nothing. */
  clear(): void {
    this.owed.length = 0;
    this.incomplete = false;
  }

  /** Takes an answer that is sent off the list; `undefined` where it was owed, else what is owed. */
  take(answer: TracedAnswer, times: Coverage['times']): string | undefined {
    const { owed } = this;
    this.baseBefore = UNKNOWN;
    for (let place = 0; place < owed.length; place++) {
      const answered = owed[place] as Owed;
      if (!answers(answer, answered)) continue;
      this.baseBefore = answered.baseBefore;
      if (answered.outcome !== undefined) {
        const outcome = ignored(answer, answered) ?? answered.outcome;
        times[outcome]++;
        if (outcome === 'voteIgnored') times.ignoreVoteRequest++;
      }
      if (place === 0) owed.shift();
      else owed.splice(place, 1);
      return undefined;
    }
    if (this.incomplete) return undefined;
    // What was asked is answered, if wrongly: the first of its kind.
    const wrong = owed.findIndex(({ request }) => ofOneKind(answer, request));
    if (wrong < 0) return 'no such answer, for none is owed';
    const [expected] = owed.splice(wrong, 1);
    return describe(expected as Owed);
  }
}

function ofOneKind(answer: TracedAnswer, request: TracedRequest): boolean {
  if (answer.type === 'RequestVoteResponse') {
    return request.type === 'RequestVote' && request.preVote === answer.preVote;
  }
  const asked = answer.type === 'AppendEntriesResponse' ? 'AppendEntries' : 'InstallSnapshot';
  return request.type === asked && request.sentAtUs === answer.sentAtUs;
}

type LeaderMessage = Exclude<TracedRequest, { readonly type: 'RequestVote' }>;

/** Who refuses a message of a former term confirms no round of it (thesis §6.4). */
function roundConfirmed({ term, round }: LeaderMessage, termAfter: number): number {
  return term === termAfter ? round : NO_ROUND;
}

/** Others' messages have no rounds. */
function confirms(answer: LeaderStamp, request: LeaderMessage, termAfter: number): boolean {
  return request.round === undefined || answer.round === roundConfirmed(request, termAfter);
}

function answers(answer: TracedAnswer, owed: Owed): boolean {
  const { request, termBefore, positive } = owed;
  if (!ofOneKind(answer, request)) return false;
  // Sent in the term that the message left the node in.
  const termAfter = Math.max(request.term, termBefore);
  switch (answer.type) {
    case 'RequestVoteResponse': {
      const ignored = owed.ignorable && !answer.granted && answer.term === termBefore;
      if (ignored) return true;
      // Who refuses a pre-vote tells its own term, which it did not leave (thesis §9.6).
      const term = answer.preVote && !answer.granted ? termBefore : termAfter;
      return answer.granted === positive && answer.term === term;
    }
    case 'AppendEntriesResponse':
      if (request.type !== 'AppendEntries' || !confirms(answer, request, termAfter)) return false;
      if (answer.success !== positive || answer.term !== termAfter) return false;
      if (answer.success) return answer.matchIndex === owed.index;
      return (
        answer.prevLogIndex === request.prevLogIndex &&
        answer.conflictTerm === owed.conflictTerm &&
        answer.conflictIndex === owed.index
      );
    case 'InstallSnapshotResponse':
      return (
        request.type === 'InstallSnapshot' &&
        confirms(answer, request, termAfter) &&
        answer.term === termAfter &&
        answer.installed === positive &&
        answer.lastIncludedIndex === request.lastIncludedIndex &&
        answer.nextOffset === owed.index
      );
  }
}

/** Whether the node took no notice of the request, which shows where it could not have refused it otherwise. */
function ignored(answer: TracedAnswer, { ignorable, positive, termBefore }: Owed): CoverageKey | undefined {
  if (answer.type !== 'RequestVoteResponse' || !ignorable || answer.granted) return undefined;
  if (answer.preVote) return positive ? 'preVoteIgnored' : undefined;
  return answer.term === termBefore ? 'voteIgnored' : undefined;
}

function describe({ request, termBefore, positive, ignorable, index, conflictTerm }: Owed): string {
  const termAfter = Math.max(request.term, termBefore);
  switch (request.type) {
    case 'RequestVote': {
      const what = `${request.preVote ? 'pre-vote' : 'vote'} in term ${request.term}`;
      if (positive)
        return ignorable ? `to grant the ${what}, or to refuse it in term ${termBefore}` : `to grant the ${what}`;
      return `to refuse the ${what}, in term ${request.preVote ? termBefore : termAfter}`;
    }
    case 'AppendEntries': {
      const round = roundConfirmed(request, termAfter);
      return positive
        ? `to accept in term ${termAfter} and round ${round}, up to index ${index}`
        : `to reject in term ${termAfter} and round ${round}, with the conflicting term ${conflictTerm} and index ${index}`;
    }
    default: {
      const round = roundConfirmed(request, termAfter);
      return positive
        ? `to tell in term ${termAfter} and round ${round} that the snapshot is installed`
        : `to ask in term ${termAfter} and round ${round} for the snapshot from character ${index}`;
    }
  }
}
