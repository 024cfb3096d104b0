import { hash32, mix32 } from '../../../kernel/hash.js';

/** 1 MiB of them; a digest sets two bits of one word. */
const WORDS = 1 << 18;
/** Characters of a digest that tell it apart: 48 bits of one, where they are in base 64. */
const TELLING = 8;

/** A set of digests in constant memory that may hold too many, never too few (a Bloom filter). */
export class DigestSet {
  private readonly words = new Int32Array(WORDS);

  add(digest: number): void {
    const word = digest >>> 14;
    this.words[word] = (this.words[word] as number) | bitsOf(digest);
  }

  has(digest: number): boolean {
    const bits = bitsOf(digest);
    return ((this.words[digest >>> 14] as number) & bits) === bits;
  }
}

function bitsOf(digest: number): number {
  return (1 << (digest & 31)) | (1 << ((digest >>> 5) & 31));
}

/** Of a vote: each number, and enough of the digest that is voted for. */
export function voteDigest(author: number, kind: number, view: number, sequence: number, digest: string): number {
  let hash = Math.imul(author + 31 * kind, 0x9e3779b1) + Math.imul(view, 0x85ebca77) + Math.imul(sequence, 0xc2b2ae3d);
  const length = Math.min(digest.length, TELLING);
  for (let index = 0; index < length; index++) hash = Math.imul(hash ^ digest.charCodeAt(index), 0x01000193);
  return mix32(hash + Math.imul(digest.length, 0x27d4eb2f));
}

/** Of any other statement, by what is compared of it. */
export function statementDigest(author: number, type: string, content: unknown): number {
  return hash32(JSON.stringify([author, type, content]));
}
