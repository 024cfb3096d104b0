import {
  type Answer,
  type Client,
  type ClientContext,
  type Identities,
  type Keyring,
  type NodeId,
  type Operation,
  type Reply,
  usFromMs,
} from 'assay/plugin';
import {
  authenticRequest,
  type Bugs,
  type ClientExtra,
  type PbftOptions,
  quorumsOf,
} from '../../consensus/pbft/index.js';
import { type Vouched, Vouchers } from './vouchers.js';

export interface PbftClientOptions extends Pick<PbftOptions, 'authentication'> {
  readonly reads: 'ordered' | 'read-only';
  /** How long it waits for an answer before it turns to all replicas. */
  readonly retryMs: number;
}

/** Known bugs as switches. That they took effect is counted nowhere: clients have no status. */
type ClientBugs = Pick<Bugs, 'clientAcceptsFirstReply' | 'clientReadsWithWeakQuorum'>;

/** One name, under which timestamps grow. */
interface Session {
  readonly keys: Keyring;
  /** Of the latest request. */
  timestamp: number;
}

/** A request as it is sent, and what makes its outcome believed. */
interface Sent {
  readonly body: { readonly operation: Operation; readonly session: { client: string; serial: number } };
  readonly request: ClientExtra;
  readonly timestamp: number;
  readonly needed: number;
  /** Who is sent the request itself at first; the others are only asked for the reply. */
  readonly first: readonly NodeId[];
  /** Gives up, rather than ask again. */
  readonly once: boolean;
  readonly deadlineUs: number;
}

/** What became of a request: believed, or not, and then whether it surely never arrived anywhere. */
type Fate = Vouched | { readonly arrived: boolean };

const AWAIT: ClientExtra = { kind: 'await' };

/**
 * A client of PBFT (§4.1). It sends its request to the replica that it takes for the primary, asks all others for the
 * reply, and believes what f+1 of them vouch for: one of those is correct. When no answer comes it sends the request to
 * all, who relay it to the primary and watch it. A read may instead be answered at once by a quorum that agrees
 * (§5.1.3), and is ordered like an update when none does; then updates, too, wait for a quorum that has executed them.
 */
export class PbftClient implements Client {
  private readonly identities: Identities;
  private sessions = 0;
  private session: Session;
  /** Apart, for what is not ordered must leave no gap among the timestamps of what is. */
  private readonly unordered: Session;
  private view = 0;

  constructor(
    private readonly context: ClientContext<PbftClientOptions> & { readonly identities: Identities },
    private readonly bugs: ClientBugs,
  ) {
    this.identities = context.identities;
    this.session = this.newSession();
    this.unordered = { keys: this.identities.create(`${context.id}.reads`), timestamp: 0 };
  }

  async invoke(operation: Operation): Promise<Answer> {
    const { clock, nodes, timeoutMs, options } = this.context;
    const deadlineUs = clock.nowUs() + usFromMs(timeoutMs);
    const isRead = operation.f === 'read';
    const { quorum, weak } = quorumsOf(nodes.length);
    if (isRead && options.reads === 'read-only') {
      const fate = await this.send(this.unordered, operation, {
        readOnly: true,
        needed: this.bugs.clientReadsWithWeakQuorum ? weak : quorum,
        first: nodes,
        deadlineUs,
      });
      if ('outcome' in fate) return fate.outcome;
    }
    const primary = nodes[this.view % nodes.length] as NodeId;
    // A read that a quorum answers at once must meet who executed this, in a correct replica.
    const needed = options.reads === 'read-only' ? quorum : weak;
    const fate = await this.send(this.session, operation, {
      readOnly: false,
      needed: this.bugs.clientAcceptsFirstReply ? 1 : needed,
      first: [primary],
      deadlineUs,
    });
    if ('outcome' in fate) {
      this.view = Math.max(this.view, fate.view);
      return fate.outcome;
    }
    // The request's fate is open: whatever comes next must not be taken for what came after it.
    this.session = this.newSession();
    return isRead || !fate.arrived
      ? { type: 'fail', error: fate.arrived ? 'timeout' : 'no replica could be reached' }
      : { type: 'info', error: 'timeout' };
  }

  private newSession(): Session {
    this.sessions++;
    return { keys: this.identities.create(`${this.context.id}.${this.sessions}`), timestamp: 0 };
  }

  private send(
    session: Session,
    operation: Operation,
    how: { readOnly: boolean; needed: number; first: readonly NodeId[]; deadlineUs: number },
  ): Promise<Fate> {
    const { nodes, options } = this.context;
    const { keys } = session;
    const client = keys.owner;
    const timestamp = ++session.timestamp;
    const { readOnly } = how;
    const unsigned = { type: 'Request', client, timestamp, operation, readOnly } as const;
    const { auth } = authenticRequest(keys, nodes, options.authentication, unsigned);
    const sent: Sent = {
      ...how,
      body: { operation, session: { client, serial: timestamp } },
      request: { kind: 'request', readOnly, auth },
      timestamp,
      once: readOnly,
    };
    return new Promise((resolve) => new Exchange(this.context, keys, sent, resolve).begin());
  }
}

/** The exchanges about one request, until it is decided or its time is up. */
class Exchange {
  private readonly vouchers: Vouchers;
  /** Replicas that have the request itself in an exchange that is open. */
  private readonly holders = new Set<NodeId>();
  private open = 0;
  /** Whether some replica may have received it. */
  private arrived = false;
  private timer: unknown;
  /** Whether all were turned to because nobody held the request any more. */
  private turned = false;
  private isOver = false;

  constructor(
    private readonly context: ClientContext<PbftClientOptions>,
    keys: Keyring,
    private readonly sent: Sent,
    private readonly end: (fate: Fate) => void,
  ) {
    this.vouchers = new Vouchers(keys, sent.timestamp, sent.needed);
  }

  begin(): void {
    const { nodes } = this.context;
    const { first, request } = this.sent;
    for (const node of nodes) this.ask(node, first.includes(node) ? request : AWAIT);
    this.awaken();
  }

  private awaken(): void {
    const { clock, options } = this.context;
    const leftUs = this.sent.deadlineUs - clock.nowUs();
    this.timer = clock.setTimer(Math.max(0, Math.min(leftUs, usFromMs(options.retryMs))), () => this.lookAgain());
  }

  /** No answer for a while: every replica is given the request, unless it holds it or has answered. */
  private lookAgain(): void {
    const { clock, nodes } = this.context;
    const isLate = this.sent.deadlineUs - clock.nowUs() < 1000;
    if (isLate || this.sent.once) {
      this.finish({ arrived: this.arrived || this.holders.size > 0 });
      return;
    }
    for (const node of nodes) {
      if (!this.holders.has(node) && !this.vouchers.has(node)) this.ask(node, this.sent.request);
    }
    this.awaken();
  }

  private ask(node: NodeId, extra: ClientExtra): void {
    const { clock, requests, timeoutMs } = this.context;
    const { body, deadlineUs } = this.sent;
    const isRequest = extra !== AWAIT;
    if (isRequest) this.holders.add(node);
    this.open++;
    const leftMs = Math.floor((deadlineUs - clock.nowUs()) / 1000);
    // A silent replica must not collect exchanges that nobody waits for any more.
    const patienceMs = Math.max(1, Math.min(leftMs, Math.max(200, timeoutMs / 4)));
    requests
      .request(node, { method: 'POST', path: '/operation', body: { ...body, extra }, timeoutMs: patienceMs })
      .then((reply) => this.hear(node, reply, isRequest));
  }

  private hear(node: NodeId, reply: Reply, isRequest: boolean): void {
    if (this.isOver) return;
    this.open--;
    if (isRequest) {
      this.holders.delete(node);
      this.arrived ||= reply.kind !== 'refused';
    }
    const vouched = this.vouchers.add(node, reply);
    if (vouched !== undefined) this.finish(vouched);
    else if (this.sent.once) {
      if (!this.vouchers.mayAgree(this.open)) this.finish({ arrived: this.arrived });
    } else if (isRequest && !this.turned && this.holders.size === 0 && !this.vouchers.has(node)) {
      // The primary is down, or says nothing that counts: no need to wait for the others' silence.
      this.turned = true;
      this.context.clock.clearTimer(this.timer);
      this.lookAgain();
    }
  }

  private finish(fate: Fate): void {
    this.isOver = true;
    this.context.clock.clearTimer(this.timer);
    this.end(fate);
  }
}
