import { z } from 'zod';
import type { NodeId } from '../../kernel/ids.js';
import type { PartialMessage, PartialStep } from './schema.js';

/**
 * The trace that etcd-io/raft writes when it is built with the tag `with_tla` (its `state_trace.go`): one JSON object a
 * line, as the application's logger wraps it (`{"msg":"trace","tag":"trace","event":{…}}` in its `tla/README.md`).
 *
 * An event says term, vote, commit index, role, length of the log and configuration of its node: before the step for
 * `Receive…` and `Replicate`, after it for the others. Entries have neither terms nor commands there, pre-votes and
 * syncs are not recorded, and the messages of leadership transfers neither.
 */
const whole = z.number().int().nonnegative();
const id = z.union([z.string().min(1), whole.transform(String)]);

const eventSchema = z.object({
  name: z.string(),
  nid: id,
  state: z.object({ term: whole, vote: id, commit: whole }),
  role: z.enum(['StateFollower', 'StatePreCandidate', 'StateCandidate', 'StateLeader']),
  log: whole,
  conf: z.array(z.array(id).nullable()).optional(),
  applied: whole.optional(),
  msg: z
    .object({
      type: z.string(),
      term: whole,
      from: id,
      to: id,
      entries: whole,
      logTerm: whole,
      index: whole,
      commit: whole,
      reject: z.boolean(),
    })
    .optional(),
});
type EtcdEvent = z.output<typeof eventSchema>;
type EtcdMessage = NonNullable<EtcdEvent['msg']>;

const ROLES = {
  StateFollower: 'follower',
  StatePreCandidate: 'pre-candidate',
  StateCandidate: 'candidate',
  StateLeader: 'leader',
} as const;

/** Events that are told by the node's state alone. */
const STATES = new Set(['Commit', 'Replicate', 'ChangeConf', 'ApplyConfChange', 'Ready', 'Advance', 'ReduceNextIndex']);
/** What may follow `InitState` before the node takes part: it loads its state, or is given a first configuration. */
const STARTING = new Set(['BecomeFollower', 'ApplyConfChange', 'Bootstrap']);

/** Whether a parsed line looks like one of these, wrapped or bare. */
export function isEtcdLine(json: unknown): boolean {
  return isEvent(eventOf(json));
}

export type EtcdLine =
  | { readonly is: 'steps'; readonly node: NodeId; readonly steps: readonly PartialStep[] }
  /** A line of the same log that is no trace event. */
  | { readonly is: 'other' }
  /** An event of a name that is not known. */
  | { readonly is: 'foreign'; readonly name: string; readonly node: NodeId }
  | { readonly is: 'malformed'; readonly what: string };

export class EtcdTrace {
  /** By node, while it starts: its state as last told. */
  private readonly starting = new Map<NodeId, PartialStep | null>();

  read(json: unknown): EtcdLine {
    const told = eventOf(json);
    if (!isEvent(told)) {
      const traced = typeof json === 'object' && json !== null && 'tag' in json && json.tag === 'trace';
      return traced ? { is: 'malformed', what: 'event: not an event of etcd-io/raft' } : { is: 'other' };
    }
    const parsed = eventSchema.safeParse(told);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return { is: 'malformed', what: `event.${issue?.path.join('.')}: ${issue?.message ?? 'unreadable'}` };
    }
    const event = parsed.data;
    const node = nodeOf(event.nid);
    if (event.name === 'InitState') {
      // Term, vote and commit index are loaded afterwards.
      this.starting.set(node, null);
      return { is: 'steps', node, steps: [{ name: 'InitState' }] };
    }
    const state = stateOf(event);
    if (this.starting.has(node) && STARTING.has(event.name)) {
      this.starting.set(node, state);
      return { is: 'steps', node, steps: [] };
    }
    const steps = stepsOf(event, state);
    if (steps === undefined) return { is: 'foreign', name: event.name, node };
    const started = this.starting.get(node);
    this.starting.delete(node);
    return { is: 'steps', node, steps: started ? [started, ...steps] : steps };
  }
}

function eventOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'event' in json ? json.event : json;
}

function isEvent(told: unknown): boolean {
  return typeof told === 'object' && told !== null && 'nid' in told && 'name' in told;
}

/** Nodes have numbers there, and names here. */
function nodeOf(id: string): NodeId {
  return /^\d+$/.test(id) ? `n${id}` : id;
}

function stateOf({ name, state, role, log, conf, applied, msg }: EtcdEvent): PartialStep {
  const voters = (conf ?? []).map((list) => (list ?? []).map(nodeOf)).filter((list) => list.length > 0);
  // The vote is written down when its answer is already on its way.
  const voteIsOpen = name === 'SendRequestVoteResponse' && msg?.reject === false;
  return {
    name: 'State',
    role: ROLES[role],
    term: state.term,
    ...(!voteIsOpen && { votedFor: state.vote === '0' ? null : nodeOf(state.vote) }),
    lastIndex: log,
    commitIndex: state.commit,
    ...(applied !== undefined && { applied }),
    ...(voters.length > 0 && { voters }),
  };
}

function stepsOf(event: EtcdEvent, state: PartialStep): PartialStep[] | undefined {
  const { name, msg } = event;
  if (msg !== undefined) {
    const message = messageOf(msg);
    if (message === undefined) return undefined;
    if (name.startsWith('Send')) return [state, { name: 'Send', to: nodeOf(msg.to), message }];
    if (name.startsWith('Receive')) return [state, { name: 'Receive', from: nodeOf(msg.from), message }];
    return undefined;
  }
  const { term } = event.state;
  if (name === 'BecomeFollower' || name === 'BecomeCandidate' || name === 'BecomeLeader')
    return [{ name, term }, state];
  return STATES.has(name) ? [state] : undefined;
}

function messageOf({ type, term, entries, logTerm, index, commit, reject }: EtcdMessage): PartialMessage | undefined {
  switch (type) {
    case 'MsgVote':
      return { type: 'RequestVote', term, preVote: false, lastLogIndex: index, lastLogTerm: logTerm };
    case 'MsgVoteResp':
      return { type: 'RequestVoteResponse', term, preVote: false, granted: !reject };
    case 'MsgApp':
      return {
        type: 'AppendEntries',
        term,
        prevLogIndex: index,
        prevLogTerm: logTerm,
        entries: Array.from({ length: entries }, () => ({})),
        leaderCommit: commit,
      };
    case 'MsgHeartbeat':
      return { type: 'AppendEntries', term, leaderCommit: commit };
    case 'MsgAppResp':
      return reject
        ? { type: 'AppendEntriesResponse', term, success: false, prevLogIndex: index }
        : { type: 'AppendEntriesResponse', term, success: true, matchIndex: index };
    case 'MsgHeartbeatResp':
      return { type: 'AppendEntriesResponse', term };
    case 'MsgSnap':
      // The number of entries is the index of the snapshot there.
      return { type: 'InstallSnapshot', term, lastIncludedIndex: entries };
    default:
      return undefined;
  }
}
