import { z } from 'zod';
import { AssayError, messageOf } from '../kernel/errors.js';
import { FAULT_KINDS } from '../ports/faults.js';
import type { RunEvent, Value } from './events.js';
import { encodeTraceEvent } from './trace-codec.js';

/** One event as one line of NDJSON, without the newline. The field order is fixed: equal events, equal bytes. */
export function encodeEvent(event: RunEvent): string {
  return event.kind === 'trace' ? encodeTraceEvent(event) : JSON.stringify(event);
}

const valueSchema: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.number(),
    z.string(),
    z.array(valueSchema).readonly(),
    z.record(z.string(), valueSchema).readonly(),
  ]),
);

const timeUs = z.number().int().nonnegative();
const operationFields = {
  timeUs,
  process: z.number().int().nonnegative(),
  f: z.string(),
  key: z.string().optional(),
  value: valueSchema.optional(),
};
const probeSchema = z.object({ confirmed: z.boolean(), detail: z.string() });

const eventSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('invoke'), ...operationFields, dueUs: timeUs.optional() }),
  z.object({
    kind: z.enum(['ok', 'fail', 'info']),
    ...operationFields,
    error: z.string().optional(),
    node: z.string().optional(),
  }),
  z.object({
    kind: z.literal('fault'),
    timeUs,
    id: z.number().int(),
    nemesis: z.string(),
    phase: z.enum(['inject', 'heal']),
    fault: z.looseObject({ kind: z.enum(FAULT_KINDS) }),
    probe: probeSchema,
  }),
  z.object({
    kind: z.literal('status'),
    timeUs,
    node: z.string(),
    status: z.looseObject({ up: z.boolean() }),
  }),
  z.object({
    kind: z.literal('phase'),
    timeUs,
    phase: z.enum(['setup', 'load', 'heal', 'recovery', 'final', 'end']),
  }),
  z.object({ kind: z.literal('note'), timeUs, text: z.string() }),
  z.looseObject({ kind: z.literal('trace'), timeUs, node: z.string(), name: z.string() }),
]);

/** Where a line stands, for the error that names it. */
export interface LinePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Reads one line.
 *
 * @throws AssayError `bad-file`, naming file and line, when it is no event of ours
 */
export function decodeEvent(text: string, place: LinePlace): RunEvent {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw malformed(place, `is not JSON (${messageOf(error)})`, error);
  }
  const parsed = eventSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.join('.') || 'the event';
    throw malformed(place, `is no event of a history: ${path}: ${issue?.message ?? 'unreadable'}`, parsed.error);
  }
  // The schema is looser than the type only in fields that no decision rests on (a fault's details, a trace step's).
  return parsed.data as unknown as RunEvent;
}

function malformed(place: LinePlace, what: string, cause: unknown): AssayError {
  return new AssayError(
    'bad-file',
    `${place.file}, line ${place.line} ${what}`,
    'Each line must be one event as Assay writes it to history.ndjson. Remove or mend that line, then check again.',
    { cause },
  );
}
