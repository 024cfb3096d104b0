import { isPbftMessage, pbftMessageText } from './pbft-codec.js';
import type { EntryRef, TraceEvent } from './trace.js';

/**
 * One trace event as one line of NDJSON, without the newline. Entries are written as their `term` and `digest` alone,
 * wherever they stand: commands are the history's business, and long ones would drown the trace. So would signatures.
 */
export function encodeTraceEvent(event: TraceEvent): string {
  switch (event.name) {
    case 'Append':
    case 'Apply':
      return JSON.stringify({ ...event, entries: event.entries.map(refOf) });
    case 'InitState':
    case 'InstallSnapshot':
      return JSON.stringify({ ...event, log: event.log.map(refOf) });
    case 'Send':
    case 'Receive': {
      const { message } = event;
      if (typeof message === 'object' && message !== null && isPbftMessage(message)) {
        const { kind, timeUs, node, name } = event;
        const end = name === 'Send' ? `"to":${JSON.stringify(event.to)}` : `"from":${JSON.stringify(event.from)}`;
        const step = `"kind":"${kind}","timeUs":${timeUs},"node":${JSON.stringify(node)},"name":"${name}"`;
        return `{${step},${end},"message":${pbftMessageText(message)}}`;
      }
      return JSON.stringify(isCompact(message) ? event : { ...event, message: compactMessage(message) });
    }
    default:
      return JSON.stringify(event);
  }
}

function refOf(entry: EntryRef): EntryRef {
  return { term: entry.term, digest: entry.digest };
}

/** Whether the message, like most, has no commands and no snapshot's bytes to leave out. */
function isCompact(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return true;
  if ('entries' in message && Array.isArray(message.entries)) return message.entries.length === 0;
  return !('data' in message && typeof message.data === 'string');
}

/** A message without the commands of its entries and without a snapshot's bytes. */
function compactMessage(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message;
  if ('entries' in message && Array.isArray(message.entries)) {
    return { ...message, entries: (message.entries as EntryRef[]).map(refOf) };
  }
  if ('data' in message && typeof message.data === 'string') {
    return { ...message, data: `${message.data.length} characters` };
  }
  return message;
}
