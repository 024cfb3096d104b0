import { z } from 'zod';
import type { RaftMessage } from '../../../spec/raft/messages.js';
import type { Bookkeeping, Server } from '../../../spec/raft/server.js';
import { integer, map, nothing, option, set, variant } from './itf.js';
import type { TraceState } from './replay.js';
import { type State, text } from './twin.js';

const entry = z.strictObject({ term: integer, value: integer });

const server = z.strictObject({
  currentTerm: integer,
  votedFor: option(integer),
  log: z.array(entry),
  state: z
    .strictObject({ tag: z.enum(['Follower', 'Candidate', 'Leader']), value: nothing })
    .transform((written) => written.tag),
  commitIndex: integer,
  votesGranted: set(integer).transform((servers) => servers.sort((left, right) => left - right)),
  nextIndex: z.array(integer),
  matchIndex: z.array(integer),
  pendingResponse: z.array(z.boolean()),
});

const message = z
  .strictObject({
    from: integer,
    to: integer,
    term: integer,
    body: z.discriminatedUnion('tag', [
      variant('RequestVoteRequest', z.strictObject({ lastLogTerm: integer, lastLogIndex: integer })),
      variant('RequestVoteResponse', z.strictObject({ voteGranted: z.boolean() })),
      variant(
        'AppendEntriesRequest',
        z.strictObject({ prevLogIndex: integer, prevLogTerm: integer, entries: z.array(entry), commitIndex: integer }),
      ),
      variant('AppendEntriesResponse', z.strictObject({ success: z.boolean(), matchIndex: integer })),
    ]),
  })
  .transform(({ body, ...envelope }) => ({ type: body.tag, ...envelope, ...body.value }) as RaftMessage);

const trace = z.object({
  states: z.array(
    z.object({
      'mbt::actionTaken': z.string(),
      nodes: z.array(server),
      messages: map(message, integer),
      shared: z.strictObject({ elections: integer, restarts: integer, acked: z.array(option(z.boolean())) }),
    }),
  ),
});

/** What the schema reads has the types of the specification's variables. */
export interface RaftState extends State {
  readonly nodes: readonly Server[];
  readonly shared: Bookkeeping;
}

/** A trace of `raft.qnt` in the words of the specification. Throws where it is none. */
export function parseRaftTrace(written: unknown): TraceState<RaftState>[] {
  return trace.parse(written).states.map(({ 'mbt::actionTaken': action, nodes, shared, messages }) => ({
    action,
    state: { nodes, shared, messages: new Map(messages.map(([content, count]) => [text(content), count])) },
  }));
}
