import type { OperationEvent, Value } from './events.js';
import { MAX_DEPTH } from './importers/forms.js';

/**
 * A client's event from one line of NDJSON, or `undefined` for every other line, malformed ones among them: the codec
 * then says what it is. Most lines of a history are such events, and the codec's schemas take long to load and to ask.
 */
export function operationLine(text: string): OperationEvent | undefined {
  let event: Partial<Record<string, Value>>;
  try {
    event = JSON.parse(text) as Partial<Record<string, Value>>;
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null) return undefined;
  const { kind, timeUs, process, f, key, value, dueUs, error, node } = event;
  if (kind !== 'invoke' && kind !== 'ok' && kind !== 'fail' && kind !== 'info') return undefined;
  if (!isCount(timeUs) || !isCount(process) || typeof f !== 'string' || !isTextOrAbsent(key)) return undefined;
  if (!isTextOrAbsent(error) || !isTextOrAbsent(node) || (dueUs !== undefined && !isCount(dueUs))) return undefined;
  if (value !== undefined && !isShallow(value, MAX_DEPTH)) return undefined;
  return event as unknown as OperationEvent;
}

function isCount(value: Value | undefined): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTextOrAbsent(value: Value | undefined): boolean {
  return value === undefined || typeof value === 'string';
}

/** Whether it is nested no deeper than so. */
function isShallow(value: Value, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((item: Value) => isShallow(item, depth - 1));
}
