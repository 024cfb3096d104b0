import { hash } from 'node:crypto';

const KEY_BYTES = 32;
const DIGEST_CHARACTERS = 43;
/** 132 bits. */
const TAG_CHARACTERS = 22;
/** A power of two. */
const SLOTS = 16;

/**
 * A key for message authentication codes from one principal to one other. The code of a digest d is SHA-256(k ‖ d),
 * cut: all inputs have one length, and on such the hash with a secret first is a pseudorandom function (Bellare,
 * Canetti, Krawczyk, FOCS '96: the cascade), where HMAC would take a second hash to bear inputs of any length.
 * The last few codes are kept, for who verifies in the same process, and for what is sent again.
 */
export class MacKey {
  private readonly input = Buffer.alloc(KEY_BYTES + DIGEST_CHARACTERS);
  private readonly digests: string[] = new Array<string>(SLOTS).fill('');
  private readonly tags: string[] = new Array<string>(SLOTS).fill('');

  /** `key` is a SHA-256 in base64url. */
  constructor(key: string) {
    this.input.write(key, 0, KEY_BYTES, 'base64url');
  }

  /** `digest` is a SHA-256 in base64url; the code is 22 base64url characters. */
  tag(digest: string): string {
    const slot = digest.charCodeAt(0) & (SLOTS - 1);
    if (this.digests[slot] === digest) return this.tags[slot] as string;
    this.input.write(digest, KEY_BYTES, 'latin1');
    const tag = hash('sha256', this.input, 'base64url').slice(0, TAG_CHARACTERS);
    this.digests[slot] = digest;
    this.tags[slot] = tag;
    return tag;
  }
}
