import type { TraceEvent, TraceStep } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';

/**
 * A step of a node as an event of the run: `{ kind: 'trace', timeUs, node, ...step }`. The steps of which there are
 * several an operation are copied field by field: that is many times as fast as a spread, and all that the simulator's
 * trace costs.
 */
export function traceEvent(timeUs: Micros, node: NodeId, step: TraceStep): TraceEvent {
  const kind = 'trace';
  const { name } = step;
  switch (name) {
    case 'Send':
      return { kind, timeUs, node, name, to: step.to, message: step.message };
    case 'Receive':
      return { kind, timeUs, node, name, from: step.from, message: step.message };
    case 'Append':
      return { kind, timeUs, node, name, term: step.term, from: step.from, entries: step.entries };
    case 'Durable':
      return { kind, timeUs, node, name, term: step.term, votedFor: step.votedFor, lastIndex: step.lastIndex };
    case 'AdvanceCommit':
      return { kind, timeUs, node, name, term: step.term, commitIndex: step.commitIndex, leader: step.leader };
    case 'Apply':
      return { kind, timeUs, node, name, from: step.from, entries: step.entries, stateHash: step.stateHash };
    case 'ReadRequest':
      return {
        kind,
        timeUs,
        node,
        name,
        term: step.term,
        read: step.read,
        readIndex: step.readIndex,
        round: step.round,
      };
    case 'ServeRead':
      return { kind, timeUs, node, name, term: step.term, how: step.how, reads: step.reads, index: step.index };
    case 'AcceptPrePrepare': {
      const { view, sequence, digest, requests } = step;
      return { kind, timeUs, node, name, view, sequence, digest, requests };
    }
    case 'Prepared':
    case 'CommittedLocal': {
      const { view, sequence, digest, by } = step;
      return { kind, timeUs, node, name, view, sequence, digest, by };
    }
    case 'Execute': {
      const { view, sequence, digest, requests, skipped, stateHash } = step;
      return { kind, timeUs, node, name, view, sequence, digest, requests, skipped, stateHash };
    }
    default:
      return { kind, timeUs, node, ...step };
  }
}
