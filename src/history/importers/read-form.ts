import { canonicalJson } from '../../kernel/canonical-json.js';
import type { Value } from '../events.js';
import { MAX_DEPTH, type Syntax } from './forms.js';

/** What is wrong with a form, and at which character of its text. */
export class FormError extends Error {
  override readonly name = 'FormError';

  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** A collection or a prefix that waits for what belongs to it. */
interface Frame {
  readonly kind: 'map' | 'sequence' | 'set' | 'tag' | 'discard';
  readonly close: string;
  readonly items: Value[];
  readonly offset: number;
}

/**
 * The value of one EDN form, or of one JSON text; without recursion and with a limit of depth, so that nothing overflows
 * the stack, here or later. `undefined` when there is none, as after `#_`.
 *
 * What JSON cannot say becomes: a keyword `:a` the text ":a" (as a key of a map: "a"), a symbol its name, a character
 * its letter, a vector or list an array, a set one in an order of its own (two equal sets become equal arrays), a key of
 * a map its text; a tag is left out. Whole numbers that a double
 * cannot hold, and ratios, become their decimal text, so that different numbers stay different.
 *
 * In JSON commas and colons count as blanks: the text must have passed `JSON.parse` before.
 *
 * @throws FormError
 */
export function readForm(text: string, syntax: Syntax): Value | undefined {
  const stack: Frame[] = [];
  let root: Value | undefined;
  let at = 0;

  const deliver = (value: Value, offset: number): void => {
    while (stack.at(-1)?.kind === 'tag') stack.pop();
    const top = stack.at(-1);
    if (top === undefined) {
      if (root !== undefined) throw new FormError(offset, 'one operation was expected here, not several forms');
      root = value;
    } else if (top.kind === 'discard') stack.pop();
    else top.items.push(value);
  };
  const open = (kind: Frame['kind'], close: string): void => {
    if (stack.length === MAX_DEPTH) throw new FormError(at, `values are nested deeper than ${MAX_DEPTH} levels`);
    stack.push({ kind, close, items: [], offset: at });
  };

  while (at < text.length) {
    const char = text[at] as string;
    if (isBlank(char) || (syntax === 'json' && char === ':')) at++;
    else if (char === ';' && syntax === 'edn') {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end + 1;
    } else if (char === '{') {
      open('map', '}');
      at++;
    } else if (char === '[' || char === '(') {
      open('sequence', char === '[' ? ']' : ')');
      at++;
    } else if (char === '}' || char === ']' || char === ')') {
      const frame = stack.pop();
      if (frame === undefined || frame.close !== char) {
        throw new FormError(at, frame?.close ? `"${frame.close}" was expected, not "${char}"` : `unexpected "${char}"`);
      }
      deliver(collected(frame, syntax), frame.offset);
      at++;
    } else if (char === '"') {
      const start = at;
      at = endOfText(text, at);
      deliver(unquote(text.slice(start, at), start), start);
    } else if (char === '#' && syntax === 'edn') {
      const next = text[at + 1];
      if (next === '{') {
        open('set', '}');
        at += 2;
      } else if (next === '_') {
        open('discard', '');
        at += 2;
      } else if (next === '#') {
        const start = at;
        at = endOfAtom(text, at + 2);
        deliver(text.slice(start + 2, at), start);
      } else {
        open('tag', '');
        at = endOfAtom(text, at + 1);
      }
    } else if (char === '^' && syntax === 'edn') {
      // Metadata of what follows.
      open('discard', '');
      at++;
    } else if (char === '\\' && syntax === 'edn') {
      const start = at;
      at = endOfAtom(text, at + 2);
      deliver(CHARACTERS.get(text.slice(start + 1, at)) ?? text.slice(start + 1, at), start);
    } else {
      const start = at;
      at = endOfAtom(text, at);
      if (at === start) throw new FormError(at, `unexpected "${char}"`);
      deliver(atom(text.slice(start, at)), start);
    }
  }
  const unfinished = stack.at(-1);
  if (unfinished) throw new FormError(unfinished.offset, 'what begins here does not end');
  return root;
}

const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['space', ' '],
  ['tab', '\t'],
  ['return', '\r'],
]);

function isBlank(char: string): boolean {
  return char <= ' ' || char === ',' || char === '\ufeff';
}

function endOfAtom(text: string, from: number): number {
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    // Blanks, comma, quote, semicolon, brackets.
    if (code <= 0x20 || code === 0x2c || code === 0x22 || code === 0x3b) break;
    if (code === 0x28 || code === 0x29 || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d) break;
    at++;
  }
  return at;
}

function endOfText(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at + 1;
  }
  throw new FormError(from, 'the text that begins here does not end');
}

function unquote(quoted: string, offset: number): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  return quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|[0-7]{1,3}|.)/gs, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    const plain = ESCAPES.get(escaped);
    if (plain !== undefined) return plain;
    if (/^[0-7]/.test(escaped)) return String.fromCharCode(Number.parseInt(escaped, 8));
    throw new FormError(offset, `a text cannot hold the escape "\\${escaped}"`);
  });
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
]);

function atom(text: string): Value {
  switch (text) {
    case 'nil':
    case 'null':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
  }
  const first = text.charCodeAt(text[0] === '-' || text[0] === '+' ? 1 : 0);
  return first >= 0x30 && first <= 0x39 ? number(text) : text;
}

function number(text: string): Value {
  const whole = /^[+-]?\d+N?$/.test(text);
  if (whole) {
    const plain = text.replace(/^\+|N$/g, '');
    const value = Number(plain);
    return Number.isSafeInteger(value) ? value + 0 : plain.replace(/^(-?)0+(?=\d)/, '$1');
  }
  if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/.test(text)) {
    const value = Number(text.replace(/M$/, ''));
    return Number.isFinite(value) ? value : text;
  }
  // A ratio, a number in another base: different texts, different values.
  return text;
}

function collected(frame: Frame, syntax: Syntax): Value {
  switch (frame.kind) {
    case 'map':
      return toObject(frame, syntax);
    case 'set':
      return inOrder(frame.items);
    default:
      return frame.items;
  }
}

/** A set has no order: it may be printed in another one each time. */
function inOrder(items: readonly Value[]): Value[] {
  return items
    .map((item) => ({ item, text: canonicalJson(item) }))
    .sort((left, right) => (left.text < right.text ? -1 : 1))
    .map(({ item }) => item);
}

function toObject({ items, offset }: Frame, syntax: Syntax): { [key: string]: Value } {
  if (items.length % 2 !== 0) throw new FormError(offset, 'a map needs a value for each key');
  const object: { [key: string]: Value } = {};
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index] as Value;
    const value = items[index + 1] as Value;
    const name = typeof key !== 'string' ? JSON.stringify(key) : syntax === 'edn' ? key.replace(/^:/, '') : key;
    // Assignment would set the prototype instead.
    if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
    else object[name] = value;
  }
  return object;
}
