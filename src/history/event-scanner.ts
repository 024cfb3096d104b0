import type { OperationEvent, Value } from './events.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;

/** Where the kind begins to differ: `{"kind":"ok"` */
const LETTER = 9;

const codes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
/** The heads of the lines; which one it can be is told by one letter. */
const KINDS = (['invoke', 'ok', 'fail', 'info'] as const).map((kind) => {
  const head = codes(`{"kind":"${kind}","timeUs":`);
  return { kind, head, letters: (head[LETTER] as number) | ((head[LETTER + 1] as number) << 8) };
});
const PROCESS = codes(',"process":');
const F = codes(',"f":');
const KEY = codes(',"key":');
const VALUE = codes(',"value":');
const DUE = codes(',"dueUs":');
const ERROR = codes(',"error":');
const NODE = codes(',"node":');
const WORDS = [
  { word: codes('null'), value: null },
  { word: codes('true'), value: true },
  { word: codes('false'), value: false },
] as const;

/** What is read no further, and left to the general reader. */
const OTHER = Symbol('other');

/**
 * Reads lines of operations exactly as Assay writes them (`encodeEvent`), straight from the bytes: some ten times as
 * fast as parsing JSON and checking it against a schema. Any other line, be it right or wrong, is none of its: it
 * answers `undefined`, and {@link decodeEvent} decides.
 */
export class EventScanner {
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private readonly strings = new StringTable();

  /**
   * The event on the line from `start` up to `end`, which has no newline, if it is an operation's and written as Assay
   * writes it.
   */
  scan(bytes: Uint8Array, start: number, end: number): OperationEvent | undefined {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    const letters = (bytes[start + LETTER] as number) | ((bytes[start + LETTER + 1] as number) << 8);
    for (let index = 0; index < KINDS.length; index++) {
      const { kind, head, letters: expected } = KINDS[index] as (typeof KINDS)[number];
      if (letters === expected && this.skip(head)) return this.operation(kind);
    }
    return undefined;
  }

  private operation(kind: OperationEvent['kind']): OperationEvent | undefined {
    const timeUs = this.whole();
    if (timeUs < 0 || !this.skip(PROCESS)) return undefined;
    const process = this.whole();
    if (process < 0 || !this.skip(F)) return undefined;
    const f = this.text();
    if (f === undefined) return undefined;
    let key: string | undefined;
    if (this.skip(KEY)) {
      key = this.text();
      if (key === undefined) return undefined;
    }
    let value: Value | undefined;
    if (this.skip(VALUE)) {
      const read = this.value();
      if (read === OTHER) return undefined;
      value = read;
    }
    // One shape for the frequent ones: they are made by the million.
    const event: { -readonly [Field in keyof OperationEvent]: OperationEvent[Field] } & Record<string, unknown> =
      key === undefined
        ? value === undefined
          ? { kind, timeUs, process, f }
          : { kind, timeUs, process, f, value }
        : value === undefined
          ? { kind, timeUs, process, f, key }
          : { kind, timeUs, process, f, key, value };
    if (this.bytes[this.at] === CLOSE_BRACE) return this.at === this.end - 1 ? (event as OperationEvent) : undefined;
    return this.rest(event);
  }

  /** The fields that only some have. */
  private rest(event: Record<string, unknown>): OperationEvent | undefined {
    if (event.kind === 'invoke') {
      if (this.skip(DUE)) {
        const due = this.whole();
        if (due < 0) return undefined;
        event.dueUs = due;
      }
    } else {
      for (const [field, head] of [
        ['error', ERROR],
        ['node', NODE],
      ] as const) {
        if (!this.skip(head)) continue;
        const text = this.text();
        if (text === undefined) return undefined;
        event[field] = text;
      }
    }
    const closed = this.bytes[this.at] === CLOSE_BRACE && this.at === this.end - 1;
    return closed ? (event as unknown as OperationEvent) : undefined;
  }

  private skip(expected: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
    this.at += expected.length;
    return true;
  }

  /** A whole number that is not negative; −1 for anything else. */
  private whole(): number {
    const { bytes } = this;
    const start = this.at;
    let number = 0;
    let code = bytes[this.at] as number;
    while (code >= ZERO && code <= NINE) {
      number = 10 * number + (code - ZERO);
      code = bytes[++this.at] as number;
    }
    const digits = this.at - start;
    const isPlain = digits > 0 && digits <= 15 && (digits === 1 || bytes[start] !== ZERO);
    // A fraction or an exponent is for the general reader.
    return isPlain && (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) ? number : -1;
  }

  /** A string of printable ASCII without escapes. */
  private text(): string | undefined {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) return undefined;
    const start = this.at + 1;
    let end = start;
    let hash = 0;
    for (let code = bytes[end] as number; code !== QUOTE; code = bytes[end] as number) {
      if (end >= this.end || code < 0x20 || code > 0x7e || code === BACKSLASH) return undefined;
      hash = (Math.imul(hash, 31) + code) | 0;
      end++;
    }
    this.at = end + 1;
    return this.strings.text(bytes, start, end, hash);
  }

  private value(): Value | typeof OTHER {
    const { bytes } = this;
    const code = bytes[this.at] as number;
    if (code === QUOTE) return this.text() ?? OTHER;
    if (code === OPEN_BRACKET) return this.list();
    if (code === MINUS) {
      this.at++;
      const number = this.whole();
      // Minus nothing is a number of its own.
      return number > 0 ? -number : OTHER;
    }
    if (code >= ZERO && code <= NINE) {
      const number = this.whole();
      return number < 0 ? OTHER : number;
    }
    for (const { word, value } of WORDS) if (this.skip(word)) return value;
    return OTHER;
  }

  /** A list of simple values. */
  private list(): Value | typeof OTHER {
    const { bytes } = this;
    const list: Value[] = [];
    this.at++;
    if (bytes[this.at] === CLOSE_BRACKET) {
      this.at++;
      return list;
    }
    while (true) {
      if (bytes[this.at] === OPEN_BRACKET) return OTHER;
      const value = this.value();
      if (value === OTHER) return OTHER;
      list.push(value);
      const code = bytes[this.at++];
      if (code === CLOSE_BRACKET) return list;
      if (code !== COMMA) return OTHER;
    }
  }
}

/** Short strings that come again and again are made once. */
class StringTable {
  private readonly known: (string | undefined)[] = new Array(1024).fill(undefined);

  text(bytes: Uint8Array, start: number, end: number, hash: number): string {
    const slot = (hash ^ (hash >>> 10)) & 1023;
    const known = this.known[slot];
    if (known !== undefined && known.length === end - start) {
      let same = true;
      for (let index = start; index < end && same; index++) same = known.charCodeAt(index - start) === bytes[index];
      if (same) return known;
    }
    let text = '';
    for (let index = start; index < end; index += 4096) {
      text += String.fromCharCode(...bytes.subarray(index, Math.min(end, index + 4096)));
    }
    if (text.length <= 64) this.known[slot] = text;
    return text;
  }
}
