import type { Value } from '../../history/events.js';
import { hash53 } from '../../kernel/hash.js';
import type { ClientRequest } from '../protocol.js';

/** 53 bits that tell commands apart in the trace. Computed once, where a command enters a log. */
export function commandDigest({ operation, session }: ClientRequest): number {
  const what = `${operation.f}\n${operation.key ?? ''}\n${textOf(operation.value)}`;
  return hash53(session === undefined ? what : `${what}\n${session.client}\n${session.serial}`);
}

function textOf(value: Value | undefined): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '');
}
