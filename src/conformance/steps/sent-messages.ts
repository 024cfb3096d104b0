import { mix32 } from '../../kernel/hash.js';
import type { Micros } from '../../kernel/units.js';
import type { TracedMessage } from './message.js';

/** 1 MiB of them; a digest sets two bits of one word. */
const WORDS = 1 << 18;

/** Receipts that wait for their sends, at most: a container's trace is read when another's is not. */
const WAITING = 1 << 17;

/** Odd numbers without a pattern: the primes of xxHash, and those of MurmurHash3's finalizers. */
const M1 = 0x9e3779b1;
const M2 = 0x85ebca77;
const M3 = 0xc2b2ae3d;
const M4 = 0x27d4eb2f;
const M5 = 0x165667b1;
const M6 = 0x85ebca6b;
const M7 = 0xc2b2ae35;
const M8 = 0xcc9e2d51;
const M9 = 0x1b873593;

/** Of a receipt whose message was not seen to be sent. */
export interface Unsent {
  readonly digest: number;
  /** By place in the cluster. */
  readonly from: number;
  readonly to: number;
  /** Of the receiver. */
  readonly eventNumber: number;
  readonly timeUs: Micros;
  readonly message: TracedMessage;
}

/**
 * Which messages were sent, in constant memory: a set of digests that may hold too many, never too few (a Bloom filter).
 * So a message that was sent is never taken for made up; {@link chanceUnnoticed} says how likely one that was made up
 * is missed. The network may duplicate, so how often a message was sent or received does not matter.
 */
export class SentMessages {
  private readonly words = new Int32Array(WORDS);
  private waiting: Unsent[] = [];
  /** Receipts that were given up waiting for. */
  dropped = 0;

  send(from: number, to: number, message: TracedMessage): void {
    const digest = digestOf(from, to, message);
    const word = digest >>> 14;
    this.words[word] = (this.words[word] as number) | bitsOf(digest);
  }

  receive(from: number, to: number, message: TracedMessage, eventNumber: number, timeUs: Micros): void {
    const digest = digestOf(from, to, message);
    if (this.has(digest)) return;
    if (this.waiting.length === WAITING) {
      this.waiting = this.unsent();
      if (this.waiting.length > WAITING / 2) {
        this.dropped += this.waiting.length - WAITING / 2;
        this.waiting = this.waiting.slice(-WAITING / 2);
      }
    }
    this.waiting.push({ digest, from, to, eventNumber, timeUs, message });
  }

  /** The receipts whose messages were not sent so far. */
  unsent(): Unsent[] {
    return this.waiting.filter(({ digest }) => !this.has(digest));
  }

  /** That a message that was not sent is taken for one that was. */
  get chanceUnnoticed(): number {
    let chances = 0;
    // By index: an iterator makes an object for each of the many words.
    for (let place = 0; place < WORDS; place++) {
      const word = this.words[place] as number;
      if (word !== 0) chances += (ones(word) / 32) ** 2;
    }
    return chances / WORDS;
  }

  private has(digest: number): boolean {
    const bits = bitsOf(digest);
    return ((this.words[digest >>> 14] as number) & bits) === bits;
  }
}

/** By the part of a digest that does not choose the word. */
function bitsOf(digest: number): number {
  return (1 << (digest & 31)) | (1 << ((digest >>> 5) & 31));
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * Two unequal messages have equal digests once in four billion. A sum of products by odd numbers, one for each field, is
 * as good for that as a chain of multiplications, and takes a third of the time: they need not wait for each other.
 */
function digestOf(from: number, to: number, message: TracedMessage): number {
  const { type, term } = message;
  const digest = Math.imul(from * 1024 + to, M1) + Math.imul(term, M2) + Math.imul(type.length, M3);
  switch (message.type) {
    case 'AppendEntries': {
      const { prevLogIndex, prevLogTerm, leaderCommit, entries } = message;
      let sum = digest + Math.imul(prevLogIndex, M4) + Math.imul(prevLogTerm, M5) + Math.imul(leaderCommit, M6);
      // Their order counts.
      for (const entry of entries) sum = Math.imul(sum, M9) + Math.imul(entry.term, M4) + long(entry.digest, M7);
      return stamped(sum, message);
    }
    case 'AppendEntriesResponse':
      return stamped(
        message.success
          ? digest + Math.imul(message.matchIndex, M4)
          : digest +
              Math.imul(message.prevLogIndex, M5) +
              Math.imul(message.conflictTerm, M6) +
              Math.imul(message.conflictIndex, M9) +
              M4,
        message,
      );
    case 'RequestVote':
      return mix32(
        digest +
          Math.imul(message.preVote ? 1 : 0, M4) +
          Math.imul(message.lastLogIndex, M5) +
          Math.imul(message.lastLogTerm, M6),
      );
    case 'RequestVoteResponse':
      return mix32(digest + Math.imul((message.preVote ? 2 : 0) + (message.granted ? 1 : 0), M4));
    case 'InstallSnapshot':
      // Not the data: a trace that went through a file has only its length, and both ends are of the same trace.
      return stamped(
        digest +
          Math.imul(message.lastIncludedIndex, M4) +
          Math.imul(message.lastIncludedTerm, M5) +
          Math.imul(message.offset, M6) +
          Math.imul(message.data.length, M9) +
          (message.done ? 1 : 0),
        message,
      );
    case 'InstallSnapshotResponse':
      return stamped(
        digest +
          Math.imul(message.lastIncludedIndex, M4) +
          Math.imul(message.nextOffset, M5) +
          Math.imul(message.installed ? 1 : 0, M6),
        message,
      );
  }
}

function stamped(sum: number, { round, sentAtUs }: { readonly round: number; readonly sentAtUs: Micros }): number {
  return mix32(sum + Math.imul(round, M8) + long(sentAtUs, M7));
}

/** Of a whole number with more than 32 bits. */
function long(value: number, multiplier: number): number {
  return Math.imul(value | 0, multiplier) + Math.imul((value / 0x1_0000_0000) | 0, M8);
}
