import { BugSwitches } from '../../../../../src/consensus/bug-switches.js';
import { Authenticator, authenticRequest, type Statement } from '../../../../../src/consensus/pbft/authentication.js';
import { NO_BUGS } from '../../../../../src/consensus/pbft/bugs.js';
import { batchDigest } from '../../../../../src/consensus/pbft/digests.js';
import type {
  Checkpoint,
  Commit,
  PbftMessage,
  Prepare,
  Proposal,
  Request,
  ViewChange,
} from '../../../../../src/consensus/pbft/messages.js';
import { type AuthenticationMode, DEFAULT_PBFT_OPTIONS } from '../../../../../src/consensus/pbft/options.js';
import { Turncoat } from '../../../../../src/consensus/pbft/traitor/turncoat.js';
import type { ClientRequest, Effect, Input, Protocol } from '../../../../../src/consensus/protocol.js';
import type { Operation } from '../../../../../src/history/events.js';
import type { NodeId } from '../../../../../src/kernel/ids.js';
import { Random } from '../../../../../src/kernel/random.js';
import type { Behaviour } from '../../../../../src/ports/corruption.js';
import { TestKeyring } from '../keys.js';

export type PbftEffect = Effect<PbftMessage>;
export const NODES = ['n1', 'n2', 'n3', 'n4'] as const;

/** A correct replica of few words: it says what it is told to, and remembers what it heard. */
export class Scripted implements Protocol<PbftMessage> {
  readonly heard: Input<PbftMessage>[] = [];
  next: readonly PbftEffect[] = [];
  view = 0;

  start(): PbftEffect[] {
    return this.take();
  }

  step(input: Input<PbftMessage>): PbftEffect[] {
    this.heard.push(input);
    return this.take();
  }

  status() {
    return { up: true, term: this.view, metrics: {} };
  }

  private take(): PbftEffect[] {
    const said = [...this.next];
    this.next = [];
    return said;
  }
}

/** What the replicas and clients of a cluster say, all of it authentic. */
export class Cast {
  constructor(readonly mode: AuthenticationMode = 'signatures') {}

  authenticator(node: NodeId): Authenticator {
    return new Authenticator(new TestKeyring(node), NODES, this.mode, new BugSwitches(NO_BUGS));
  }

  request(client: string, timestamp = 1, operation: Operation = { f: 'append', key: 'x', value: timestamp }): Request {
    const unsigned = { type: 'Request', client, timestamp, operation, readOnly: false } as const;
    return authenticRequest(new TestKeyring(client), NODES, this.mode, unsigned);
  }

  proposal(replica: NodeId, sequence: number, requests: readonly Request[], view = 0): Proposal {
    const digest = batchDigest(new TestKeyring(replica), requests);
    const unsigned = { type: 'PrePrepare', view, sequence, digest, replica, requests } as const;
    return this.authenticator(replica).authenticate<Proposal>(unsigned);
  }

  prepare(replica: NodeId, sequence: number, digest: string, view = 0): Prepare {
    const unsigned = { type: 'Prepare', view, sequence, digest, replica } as const;
    return this.authenticator(replica).authenticate<Prepare>(unsigned);
  }

  commit(replica: NodeId, sequence: number, digest: string, view = 0): Commit {
    const unsigned = { type: 'Commit', view, sequence, digest, replica } as const;
    return this.authenticator(replica).authenticate<Commit>(unsigned);
  }

  checkpoint(replica: NodeId, sequence: number, digest: string): Checkpoint {
    return this.authenticator(replica).authenticate<Checkpoint>({ type: 'Checkpoint', sequence, digest, replica });
  }

  viewChange(replica: NodeId, view: number, prepared: ViewChange['prepared'] = []): ViewChange {
    const certificates = { stable: 0, proof: [], prepared, prePrepared: [] } as const;
    return this.authenticator(replica).sign<ViewChange>({ type: 'ViewChange', view, replica, ...certificates });
  }

  /** Whether `node` would take the statement for its author's. */
  isAuthenticTo(node: NodeId, message: PbftMessage): boolean {
    return 'replica' in message && this.authenticator(node).isAuthentic(message as Statement);
  }
}

/** A replica `n1`, turned where a behaviour is given, around a scripted one. */
export class Turned {
  readonly correct = new Scripted();
  readonly twin = new Scripted();
  readonly edge: Turncoat;

  constructor(
    readonly cast: Cast,
    behaviour?: Behaviour,
    against: readonly NodeId[] = ['n2'],
    seed = 1,
  ) {
    this.edge = new Turncoat(this.correct, {
      id: 'n1',
      nodes: NODES,
      keys: new TestKeyring('n1'),
      options: { ...DEFAULT_PBFT_OPTIONS, authentication: cast.mode },
      random: new Random(seed),
      createTwin: () => this.twin,
    });
    if (behaviour) this.edge.turn({ behaviour, against }, 0);
  }

  get misdeeds(): number {
    return this.edge.status().misdeeds ?? 0;
  }

  /** What becomes of what the correct replica wants. */
  says(...effects: PbftEffect[]): PbftEffect[] {
    this.correct.next = effects;
    return this.edge.step({ kind: 'timer', timer: 'of the correct replica' }, 0);
  }

  /** What becomes of a message that it sends to all others. */
  broadcasts(message: PbftMessage): PbftEffect[] {
    return this.says(...NODES.slice(1).map((to): PbftEffect => ({ kind: 'send', to, message })));
  }

  hears(from: NodeId, message: PbftMessage): PbftEffect[] {
    return this.edge.step({ kind: 'receive', from, message }, 0);
  }

  asked(id: number, request: Request): PbftEffect[] {
    return this.edge.step({ kind: 'request', id, request: clientRequest(request) }, 0);
  }
}

export function clientRequest({ client, timestamp, operation, readOnly, auth }: Request): ClientRequest {
  return {
    operation,
    session: { client, serial: timestamp },
    extra: { kind: 'request', readOnly, auth },
  };
}

/** The messages to `node` among them, at once or when durable. */
export function sentTo(node: NodeId, effects: readonly PbftEffect[]): PbftMessage[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'persist') return sentTo(node, effect.then);
    return effect.kind === 'send' && effect.to === node ? [effect.message] : [];
  });
}

export function sends(effects: readonly PbftEffect[]): Extract<PbftEffect, { kind: 'send' }>[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'persist') return sends(effect.then);
    return effect.kind === 'send' ? [effect] : [];
  });
}
