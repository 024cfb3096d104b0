import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { KeyValueInput, KeyValueOutput } from '../models/key-value.js';
import { type Chain, contradiction, VersionChains } from './version-chains.js';

/**
 * Decides keys whose strings grow by appends, in time linear in what was read: where all that was put and appended is
 * different and no piece begins with another, a string tells in one way only which pieces it is made of. `undefined`
 * where nothing was appended, and where pieces cannot be told apart.
 */
export function growingStringsMonitor(
  history: MonitoredHistory<KeyValueInput, KeyValueOutput>,
  initial: Scalar,
): MonitorResult | undefined {
  const { size, inputs, outputs, returnRank, pulse } = history;
  if (!inputs.some(({ f }) => f === 'append')) return undefined;
  const appends = new Map<string, number>();
  const written = new Map<string, number>();
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as KeyValueInput;
    if (input.f === 'get') continue;
    if (input.f === 'delete') return undefined;
    if (typeof input.value !== 'string' || appends.has(input.value) || written.has(input.value)) return undefined;
    (input.f === 'append' ? appends : written).set(input.value, op);
  }
  if (initial !== null && typeof initial !== 'string') return undefined;

  const chains = new VersionChains(history);
  const pieces = Pieces.of(appends, written, initial ?? '');
  if (pieces === undefined) return undefined;
  const texts = new Map<number, GrowingText>();
  const begin = (op: number, chain: Chain, text: string) => texts.set(op, new GrowingText(chain, chains, pieces, text));
  begin(-1, chains.first, initial ?? '');
  for (const [text, op] of written) begin(op, chains.write(op), text);
  const textOf = (value: Scalar): GrowingText | undefined => {
    if (value === null || value === initial) return value === initial ? texts.get(-1) : undefined;
    // Nothing was put or appended that leaves an empty string.
    if (typeof value !== 'string' || value === '') return undefined;
    const first = pieces.at(value, 0);
    if (first !== undefined && !appends.has(first)) return texts.get(written.get(first) ?? -1);
    return first !== undefined && (initial ?? '') !== '' ? undefined : texts.get(-1);
  };

  // What was surely seen.
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as KeyValueInput;
    if (returnRank[op] === NEVER || (input.f !== 'get' && (input.f !== 'cas' || outputs[op] === false))) continue;
    pulse();
    const value = input.f === 'get' ? outputs[op] : input.expected;
    if (outputs[op] === undefined || value === undefined) return undefined;
    const text = textOf(value);
    const length = text === undefined ? [op] : text.see(value ?? '', op);
    if (typeof length !== 'number') return contradiction(length);
    const { chain } = text as GrowingText;
    if (input.f === 'get') chains.read(op, chain, length);
    else chains.replace(op, chain.versions[length] as number);
  }
  // What was surely not seen, and what perhaps was.
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as KeyValueInput;
    const unknown = returnRank[op] === NEVER;
    if (input.f !== 'cas' || (!unknown && outputs[op] !== false)) continue;
    const text = textOf(input.expected);
    const length = text?.lengthOf(input.expected ?? '');
    // It may be a version that nobody else has seen.
    if (length === undefined && text?.mayHold(input.expected ?? '')) return undefined;
    const version = length === undefined ? chains.never() : (text?.chain.versions[length] as number);
    if (unknown) chains.replace(op, version);
    else chains.other(op, version);
  }
  return chains.decide(appends.values());
}

/** Pieces of text of which none begins with another. */
class Pieces {
  private constructor(
    readonly appends: ReadonlyMap<string, number>,
    private readonly all: ReadonlySet<string>,
    private readonly lengths: readonly number[],
  ) {}

  /** `undefined` when some piece is empty or begins with another. */
  static of(
    appends: ReadonlyMap<string, number>,
    written: ReadonlyMap<string, number>,
    initial: string,
  ): Pieces | undefined {
    const sorted = [...appends.keys(), ...written.keys(), ...(initial === '' ? [] : [initial])].sort();
    for (let index = 0; index < sorted.length; index++) {
      const piece = sorted[index] as string;
      if (piece === '' || sorted[index + 1]?.startsWith(piece)) return undefined;
    }
    const all = new Set(sorted);
    return new Pieces(appends, all, [...new Set(sorted.map((piece) => piece.length))]);
  }

  /** The piece that stands there. */
  at(text: string, start: number): string | undefined {
    for (const length of this.lengths) {
      if (start + length > text.length) continue;
      const piece = text.slice(start, start + length);
      if (this.all.has(piece)) return piece;
    }
    return undefined;
  }
}

/** The longest text of a chain that was seen so far, and where in it each version ends. */
class GrowingText {
  private readonly ends: number[];

  constructor(
    readonly chain: Chain,
    private readonly chains: VersionChains,
    private readonly pieces: Pieces,
    private text: string,
  ) {
    this.ends = [text.length];
  }

  /** How many appends this text took, as far as is known. */
  lengthOf(text: Scalar): number | undefined {
    if (typeof text !== 'string' || !this.text.startsWith(text)) return undefined;
    let low = 0;
    let high = this.ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ends[middle] as number) < text.length) low = middle + 1;
      else high = middle;
    }
    return this.ends[low] === text.length ? low : undefined;
  }

  /** How many appends this text took, which begins as this chain does; or what contradicts that it was seen. */
  see(text: Scalar, witness: number): number | readonly number[] {
    if (typeof text !== 'string') return [witness];
    if (text.length <= this.text.length && this.text.startsWith(text)) return this.lengthOf(text) ?? [witness];
    if (!text.startsWith(this.text)) return this.mayHold(text) ? [witness, this.chain.witness] : [witness];
    for (let end = this.text.length; end < text.length; ) {
      const piece = this.pieces.at(text, end);
      const append = piece === undefined ? undefined : this.pieces.appends.get(piece);
      if (piece === undefined || append === undefined) return [witness];
      const conflict = this.chains.extend(this.chain, append, witness);
      if (conflict) return conflict;
      end += piece.length;
      this.ends.push(end);
    }
    this.text = text;
    this.chain.witness = witness;
    return this.ends.length - 1;
  }

  /** Whether some appends, in some order, would leave this text behind. */
  mayHold(text: Scalar): boolean {
    if (typeof text !== 'string') return false;
    for (let end = this.ends[0] as number; end < text.length; ) {
      const piece = this.pieces.at(text, end);
      if (piece === undefined || !this.pieces.appends.has(piece)) return false;
      end += piece.length;
    }
    return true;
  }
}
