import type { TraceStep } from '../../history/trace.js';
import { describeMessage, readMessage } from './message.js';

/** "1 entry", "3 entries". */
export function entriesOf(count: number): string {
  return `${count} ${count === 1 ? 'entry' : 'entries'}`;
}

/** What a node did, as a clause whose subject it is: "voted for n2 in term 4". */
export function describeStep(event: TraceStep): string {
  switch (event.name) {
    case 'InitState':
      return `started in term ${event.term}`;
    case 'UpdateTerm':
      return `entered term ${event.term}`;
    case 'BecomeFollower':
      return `became a follower of ${event.leader ?? 'nobody'} in term ${event.term}`;
    case 'BecomePreCandidate':
      return `asked for pre-votes in term ${event.term}`;
    case 'BecomeCandidate':
      return `campaigned in term ${event.term}`;
    case 'BecomeLeader':
      return `became leader of term ${event.term} by the votes of ${event.voters.join(', ') || 'nobody'}`;
    case 'Vote':
      return `voted for ${event.candidate} in term ${event.term}`;
    case 'Append': {
      const terms = [...new Set(event.entries.map(({ term }) => term))];
      const what = terms.length === 0 ? '' : ` of term ${terms.join(', ')}`;
      return `put ${entriesOf(event.entries.length)}${what} at index ${event.from} of its log`;
    }
    case 'Durable':
      return `synced term ${event.term}, ${event.votedFor === null ? 'no vote' : `a vote for ${event.votedFor}`} and its log up to index ${event.lastIndex}`;
    case 'AdvanceCommit':
      return `advanced its commit index to ${event.commitIndex}`;
    case 'Apply':
      return `applied ${entriesOf(event.entries.length)} from index ${event.from} on`;
    case 'TakeSnapshot':
      return `took a snapshot to index ${event.index} of term ${event.term}`;
    case 'Compact':
      return `dropped its log up to index ${event.index} of term ${event.term}`;
    case 'InstallSnapshot':
      return `installed a snapshot to index ${event.index} of term ${event.term} and kept ${entriesOf(event.log.length)} after it`;
    case 'ReadRequest':
      return `took a read for index ${event.readIndex} and round ${event.round} in term ${event.term}`;
    case 'ServeRead':
      return `served ${event.reads.length === 1 ? 'a read' : `${event.reads.length} reads`} by ${event.how} at index ${event.index}`;
    case 'Send':
      return `sent ${event.to} ${describeContent(event.message)}`;
    case 'Receive':
      return `received ${describeContent(event.message)} from ${event.from}`;
    default:
      return `did ${event.name}, which is no step of Raft`;
  }
}

function describeContent(content: unknown): string {
  const message = readMessage(content);
  return message === undefined ? 'a message of another kind' : describeMessage(message);
}
