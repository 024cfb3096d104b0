import type { KeyObject } from 'node:crypto';
import { invariant } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Keyring, Principal } from '../../ports/keys.js';
import { type KeyPair, keyPairOf, publicKeyOf, signText, verifyText } from './ed25519.js';
import { MacKey } from './mac-key.js';
import { BoundedMap, KeyMemory } from './memory.js';
import { sha256 } from './sha256.js';

/** What one node is given of a run's keys, as JSON: each is 32 bytes in base64url. */
export interface NodeKeys {
  /** Its private key (RFC 8032 §5.1.5). */
  readonly signingSeed: string;
  /** Of all nodes. */
  readonly publicKeys: Readonly<Record<NodeId, string>>;
  /** What it shares with each other node, and nobody else has. */
  readonly peerSecrets: Readonly<Record<NodeId, string>>;
  /** What it shares with each client comes from this: see {@link clientSecretOf}. */
  readonly clientSecret: string;
}

/** What a node and a client share. The node works it out; the client is given it. */
export function clientSecretOf(clientSecret: string, client: Principal): string {
  return sha256(`client\n${clientSecret}\n${client}`);
}

/** A client's name: it holds the public key, so that whoever knows the name can verify its signatures. */
export function clientName(label: string, publicKey: string): Principal {
  return `${label}.${publicKey}`;
}

/** The keyring of a node; those of one process may share a memory. */
export function nodeKeyring(owner: NodeId, keys: NodeKeys, memory = new KeyMemory()): Keyring {
  const secrets = new Map(Object.entries(keys.peerSecrets));
  const publicKeys = new Map(Object.entries(keys.publicKeys));
  const secretWith = (other: Principal) => secrets.get(other) ?? clientSecretOf(keys.clientSecret, other);
  return new OwnKeyring({ owner, pair: keyPairOf(keys.signingSeed), publicKeys, secretWith }, memory);
}

/** The keyring of a client: `secrets` is what it shares with each node. */
export function clientKeyring(
  owner: Principal,
  pair: KeyPair,
  nodes: { readonly publicKeys: ReadonlyMap<NodeId, string>; readonly secrets: ReadonlyMap<NodeId, string> },
  memory: KeyMemory,
): Keyring {
  const secretWith = (other: Principal) => nodes.secrets.get(other);
  return new OwnKeyring({ owner, pair, publicKeys: nodes.publicKeys, secretWith }, memory);
}

interface OwnKeys {
  readonly owner: Principal;
  readonly pair: KeyPair;
  readonly publicKeys: ReadonlyMap<NodeId, string>;
  /** Undefined for one with whom it shares nothing. */
  readonly secretWith: (other: Principal) => string | undefined;
}

/** One key for each direction, so that nobody can be given its own words back. */
interface Channel {
  readonly outgoing: MacKey;
  readonly incoming: MacKey;
}

/** Ed25519 (RFC 8032), SHA-256, and the codes of {@link MacKey}, by Node's crypto module. */
class OwnKeyring implements Keyring {
  readonly owner: Principal;
  private readonly channels = new BoundedMap<Channel>();

  constructor(
    private readonly own: OwnKeys,
    private readonly memory: KeyMemory,
  ) {
    this.owner = own.owner;
  }

  sign(text: string): string {
    const { privateKey, publicKey } = this.own.pair;
    const signature = signText(privateKey, text);
    this.memory.judge(publicKey, text, signature, true);
    return signature;
  }

  verify(signer: Principal, text: string, signature: string): boolean {
    // Both come from the network.
    if (typeof signer !== 'string' || typeof signature !== 'string') return false;
    const publicKey = this.own.publicKeys.get(signer) ?? signer.slice(signer.lastIndexOf('.') + 1);
    const known = this.memory.judgement(publicKey, text, signature);
    if (known !== undefined) return known;
    const key = this.keyObject(publicKey);
    const isGenuine = key !== undefined && verifyText(key, text, signature);
    this.memory.judge(publicKey, text, signature, isGenuine);
    return isGenuine;
  }

  mac(reader: Principal, text: string): string {
    const channel = this.channelWith(reader);
    invariant(channel, () => `${this.owner} shares no secret with ${reader}`);
    return channel.outgoing.tag(this.digest(text));
  }

  verifyMac(author: Principal, text: string, mac: string): boolean {
    const channel = typeof author === 'string' ? this.channelWith(author) : undefined;
    return channel !== undefined && channel.incoming.tag(this.digest(text)) === mac;
  }

  digest(text: string): string {
    return this.memory.digest(text);
  }

  private keyObject(publicKey: string): KeyObject | undefined {
    const known = this.memory.publicKeys.get(publicKey);
    if (known !== undefined) return known;
    const key = publicKeyOf(publicKey);
    if (key !== undefined) this.memory.publicKeys.set(publicKey, key);
    return key;
  }

  private channelWith(other: Principal): Channel | undefined {
    const known = this.channels.get(other);
    if (known !== undefined) return known;
    const secret = this.own.secretWith(other);
    if (secret === undefined) return undefined;
    const channel = { outgoing: this.macKey(secret, this.owner), incoming: this.macKey(secret, other) };
    this.channels.set(other, channel);
    return channel;
  }

  /** For what `author` says to whom it shares the secret with. */
  private macKey(secret: string, author: Principal): MacKey {
    const key = sha256(`mac\n${secret}\n${author}`);
    const known = this.memory.macKeys.get(key);
    if (known !== undefined) return known;
    const made = new MacKey(key);
    this.memory.macKeys.set(key, made);
    return made;
  }
}
