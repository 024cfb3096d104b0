import type { KeyObject } from 'node:crypto';
import type { MacKey } from './mac-key.js';
import { sha256 } from './sha256.js';

/** A power of two. */
const DEFAULT_SLOTS = 1 << 14;

/** Longer texts are remembered by their digest. */
const LONG_CHARACTERS = 1000;

/** Of rarely made things, which are all forgotten when there are so many. */
const MANY = 4096;

/** A map that begins anew when it is full: for what is made seldom and used often. */
export class BoundedMap<Value> extends Map<string, Value> {
  override set(key: string, value: Value): this {
    if (this.size >= MANY) this.clear();
    return super.set(key, value);
  }
}

/** A text that a signature was held against, and whether it was that signer's of that text. */
interface Judged {
  readonly signature: string;
  readonly publicKey: string;
  readonly length: number;
  /** The text, or its digest where it is long. */
  readonly text: string;
  readonly isGenuine: boolean;
}

/**
 * What keyrings worked out, so that they need not do so again. All of it is a function of what it is asked for by, keys
 * included: keyrings of one process may share one memory, and their answers are the same as if they did not. In the
 * simulator that makes verifying a look-up, for whoever signed did so with a keyring that shares it. Each thing has one
 * place, where it stays until another thing with that place comes.
 */
export class KeyMemory {
  /** By the text that names them. */
  readonly publicKeys = new BoundedMap<KeyObject>();
  /** By secret and author. */
  readonly macKeys = new BoundedMap<MacKey>();
  private readonly judged: (Judged | undefined)[];
  private readonly digests: ({ readonly text: string; readonly digest: string } | undefined)[];

  /** `slots` is a power of two. */
  constructor(private readonly slots = DEFAULT_SLOTS) {
    this.judged = new Array<undefined>(slots).fill(undefined);
    this.digests = new Array<undefined>(slots).fill(undefined);
  }

  /** SHA-256 of a text. */
  digest(text: string): string {
    if (text.length > LONG_CHARACTERS) return sha256(text);
    const place = this.placeOf(text);
    const known = this.digests[place];
    if (known !== undefined && known.text === text) return known.digest;
    const digest = sha256(text);
    this.digests[place] = { text, digest };
    return digest;
  }

  /** Whether the signature is that signer's of that text, where that was judged already. */
  judgement(publicKey: string, text: string, signature: string): boolean | undefined {
    const known = this.judged[this.placeOf(signature)];
    const isKnown =
      known !== undefined &&
      known.signature === signature &&
      known.publicKey === publicKey &&
      known.length === text.length &&
      known.text === shortened(text);
    return isKnown ? known.isGenuine : undefined;
  }

  /** A signature just made is genuine: Ed25519 verifies whatever was signed. */
  judge(publicKey: string, text: string, signature: string, isGenuine: boolean): void {
    const place = this.placeOf(signature);
    // What the genuine signature is shown with besides must not drive it out, or one liar would make all others work.
    if (!isGenuine && this.judged[place]?.signature === signature) return;
    this.judged[place] = { signature, publicKey, length: text.length, text: shortened(text), isGenuine };
  }

  /** By a few of its characters. */
  private placeOf(text: string): number {
    const { length } = text;
    let hash = length;
    const step = (length >>> 4) + 1;
    for (let index = length - 1; index >= 0; index -= step) hash = Math.imul(hash, 31) + text.charCodeAt(index);
    return (hash ^ (hash >>> 14)) & (this.slots - 1);
  }
}

function shortened(text: string): string {
  return text.length > LONG_CHARACTERS ? sha256(text) : text;
}
