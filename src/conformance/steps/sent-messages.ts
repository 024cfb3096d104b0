import { mix32 } from '../../kernel/hash.js';
import type { Micros } from '../../kernel/units.js';
import type { TracedMessage } from './message.js';

/** 1 MiB of them; a digest sets two bits of one word. */
const WORDS = 1 << 18;

/** Receipts that wait for their sends, at most: a container's trace is read when another's is not. */
const WAITING = 1 << 17;

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
    for (const word of this.words) if (word !== 0) chances += (ones(word) / 32) ** 2;
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

/** Two unequal messages have equal digests once in four billion. */
function digestOf(from: number, to: number, message: TracedMessage): number {
  let digest = add(add(from * 1024 + to, message.term), message.type.length);
  switch (message.type) {
    case 'AppendEntries': {
      digest = add(add(add(digest, message.prevLogIndex), message.prevLogTerm), message.leaderCommit);
      for (const entry of message.entries) digest = addLong(add(digest, entry.term), entry.digest);
      return stamped(digest, message);
    }
    case 'AppendEntriesResponse':
      digest = message.success
        ? add(digest, message.matchIndex)
        : add(add(add(digest ^ 1, message.prevLogIndex), message.conflictTerm), message.conflictIndex);
      return stamped(digest, message);
    case 'RequestVote':
      return mix32(add(add(add(digest, message.preVote ? 1 : 0), message.lastLogIndex), message.lastLogTerm));
    case 'RequestVoteResponse':
      return mix32(add(digest, (message.preVote ? 2 : 0) + (message.granted ? 1 : 0)));
    case 'InstallSnapshot':
      // Not the data: a trace that went through a file has only its length, and both ends are of the same trace.
      digest = add(add(add(digest, message.lastIncludedIndex), message.lastIncludedTerm), message.offset);
      return stamped(add(add(digest, message.data.length), message.done ? 1 : 0), message);
    case 'InstallSnapshotResponse':
      digest = add(add(add(digest, message.lastIncludedIndex), message.nextOffset), message.installed ? 1 : 0);
      return stamped(digest, message);
  }
}

function stamped(digest: number, { round, sentAtUs }: { readonly round: number; readonly sentAtUs: Micros }): number {
  return mix32(addLong(add(digest, round), sentAtUs));
}

function add(digest: number, value: number): number {
  const mixed = Math.imul(digest ^ value, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** Of a whole number with more than 32 bits. */
function addLong(digest: number, value: number): number {
  return add(add(digest, value | 0), Math.floor(value / 0x1_0000_0000) | 0);
}
