import type { Outcome } from '../../history/events.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Keyring, Principal } from '../../ports/keys.js';
import type { BugSwitches } from '../bug-switches.js';
import type { BugName } from './bugs.js';
import type { Authentication, Digest, PbftMessage, PrePrepare, Proposal, Request } from './messages.js';
import type { AuthenticationMode } from './options.js';

/** What a replica states: all messages but those that prove themselves. */
export type Statement = Exclude<Extract<PbftMessage, { readonly replica: NodeId }>, Proposal> | PrePrepare;
/** Before it is authenticated. */
export type Unsigned<S extends { readonly auth: Authentication }> = S extends unknown ? Omit<S, 'auth'> : never;

/** Of the null request, which does nothing (§4.4): no text has this digest. */
export const NULL_DIGEST: Digest = 'null';

/** What a client authenticates. */
export function requestText({ client, timestamp, operation, readOnly }: Unsigned<Request>): string {
  const { f, key, value } = operation;
  return `Request\n${client}\n${timestamp}\n${readOnly ? 'read-only' : 'ordered'}\n${JSON.stringify([f, key, value])}`;
}

/** What a replica authenticates when it answers: that this result is of that request. */
export function replyText(request: { client: string; timestamp: number }, view: number, result: string): string {
  return `Reply\n${request.client}\n${request.timestamp}\n${view}\n${result}`;
}

/** The text of the batch whose digest is voted on. */
export function batchText(requests: readonly Digest[]): string {
  return `Batch\n${requests.join('\n')}`;
}

/** What a replica authenticates: the type and every field, so that nothing said can be taken for something else. */
export function statementText(message: Unsigned<Statement>): string {
  switch (message.type) {
    case 'PrePrepare':
    case 'Prepare':
    case 'Commit': {
      const { type, view, sequence, digest, replica } = message;
      return `${type}\n${view}\n${sequence}\n${digest}\n${replica}`;
    }
    case 'Checkpoint':
    case 'Decided':
      return `${message.type}\n${message.sequence}\n${message.digest}\n${message.replica}`;
    case 'ViewChange': {
      const { view, stable, proof, prepared, prePrepared, replica } = message;
      return `ViewChange\n${JSON.stringify([view, stable, proof, prepared, prePrepared, replica])}`;
    }
    case 'NewView': {
      const { view, viewChanges, prePrepares, replica } = message;
      return `NewView\n${JSON.stringify([view, viewChanges, prePrepares, replica])}`;
    }
    case 'Status': {
      const { view, active, stable, executed, missing, replica } = message;
      return `Status\n${view}\n${active}\n${stable}\n${executed}\n${missing.join(' ')}\n${replica}`;
    }
    case 'FetchBatch':
      return `FetchBatch\n${message.digest}\n${message.replica}`;
    case 'FetchState':
      return `FetchState\n${message.sequence}\n${message.offset}\n${message.replica}`;
  }
}

/** How each type is authenticated; `mode` says it for the normal case. */
const KINDS: Readonly<Record<Statement['type'], 'mode' | 'signature' | 'macs'>> = {
  PrePrepare: 'mode',
  Prepare: 'mode',
  // No proof has commits in it: who counts them must be convinced, and nobody else.
  Commit: 'macs',
  Checkpoint: 'signature',
  ViewChange: 'signature',
  NewView: 'signature',
  Status: 'macs',
  // Who is told counts it, and passes it on to nobody.
  Decided: 'macs',
  FetchBatch: 'macs',
  FetchState: 'macs',
};

/** Makes statements authentic and tells those that are. */
export class Authenticator {
  private readonly peers: readonly NodeId[];

  constructor(
    private readonly keys: Keyring,
    nodes: readonly NodeId[],
    private readonly mode: AuthenticationMode,
    private readonly bugs: BugSwitches<BugName>,
  ) {
    this.peers = nodes.filter((node) => node !== keys.owner);
  }

  /** The statement with what proves it to everybody, or to each of the peers. */
  authenticate<S extends Statement>(unsigned: Unsigned<S>): S {
    const statement = unsigned as Unsigned<Statement>;
    const text = this.textOf(statement);
    const auth = this.needsSignature(statement.type) ? { signature: this.keys.sign(text) } : { macs: this.macs(text) };
    return { ...unsigned, auth } as unknown as S;
  }

  /** The same by a signature, whatever the mode: for what goes into a proof. */
  sign<S extends Statement>(unsigned: Unsigned<S>): S {
    const signature = this.keys.sign(this.textOf(unsigned as Unsigned<Statement>));
    return { ...unsigned, auth: { signature } } as unknown as S;
  }

  /** Whether `message.replica` said it, in the way that its type asks for, or by a signature, which is more. */
  isAuthentic(message: Statement): boolean {
    if ('signature' in message.auth) return this.isSigned(message);
    return !this.needsSignature(message.type) && this.hasMac(message.replica, this.textOf(message), message.auth);
  }

  /** Whether `message.replica` said it so that everybody can see. */
  isSigned(message: Statement): boolean {
    const { auth, replica } = message;
    return 'signature' in auth && this.keys.verify(replica, this.textOf(message), auth.signature);
  }

  /**
   * Whether its client made it, as far as this replica can tell. Replicas are no clients: what one asks in its own
   * name is authentic, but nobody's operation.
   */
  isAuthenticRequest(request: Request): boolean {
    const { auth, client } = request;
    if (client === this.keys.owner || this.peers.includes(client)) return false;
    if ('signature' in auth) return this.keys.verify(client, requestText(request), auth.signature);
    return this.mode === 'macs' && this.hasMac(client, requestText(request), auth);
  }

  /** Whether `sender` said it, whoever it names: only a bug asks. */
  isAuthenticFrom(sender: NodeId, message: Statement): boolean {
    const { auth } = message;
    const text = this.textOf(message);
    return 'signature' in auth ? this.keys.verify(sender, text, auth.signature) : this.hasMac(sender, text, auth);
  }

  /** For the client alone: that this replica got this outcome for its request. */
  replyMac(
    request: { readonly client: Principal; readonly timestamp: number },
    view: number,
    outcome: Outcome,
  ): string {
    return this.keys.mac(request.client, replyText(request, view, JSON.stringify(outcome)));
  }

  private textOf(message: Unsigned<Statement>): string {
    const text = statementText(message);
    return this.bugs.on.signsNoType && this.isVote(message.type) ? text.slice(text.indexOf('\n')) : text;
  }

  private isVote(type: Statement['type']): boolean {
    return type === 'Prepare' || type === 'Commit';
  }

  private needsSignature(type: Statement['type']): boolean {
    const kind = KINDS[type];
    return kind === 'signature' || (kind === 'mode' && this.mode === 'signatures');
  }

  private macs(text: string): Record<NodeId, string> {
    const macs: Record<NodeId, string> = {};
    for (const peer of this.peers) macs[peer] = this.keys.mac(peer, text);
    return macs;
  }

  private hasMac(author: string, text: string, { macs }: { readonly macs: Readonly<Record<NodeId, string>> }): boolean {
    const own = Object.hasOwn(macs, this.keys.owner) ? macs[this.keys.owner] : undefined;
    return own !== undefined && this.keys.verifyMac(author, text, own);
  }
}

/** A client's request, authentic to every replica. */
export function authenticRequest(
  keys: Keyring,
  nodes: readonly NodeId[],
  mode: AuthenticationMode,
  unsigned: Unsigned<Request>,
): Request {
  const text = requestText(unsigned);
  if (mode === 'signatures') return { ...unsigned, auth: { signature: keys.sign(text) } };
  return { ...unsigned, auth: { macs: Object.fromEntries(nodes.map((node) => [node, keys.mac(node, text)])) } };
}
