import {
  type Answer,
  type Client,
  type ClientContext,
  defineSystem,
  durationMs,
  flag,
  type NodeId,
  numberOption,
  type Operation,
  type Outcome,
  type Reply,
  sleep,
  usFromMs,
  z,
} from 'assay/plugin';
import { raftSafety } from '../conformance/raft-safety.js';
import { raftSteps } from '../conformance/raft-steps.js';
import { TraceReader } from '../conformance/trace-reader.js';
import { RAFT_MUTANTS, raftBugs } from '../consensus/mutants/index.js';
import { createRaft, DEFAULT_RAFT_OPTIONS, READ_MODES } from '../consensus/raft/index.js';
import { hostedStatus } from './hosted/status.js';

const defaults = DEFAULT_RAFT_OPTIONS;

const options = z
  .object({
    reads: z
      .enum(READ_MODES)
      .default(defaults.reads)
      .describe('through the log, by ReadIndex, by lease, or from any node (not linearizable)'),
    mutant: z
      .enum(RAFT_MUTANTS.map(({ name }) => name))
      .optional()
      .describe('a known bug to run with'),
    preVote: flag(defaults.preVote).describe('ask before campaigning (thesis §9.6)'),
    checkQuorum: flag(defaults.checkQuorum).describe('leaders step down without a majority; voters stick to a leader'),
    electionTimeoutMs: durationMs(defaults.electionTimeoutMs).describe('the least; at most twice that'),
    heartbeatMs: durationMs(defaults.heartbeatMs).describe('between heartbeats of a leader'),
    clockDriftBound: numberOption(defaults.clockDriftBound, { min: 1 }).describe(
      'how much faster one clock may run than another before leases are unsafe',
    ),
    snapshotEntries: numberOption(defaults.snapshotEntries, { min: 1 }).describe('applied entries between snapshots'),
    trailingEntries: numberOption(defaults.trailingEntries, { min: 0 }).describe('entries kept behind a snapshot'),
    retries: flag(true).describe('clients send an unanswered command again, in the same session'),
  })
  .refine(({ reads, checkQuorum }) => reads !== 'lease' || checkQuorum, {
    path: ['checkQuorum'],
    message: 'leases need it: without it voters do not wait for a lease to end (thesis §6.4.1)',
  })
  .refine(({ electionTimeoutMs, heartbeatMs }) => heartbeatMs < electionTimeoutMs, {
    path: ['heartbeatMs'],
    message: 'must be shorter than the election timeout',
  });

type RaftSystemOptions = z.output<typeof options>;

export default defineSystem({
  name: 'raft',
  description: 'The reference Raft over a key-value store, with known bugs to switch on.',
  options,
  offers: ['read', 'write', 'cas', 'append', 'open', 'transfer'],
  defaultNodes: 5,
  node: {
    kind: 'hosted',
    create({ id, nodes, random, options: given }) {
      const { mutant, retries: _, ...chosen } = options.parse(given);
      return createRaft({ id, nodes, random, options: { ...defaults, ...chosen, bugs: raftBugs(mutant) } });
    },
  },
  client: (context) => new RaftClient(context),
  status: hostedStatus,
  traceCheckers: ({ nodes, inOrder, options: { checkQuorum, electionTimeoutMs, preVote } }) => {
    const stickToLeaderUs = checkQuorum ? usFromMs(electionTimeoutMs) : undefined;
    const reader = new TraceReader(nodes);
    return [
      raftSafety({ nodes, inOrder, stickToLeaderUs }, reader),
      raftSteps({ nodes, preVote, stickToLeader: checkQuorum }, reader),
    ];
  },
});

/** What one try told us. `unsent`: surely not executed by this try. `unknown`: it may have been, or may yet be. */
type Attempt =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'unsent'; readonly error: string; readonly leader: NodeId | null }
  | { readonly kind: 'unknown'; readonly error: string };

/**
 * A client with a session (Raft §8, thesis §6.3): it looks for the leader, and sends an update that went unanswered
 * again under the same serial, which the cluster executes once. Reads change nothing and may always be sent again.
 */
class RaftClient implements Client {
  /** Whom it talks to: the leader, as far as it knows; under `reads: follower` reads stay with `attached`. */
  private target: NodeId;
  private attached: NodeId;
  private sessions = 0;
  private session: string;
  private serial = 1;

  constructor(private readonly context: ClientContext<RaftSystemOptions>) {
    this.target = context.random.pick(context.nodes);
    this.attached = this.target;
    this.session = `${context.id}.0`;
  }

  async invoke(operation: Operation): Promise<Answer> {
    const { clock, requests, options: chosen, timeoutMs } = this.context;
    const deadlineUs = clock.nowUs() + usFromMs(timeoutMs);
    const isRead = operation.f === 'read';
    const session = isRead ? undefined : { client: this.session, serial: this.serial };
    const body = session ? { operation, session } : { operation };
    let unknown: string | undefined;
    let error = 'timeout';
    let hinted = false;
    for (;;) {
      const leftMs = (deadlineUs - clock.nowUs()) / 1000;
      if (leftMs < 1) break;
      const node = isRead && chosen.reads === 'follower' ? this.attached : this.target;
      const patienceMs = Math.min(leftMs, Math.max(200, timeoutMs / 8));
      const reply = await requests.request(node, { method: 'POST', path: '/operation', body, timeoutMs: patienceMs });
      const attempt = attemptOf(reply);
      if (attempt.kind === 'done') {
        if (session) this.serial++;
        return { ...attempt.outcome, node };
      }
      error = attempt.error;
      if (attempt.kind === 'unknown') {
        unknown = attempt.error;
        if (!isRead && !chosen.retries) break;
      }
      const leader = attempt.kind === 'unsent' ? this.otherNode(attempt.leader, node) : undefined;
      this.goElsewhere(node, leader);
      // A hint is followed at once, but not a hint to a hint: two nodes may each take the other for leader.
      hinted = leader !== undefined && !hinted;
      if (!hinted) await this.pause(deadlineUs);
    }
    if (isRead) return { type: 'fail', error };
    // The serial's fate is open, or its session was: whatever comes next begins a new session.
    this.sessions++;
    this.session = `${this.context.id}.${this.sessions}`;
    this.serial = 1;
    return unknown === undefined ? { type: 'fail', error } : { type: 'info', error: unknown };
  }

  /** The node that a hint names, where it is one of the cluster's and not the one that gave the hint. */
  private otherNode(hint: NodeId | null, from: NodeId): NodeId | undefined {
    return hint !== null && hint !== from && this.context.nodes.includes(hint) ? hint : undefined;
  }

  private goElsewhere(from: NodeId, leader: NodeId | undefined): void {
    const { nodes } = this.context;
    const next = leader ?? nodes[(nodes.indexOf(from) + 1) % nodes.length] ?? from;
    if (from === this.target) this.target = next;
    if (from === this.attached && leader === undefined) this.attached = next;
  }

  private pause(deadlineUs: number): Promise<void> {
    const { clock, random } = this.context;
    const leftUs = deadlineUs - clock.nowUs();
    return sleep(clock, Math.max(0, Math.min(leftUs, random.int(usFromMs(10), usFromMs(50)))));
  }
}

function attemptOf(reply: Reply): Attempt {
  if (reply.kind === 'refused') return { kind: 'unsent', error: reply.error, leader: null };
  if (reply.kind === 'lost') return { kind: 'unknown', error: reply.error };
  if (reply.status === 421) return { kind: 'unsent', error: 'no-leader', leader: hintOf(reply.body) };
  const outcome = reply.status === 200 ? outcomeOf(reply.body) : undefined;
  if (outcome === undefined) return { kind: 'unknown', error: `http-${reply.status}` };
  if (outcome.type === 'info') return { kind: 'unknown', error: outcome.error };
  return { kind: 'done', outcome };
}

// Answers are read by hand: once an operation, a schema would cost more than the cluster's own work on it in the
// simulator.

function outcomeOf(body: unknown): Outcome | undefined {
  if (typeof body !== 'object' || body === null || !('type' in body)) return undefined;
  if (body.type === 'ok') return body as Outcome;
  const failed = body.type === 'fail' || body.type === 'info';
  return failed && 'error' in body && typeof body.error === 'string' ? (body as Outcome) : undefined;
}

/** Whom a redirect names; null where it names nobody. */
function hintOf(body: unknown): NodeId | null {
  const named = typeof body === 'object' && body !== null && 'leader' in body ? body.leader : null;
  return typeof named === 'string' ? named : null;
}
