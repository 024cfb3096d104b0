import { LOOK } from '../deadline.js';
import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { KeyValueInput, KeyValueOutput } from '../models/key-value.js';
import { type Chain, contradiction, VersionChains } from './version-chains.js';

type History = MonitoredHistory<KeyValueInput, KeyValueOutput>;

/**
 * Decides keys whose strings grow by appends, in time linear in what was read: where no piece that was put or appended
 * begins with another, a string tells in one way only which pieces it is made of. Where a piece was appended more than
 * once, clocks mostly tell which append was seen; where they do not, one is guessed, and only "legal" is an answer.
 * `undefined` also where nothing was appended, and where pieces cannot be told apart.
 */
export function growingStringsMonitor(history: History, initial: Scalar): MonitorResult | undefined {
  const { size, inputs, outputs, returnRank, pulse } = history;
  let first = 0;
  while (first < size && inputs[first]?.f !== 'append') first++;
  if (first === size) return undefined;
  if (initial !== null && typeof initial !== 'string') return undefined;
  const texts = GrowingTexts.of(history, initial);
  if (texts === undefined) return undefined;
  const { chains } = texts;

  // What was surely seen, first what was seen early: an operation called later cannot be part of it.
  const observations: number[] = [];
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    const { f } = inputs[op] as KeyValueInput;
    if (returnRank[op] === NEVER || (f !== 'get' && (f !== 'cas' || outputs[op] === false))) continue;
    if (outputs[op] === undefined) return undefined;
    observations.push(op);
  }
  observations.sort((left, right) => (returnRank[left] as number) - (returnRank[right] as number));
  for (const op of observations) {
    pulse();
    const input = inputs[op] as KeyValueInput;
    const seen = texts.see(input.f === 'cas' ? input.expected : (outputs[op] as Scalar), op);
    if (seen instanceof Contradiction) return texts.illegal(seen.operations);
    if (input.f === 'get') chains.read(op, seen.chain, seen.length);
    else chains.replace(op, seen.chain.versions[seen.length] as number);
  }
  // What was surely not seen, and what perhaps was.
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    const input = inputs[op] as KeyValueInput;
    const unknown = returnRank[op] === NEVER;
    if (input.f !== 'cas' || (!unknown && outputs[op] !== false)) continue;
    const version = texts.versionOf(input.expected);
    if (version === undefined) return undefined;
    if (unknown) chains.replace(op, version);
    else chains.other(op, version);
  }
  const result = chains.decide(texts.appends);
  return result?.verdict === 'illegal' ? texts.illegal(result.core) : result;
}

class Contradiction {
  constructor(readonly operations: readonly number[]) {}
}

interface Seen {
  readonly chain: Chain;
  /** How many appends it took. */
  readonly length: number;
}

/** The longest text of a chain that was seen so far, and where in it each version ends. */
interface GrowingText {
  readonly chain: Chain;
  text: string;
  readonly ends: number[];
  latestCall: number;
}

class GrowingTexts {
  readonly appends: number[] = [];
  readonly chains: VersionChains;
  /** Whether clocks had to tell of which operation a piece was; and whether even they could not. */
  private told = false;
  private guessed = false;
  private readonly appendsOf = new Map<string, number | number[]>();
  private readonly written = new Map<string, GrowingText>();
  private readonly first: GrowingText;
  /** When the first update returned. */
  private firstUpdate = NEVER;
  private lengths: readonly number[] = [];

  private constructor(
    private readonly history: History,
    private readonly initial: string | null,
  ) {
    this.chains = new VersionChains(history);
    this.first = this.begin(this.chains.first, initial ?? '', -1);
  }

  /** `undefined` when pieces cannot be told apart. */
  static of(history: History, initial: string | null): GrowingTexts | undefined {
    const texts = new GrowingTexts(history, initial);
    for (let op = 0; op < history.size; op++) {
      const input = history.inputs[op] as KeyValueInput;
      if (input.f === 'get') continue;
      if (input.f === 'delete' || typeof input.value !== 'string') return undefined;
      if (input.f !== 'cas' || history.outputs[op] === true) {
        texts.firstUpdate = Math.min(texts.firstUpdate, history.returnRank[op] as number);
      }
      if (input.f === 'append') texts.addAppend(input.value, op);
      else {
        if (texts.written.has(input.value)) return undefined;
        const chain = texts.chains.write(op);
        texts.written.set(input.value, texts.begin(chain, input.value, history.callRank[op] as number));
      }
    }
    return texts.canBeToldApart() ? texts : undefined;
  }

  private begin(chain: Chain, text: string, latestCall: number): GrowingText {
    return { chain, text, ends: [text.length], latestCall };
  }

  private addAppend(piece: string, op: number): void {
    this.appends.push(op);
    const others = this.appendsOf.get(piece);
    if (others === undefined) this.appendsOf.set(piece, op);
    else if (typeof others === 'number') this.appendsOf.set(piece, [others, op]);
    else others.push(op);
  }

  private canBeToldApart(): boolean {
    const pieces = new Set([...this.appendsOf.keys(), ...this.written.keys()]);
    if (this.initial) {
      if (pieces.has(this.initial)) return false;
      pieces.add(this.initial);
    }
    const sorted = [...pieces].sort();
    this.lengths = [...new Set(sorted.map((piece) => piece.length))];
    // What begins with a piece comes right behind it.
    return sorted.every((piece, index) => piece !== '' && !sorted[index + 1]?.startsWith(piece));
  }

  /** Takes in that this value was seen by an operation that returned. */
  see(value: Scalar, witness: number): Seen | Contradiction {
    const growing = this.growingTextOf(value, witness);
    if (growing instanceof Contradiction) return growing;
    const { callRank } = this.history;
    // What is no string began no text.
    const length = this.grow(growing, (value ?? '') as string, witness);
    if (length instanceof Contradiction) return length;
    growing.latestCall = Math.max(growing.latestCall, callRank[witness] as number);
    return { chain: growing.chain, length };
  }

  /** What these operations prove, and all those whose clocks helped to tell what they saw. */
  illegal(operations: readonly number[]): MonitorResult | undefined {
    if (this.guessed) return undefined;
    if (!this.told) return contradiction(operations);
    const { returnRank } = this.history;
    return contradiction([...returnRank.keys()].filter((op) => returnRank[op] !== NEVER));
  }

  /** The version that this value is; one that never was where it can be none; `undefined` where nobody knows. */
  versionOf(value: Scalar): number | undefined {
    if (value === this.initial) return this.first.chain.versions[0];
    if (typeof value !== 'string' || value === '') return this.chains.never();
    const piece = this.pieceAt(value, 0, false) ?? '';
    const candidates = [this.written.get(piece), this.first].filter((growing) => growing !== undefined);
    for (const growing of candidates) {
      const length = lengthIn(growing, value);
      // A piece that was put and appended may stand for either.
      if (length !== undefined && !(this.written.has(piece) && this.appendsOf.has(piece))) {
        return growing.chain.versions[length];
      }
    }
    return candidates.some((growing) => this.isMadeOfPieces(growing, value)) ? undefined : this.chains.never();
  }

  /** By how it begins. */
  private growingTextOf(value: Scalar, witness: number): GrowingText | Contradiction {
    const { first, written, appendsOf, initial } = this;
    const { callRank, returnRank } = this.history;
    if (value === initial) return first;
    // Nothing was put or appended that leaves an empty string.
    if (typeof value !== 'string' || value === '') return new Contradiction([witness]);
    // What begins as it did at first begins with no piece.
    const piece = this.pieceAt(value, 0, false) ?? '';
    const put = written.get(piece);
    if (put === undefined) return first;
    if (initial || !appendsOf.has(piece)) return put;
    // Put and appended.
    this.told = true;
    const end = first.ends[1];
    if (end !== undefined && first.text.slice(0, end) !== piece) return put;
    if ((callRank[put.chain.writer] as number) > (returnRank[witness] as number)) return first;
    // Another update came surely before each of these appends: none can be the first.
    if (this.appendsWith(piece).every((op) => (callRank[op] as number) > this.firstUpdate)) return put;
    this.guessed = true;
    return put;
  }

  /** How many appends this text took, which begins as this one does. */
  private grow(growing: GrowingText, text: string, witness: number): number | Contradiction {
    const { chain, ends } = growing;
    if (growing.text.startsWith(text)) {
      return lengthIn(growing, text) ?? new Contradiction([witness]);
    }
    if (!text.startsWith(growing.text)) {
      return new Contradiction(this.isMadeOfPieces(growing, text) ? [witness, chain.witness] : [witness]);
    }
    for (let end = growing.text.length; end < text.length; ) {
      const piece = this.pieceAt(text, end, true);
      if (piece === undefined) return new Contradiction([witness]);
      const append = this.appendOf(piece, growing, witness);
      if (append === undefined) return new Contradiction([witness]);
      const conflict = this.chains.extend(chain, append, witness);
      if (conflict) return new Contradiction(conflict);
      growing.latestCall = Math.max(growing.latestCall, this.history.callRank[append] as number);
      end += piece.length;
      ends.push(end);
    }
    growing.text = text;
    chain.witness = witness;
    return ends.length - 1;
  }

  /** The append that is seen here: one that did not return before the chain came to this, and that was called by then. */
  private appendOf(piece: string, growing: GrowingText, witness: number): number | undefined {
    const appends = this.appendsWith(piece);
    if (appends.length === 1) return appends[0];
    this.told = true;
    const { callRank, returnRank } = this.history;
    const candidates = appends.filter(
      (op) =>
        !this.chains.isSeen(op) &&
        (returnRank[op] as number) > growing.latestCall &&
        (callRank[op] as number) < (returnRank[witness] as number),
    );
    if (candidates.length > 1) this.guessed = true;
    return candidates.sort((left, right) => (returnRank[left] as number) - (returnRank[right] as number))[0];
  }

  private appendsWith(piece: string): readonly number[] {
    const appends = this.appendsOf.get(piece) as number | readonly number[];
    return typeof appends === 'number' ? [appends] : appends;
  }

  private pieceAt(text: string, start: number, appended: boolean): string | undefined {
    for (const length of this.lengths) {
      const piece = text.slice(start, start + length);
      if (this.appendsOf.has(piece) || (!appended && this.written.has(piece))) return piece;
    }
    return undefined;
  }

  /** Whether some appends, in some order, would make this text from how that one begins. */
  private isMadeOfPieces({ text: grown, ends }: GrowingText, text: string): boolean {
    const start = ends[0] as number;
    if (!text.startsWith(grown.slice(0, start))) return false;
    for (let end = start; end < text.length; ) {
      const piece = this.pieceAt(text, end, true);
      if (piece === undefined) return false;
      end += piece.length;
    }
    return true;
  }
}

/** How many appends it took, as far as is known. */
function lengthIn({ text, ends }: GrowingText, shorter: string): number | undefined {
  if (!text.startsWith(shorter)) return undefined;
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) < shorter.length) low = middle + 1;
    else high = middle;
  }
  return ends[low] === shorter.length ? low : undefined;
}
