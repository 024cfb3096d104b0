import type { Outcome } from '../../../history/events.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Random } from '../../../kernel/random.js';
import type { Micros } from '../../../kernel/units.js';
import type { Keyring } from '../../../ports/keys.js';
import { BugSwitches } from '../../bug-switches.js';
import type { ClientRequest, ClientResponse, Effect, Protocol } from '../../protocol.js';
import { Authenticator, replyText, type Statement, type Unsigned } from '../authentication.js';
import { clientExtra } from '../batches.js';
import type { Digest, PbftMessage, Request, Voucher } from '../messages.js';
import type { PbftOptions } from '../options.js';
import { type Limits, wellFormed } from '../well-formed.js';
import type { Effects } from './deceit.js';

/** The replica that may turn. */
export interface TraitorContext {
  readonly id: NodeId;
  readonly nodes: readonly NodeId[];
  readonly keys: Keyring;
  readonly options: PbftOptions;
  readonly random: Random;
  /** A second correct replica of the same name and with the same keys, that has not started. */
  readonly createTwin: () => Protocol<PbftMessage>;
}

/** Timers of this prefix are the traitor's own: the correct replica inside does not hear of them. */
const OWN_TIMERS = 'traitor-';

/** What a traitor has to lie with: the keys of its own replica and nobody else's, and a count of what it did. */
export class Means {
  /** How often it did what a correct replica would not have done. */
  misdeeds = 0;
  readonly id: NodeId;
  readonly peers: readonly NodeId[];
  readonly keys: Keyring;
  readonly options: PbftOptions;
  readonly authenticator: Authenticator;
  /** What a message may be, at most. */
  readonly limits: Limits;
  private readonly against: ReadonlySet<NodeId>;

  constructor(
    readonly context: TraitorContext,
    against: readonly NodeId[],
    readonly random: Random,
    /** The view that the correct replica inside is in. */
    readonly view: () => number,
  ) {
    this.id = context.id;
    this.keys = context.keys;
    this.options = context.options;
    this.peers = context.nodes.filter((node) => node !== context.id);
    this.authenticator = new Authenticator(
      context.keys,
      context.nodes,
      context.options.authentication,
      new BugSwitches(context.options.bugs),
    );
    const { logWindow, batchRequests } = context.options;
    this.limits = { nodes: new Set(context.nodes), logWindow, batchRequests };
    this.against = new Set(against);
  }

  /** Whether `node` is told the other story. */
  isAgainst(node: NodeId): boolean {
    return this.against.has(node);
  }

  /** Something that a correct replica would not have sent. */
  lie(to: NodeId, message: PbftMessage): Effect<PbftMessage> {
    this.misdeeds++;
    return { kind: 'send', to, message };
  }

  /** Nothing, where a correct replica would have said something. */
  withhold(): Effects {
    this.misdeeds++;
    return [];
  }

  /** The same statement but for `changes`, in this replica's own name and authentic. */
  restate<S extends Statement>(statement: S, changes: Partial<Unsigned<S>>): S {
    return this.authenticator.authenticate<S>({ ...statement, ...changes } as unknown as Unsigned<S>);
  }

  /** A digest that nothing has; the same for equal texts. */
  digestOfNothing(like: string): Digest {
    return this.keys.digest(`nobody proposed this\n${like}`);
  }

  /** This replica's word to a client that `outcome` is what became of its request. */
  vouch(asked: ClientRequest, outcome: Outcome, view: number): ClientResponse {
    const { client, serial: timestamp } = asked.session ?? { client: '', serial: 0 };
    const mac = this.keys.mac(client, replyText({ client, timestamp }, view, JSON.stringify(outcome)));
    const voucher: Voucher = { replica: this.id, view, mac };
    return { type: 'vouched', outcome, voucher };
  }

  /** Wakes the deceit's `timer` by this name. */
  timer(name: string, afterUs: Micros): Effect<PbftMessage> {
    return { kind: 'set-timer', timer: OWN_TIMERS + name, afterUs };
  }

  clearTimer(name: string): Effect<PbftMessage> {
    return { kind: 'clear-timer', timer: OWN_TIMERS + name };
  }
}

/** The name that the traitor gave a timer; undefined for one of the correct replica's. */
export function ownTimer(timer: string): string | undefined {
  return timer.startsWith(OWN_TIMERS) ? timer.slice(OWN_TIMERS.length) : undefined;
}

/** The request that a client gives a replica; undefined where it asks for something else, or gives what is none. */
export function requestOf({ operation, session, extra: unparsed }: ClientRequest, limits: Limits): Request | undefined {
  const extra = clientExtra(unparsed);
  if (session === undefined || extra?.kind !== 'request') return undefined;
  const { readOnly, auth } = extra;
  const { client, serial: timestamp } = session;
  const request: Request = { type: 'Request', client, timestamp, operation, readOnly, auth };
  return wellFormed(request, limits) === undefined ? undefined : request;
}
