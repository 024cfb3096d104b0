import { z } from 'zod';
import type { EntryRef, RaftStep } from '../trace.js';

/** The version of the trace format, as a header line names it. A trace without a header is of this one. */
export const TRACE_FORMAT = 'assay-trace/1';

const count = z.number().int().nonnegative();
const index = count.describe('an index of the log, from 1; 0 is before the first entry');
const first = z.number().int().min(1).describe('an index of the log, from 1');
const term = count.describe('a term');
const node = z.string().min(1).describe('a node of the cluster');
const candidate = node.nullable().describe('who has the vote of this term; null: nobody');
const digest = z.number().int().describe('of the command: equal digests mean equal commands');

const stateHash = z
  .number()
  .int()
  .optional()
  .describe('of the state machine, sessions included: equal states, equal hashes');

const entryRef = z.object({ term, digest });
/** Entries whose terms or commands were not recorded are `{}`: how many they are is still known. */
const partialEntryRef = entryRef.partial();
const message = z.unknown().describe('a message of Raft');

/** The steps with all that they say. */
function stepsOf<Entry extends z.ZodType>(entry: Entry) {
  const entries = z.array(entry).readonly();
  const step = <Name extends string, Shape extends z.ZodRawShape>(name: Name, description: string, shape: Shape) =>
    z.object({ name: z.literal(name), ...shape }).describe(description);
  return {
    InitState: step('InitState', 'A process begins, with what it recovered. `log` starts at `snapshotIndex + 1`.', {
      term,
      votedFor: candidate,
      snapshotIndex: index,
      snapshotTerm: term,
      log: entries,
      stateHash,
    }),
    UpdateTerm: step('UpdateTerm', 'A later term is entered, because a message speaks of it.', { term }),
    BecomeFollower: step('BecomeFollower', 'The node follows the leader of its term, or nobody that it knows of.', {
      term,
      leader: node.nullable(),
    }),
    BecomePreCandidate: step('BecomePreCandidate', 'The node asks whether it would be voted for (thesis §9.6).', {
      term,
    }),
    BecomeCandidate: step('BecomeCandidate', 'The node enters a new term to be elected in it.', { term }),
    BecomeLeader: step('BecomeLeader', 'The node was elected; `voters`: by whom, itself included.', {
      term,
      voters: z.array(node).readonly(),
    }),
    Vote: step('Vote', 'A vote was decided in `term`, for the node itself as well.', { term, candidate: node }),
    Append: step('Append', 'The log becomes: what it was before `from`, then `entries`. Leader and follower alike.', {
      term,
      from: first,
      entries,
    }),
    Durable: step('Durable', 'A sync completed: what a power failure can no longer take.', {
      term,
      votedFor: candidate,
      lastIndex: index,
    }),
    AdvanceCommit: step('AdvanceCommit', 'The commit index advanced; `leader`: by the acknowledgements it counted.', {
      term,
      commitIndex: index,
      leader: z.boolean(),
    }),
    Apply: step('Apply', 'Entries from `from` on went into the state machine, in order.', {
      from: first,
      entries,
      stateHash,
    }),
    TakeSnapshot: step('TakeSnapshot', 'A snapshot was taken, of the state after `index`.', { index, term, stateHash }),
    Compact: step('Compact', 'The log up to `index`, which a snapshot covers, was dropped.', { index, term }),
    InstallSnapshot: step('InstallSnapshot', "A leader's snapshot replaced the state; `log` is what remains after.", {
      index,
      term,
      log: entries,
      stateHash,
    }),
    ReadRequest: step('ReadRequest', 'A read waits for a majority to confirm the leader, and for `readIndex`.', {
      term,
      read: count.describe('names it among those of the process'),
      readIndex: index,
      round: count.describe('of the messages that a majority must answer'),
    }),
    ServeRead: step('ServeRead', 'Reads were answered from the state after `index`.', {
      term,
      how: z.enum(['read-index', 'lease', 'follower']),
      reads: z.array(count).readonly(),
      index,
    }),
    Send: step('Send', 'A message leaves the node.', { to: node, message }),
    Receive: step('Receive', 'The node begins to work on a message: before the steps that follow from it.', {
      from: node,
      message,
    }),
  };
}

const whole = stepsOf(entryRef);

/** Compiles only while schema and type have the same steps with the same fields of the same types. */
type Step<Name> = Extract<RaftStep, { readonly name: Name }>;
type Schemas = typeof whole;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { readonly [Key in keyof T]: T[Key] extends readonly EntryRef[] ? 'entries' : T[Key] };
type Differing = {
  [Name in RaftStep['name'] | keyof Schemas]: Name extends keyof Schemas
    ? Same<Flat<z.output<Schemas[Name]>>, Flat<Step<Name>>> extends true
      ? never
      : Name
    : Name;
}[RaftStep['name'] | keyof Schemas];
/** An error here names the steps whose schema is not that of `src/history/trace.ts`: make them the same. */
const drifted: [Differing] extends [never] ? true : Differing = true;
void drifted;

const raftMessages = [
  z.object({
    type: z.literal('RequestVote'),
    term: term.describe('with `preVote`, the term that the sender would campaign in'),
    preVote: z.boolean().optional(),
    lastLogIndex: index.optional(),
    lastLogTerm: term.optional(),
  }),
  z.object({
    type: z.literal('RequestVoteResponse'),
    term: term.describe('of a granted pre-vote, the term that was asked about'),
    preVote: z.boolean().optional(),
    granted: z.boolean().optional(),
  }),
  z.object({
    type: z.literal('AppendEntries'),
    term,
    prevLogIndex: index.optional(),
    prevLogTerm: term.optional(),
    entries: z.array(partialEntryRef).readonly().optional(),
    leaderCommit: index.optional(),
  }),
  z.object({
    type: z.literal('AppendEntriesResponse'),
    term,
    success: z.boolean().optional(),
    matchIndex: index.optional().describe('of an acceptance: the log equals the leader’s up to here, durably'),
    prevLogIndex: index.optional().describe('of a rejection: that of the message that is rejected'),
  }),
  z.object({
    type: z.literal('InstallSnapshot'),
    term,
    lastIncludedIndex: index.optional(),
    lastIncludedTerm: term.optional(),
  }),
  z.object({
    type: z.literal('InstallSnapshotResponse'),
    term,
    lastIncludedIndex: index.optional(),
    installed: z.boolean().optional(),
  }),
  z.object({ type: z.literal('TimeoutNow'), term }).describe('a leader asks for a campaign (thesis §3.10)'),
  z
    .object({ type: z.literal('Other'), term })
    .describe('any other message between nodes: nothing is looked at but its term'),
] as const;
const messageSchema = z.discriminatedUnion('type', raftMessages).meta({ id: 'message' });

/** Messages that Assay's own nodes do not send. */
const foreignMessage = z.object({ type: z.enum(['TimeoutNow', 'Other']) });

/** A message as far as a trace says what is in it. */
export type PartialMessage = z.output<typeof messageSchema>;

const stateSchema = z
  .object({
    name: z.literal('State'),
    role: z.enum(['follower', 'pre-candidate', 'candidate', 'leader']).optional(),
    term: term.optional(),
    votedFor: candidate.optional(),
    lastIndex: index.optional().describe('of the last entry of the log'),
    lastTerm: term.optional().describe('of the last entry of the log'),
    commitIndex: index.optional(),
    applied: index.optional(),
    voters: z
      .array(z.array(node).readonly())
      .readonly()
      .optional()
      .describe('whose votes count: one list, or two while membership changes'),
  })
  .describe('What a node says of itself, as it is between two steps: any of its variables.');

/** What a trace of one node can record completely. A header may name these; else it is inferred from what is there. */
export const RECORDED = {
  starts: 'each start of the process (InitState)',
  roles: 'each change of role (BecomeFollower, BecomeCandidate, BecomeLeader)',
  appends: 'each change of the log (Append, InstallSnapshot)',
  commits: 'each advance of the commit index (AdvanceCommit)',
  sends: 'each message that is sent',
  receives: 'each message that is received',
  durability: 'each completed sync (Durable)',
} as const;
export type Recorded = keyof typeof RECORDED;

const headerSchema = z
  .object({
    kind: z.literal('header'),
    format: z.literal(TRACE_FORMAT),
    protocol: z.literal('raft').optional(),
    nodes: z.array(node).min(1).readonly().optional().describe('all nodes of the cluster'),
    recorded: z
      .array(z.enum(Object.keys(RECORDED) as [Recorded, ...Recorded[]]))
      .readonly()
      .optional()
      .describe('what is recorded completely, by every node; default: what occurs in the trace of a node at all'),
  })
  .describe('The first line, optional: the version, and what a reader cannot infer.');
export type TraceHeader = z.output<typeof headerSchema>;

const partial = stepsOf(partialEntryRef);
type PartialSchemas = typeof partial;
type Loose<Name extends keyof PartialSchemas> = { readonly name: Name } & {
  readonly [Field in Exclude<keyof z.output<PartialSchemas[Name]>, 'name'>]?:
    | z.output<PartialSchemas[Name]>[Field]
    | undefined;
};
type Passing =
  | { readonly name: 'Send'; readonly to: string; readonly message: PartialMessage }
  | { readonly name: 'Receive'; readonly from: string; readonly message: PartialMessage };

/** One step as far as a trace tells it: any field but the name may be missing, and of a message what is in it. */
export type PartialStep =
  | { [Name in keyof PartialSchemas]: Loose<Name> }[Exclude<keyof PartialSchemas, 'Send' | 'Receive'>]
  | Passing
  | z.output<typeof stateSchema>;

const lineFields = { kind: z.literal('trace'), timeUs: z.number().optional(), node };

function lineOf(schema: z.ZodObject, { required }: { readonly required: readonly string[] }): z.ZodObject {
  const { name, ...fields } = schema.shape;
  const told = Object.entries(fields).map(([field, type]) => {
    const exact = field === 'message' ? messageSchema : (type as z.ZodType);
    return [field, required.includes(field) ? exact : exact.optional()];
  });
  const line = z.object({ ...lineFields, name: name as z.ZodType, ...Object.fromEntries(told) });
  return line.describe(schema.description ?? '');
}

const partialLineSchema = z.discriminatedUnion(
  'name',
  [stateSchema, ...Object.values(partial)].map((schema) =>
    lineOf(schema, {
      required: ['to', 'from', 'message'].filter((field) => field !== 'from' || 'message' in schema.shape),
    }),
  ) as [z.ZodObject, ...z.ZodObject[]],
);

const wholeLines: readonly z.ZodObject[] = Object.values(whole).map((schema) =>
  z.object({ ...schema.shape, kind: z.literal('trace'), timeUs: count, node }).describe(schema.description ?? ''),
);
const wholeLineSchema = z.discriminatedUnion('name', wholeLines as [z.ZodObject, ...z.ZodObject[]]);

/** One event of a trace that may be partial, with its place. Times are told, and nothing is concluded from them. */
export type PartialTraceEvent = PartialStep & {
  readonly node: string;
  readonly timeUs?: number | undefined;
  readonly file: string;
  /** From 1. Several events may come of one line. */
  readonly line: number;
};

/** What a line is, or what is wrong with it: "message.term: Invalid input: expected number". */
export type TraceLine =
  | { readonly is: 'header'; readonly header: TraceHeader }
  | { readonly is: 'event'; readonly event: PartialStep & { readonly node: string; readonly timeUs?: number } }
  | { readonly is: 'malformed'; readonly what: string };

export function parseTraceLine(json: unknown): TraceLine {
  const isHeader = typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'header';
  const parsed = (isHeader ? headerSchema : partialLineSchema).safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { is: 'malformed', what: `${issue?.path.join('.') || 'the line'}: ${issue?.message ?? 'unreadable'}` };
  }
  // The union's type is lost where its members are made by a function; the schema has checked what the type says.
  return isHeader
    ? { is: 'header', header: parsed.data as TraceHeader }
    : { is: 'event', event: parsed.data as unknown as PartialStep & { node: string; timeUs?: number } };
}

/** Whether an event says all that the steps of `src/history/trace.ts` say. */
export function isWholeEvent(json: unknown): boolean {
  const { success, data } = wholeLineSchema.safeParse(json);
  return success && !('message' in data && foreignMessage.safeParse(data.message).success);
}

/** The format as a JSON Schema, for other languages: `spec/trace/trace.schema.json`. */
export function traceJsonSchema(): object {
  const line = z.union([headerSchema.meta({ id: 'header' }), partialLineSchema.meta({ id: 'event' })]);
  const { $schema, $defs, ...lines } = z.toJSONSchema(line, { io: 'input' });
  const { $schema: _, ...wholeEvent } = z.toJSONSchema(wholeLineSchema, { io: 'input' });
  return {
    $schema,
    $id: TRACE_FORMAT,
    title: 'One line of a trace that Assay reads',
    description: `Format ${TRACE_FORMAT}: a header or an event. An event from which nothing is left out is a wholeEvent.`,
    ...lines,
    $defs: { ...$defs, wholeEvent },
  };
}
