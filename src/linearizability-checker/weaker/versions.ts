import { LOOK, type Pulse, unhurried } from '../deadline.js';
import type { Model } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { SessionHistory } from './sessions.js';

/**
 * The versions of one key, as far as the answers reveal them: each was made by one operation, and each answer is of
 * one version. Version 0 is the initial one.
 */
export interface Versions {
  readonly count: number;
  /** The operation that made each version; −1 for the initial one. */
  readonly maker: readonly number[];
  /** The version that must come right before each; −1 where that is open. */
  readonly previous: readonly number[];
  /** The version that must come right after each; −1 where that is open. */
  readonly next: Int32Array;
  /** The version that each operation made or else observed; {@link REFUSED}, or {@link UNSEEN}. */
  readonly of: Int32Array;
  /** For a compare-and-set that found another value: the version that it did not find. */
  readonly not: Int32Array;
}

/** A compare-and-set that found another value is of no certain version. */
export const REFUSED = -1;
/** An operation of unknown outcome that no answer shows: it need not have happened. */
export const UNSEEN = -2;

/** Operations whose answers fit no versions at all, and why. */
export interface Contradiction {
  readonly operations: readonly number[];
  readonly because: string;
}

/**
 * What an operation is to an object that holds one value, told by its `f`: the models for registers, key-value stores
 * and lists name their operations so. `undefined` for any other operation.
 */
type Access =
  | { readonly kind: 'read'; readonly value: Scalar | readonly Scalar[] }
  | { readonly kind: 'write'; readonly value: Scalar }
  | { readonly kind: 'cas'; readonly expected: Scalar; readonly value: Scalar }
  | { readonly kind: 'refused'; readonly expected: Scalar }
  | { readonly kind: 'append'; readonly value: Scalar };

interface NamedInput {
  readonly f?: unknown;
  readonly value?: Scalar;
  readonly expected?: Scalar;
}

/** Models whose operations are understood, by the name that each gives itself. */
const OBJECTS: Readonly<Record<string, 'value' | 'list'>> = {
  register: 'value',
  'cas-register': 'value',
  'key-value': 'value',
  'append-list': 'list',
};

/** Whether reads of this model's objects show versions, where all values are different. */
export function hasVersions({ name }: { readonly name: string }): boolean {
  return OBJECTS[name] !== undefined;
}

function accessOf(input: NamedInput, output: unknown, returned: boolean): Access | undefined {
  const { f, value = null, expected = null } = input;
  switch (f) {
    case 'read':
    case 'get':
      return output === undefined ? undefined : { kind: 'read', value: output as Scalar };
    case 'write':
    case 'put':
      return { kind: 'write', value };
    case 'append':
      return { kind: 'append', value };
    case 'cas':
      if (output === false) return { kind: 'refused', expected };
      if (returned && output !== true) return undefined;
      return expected === value && output === true ? { kind: 'read', value } : { kind: 'cas', expected, value };
    case 'delete':
      return typeof output === 'boolean' ? undefined : { kind: 'write', value: null };
    default:
      return undefined;
  }
}

/**
 * Recovers the versions of one key. `undefined` when the answers do not reveal them: a value that was read was
 * written more than once, or the object is no register, key-value store or list.
 */
export function versionsOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: SessionHistory<Input, Output>,
  pulse: Pulse = unhurried,
): Versions | Contradiction | undefined {
  const object = OBJECTS[model.name];
  if (object === undefined) return undefined;
  const accesses: Access[] = [];
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accessOf(history.inputs[op] as NamedInput, history.outputs[op], history.returned[op] === 1);
    if (access === undefined) return undefined;
    accesses.push(access);
  }
  return object === 'list'
    ? listVersions(history, accesses, pulse)
    : valueVersions(history, accesses, model.init as Scalar, pulse);
}

class Builder {
  readonly maker: number[] = [-1];
  readonly previous: number[] = [-1];
  readonly of: Int32Array;
  readonly not: Int32Array;

  constructor(
    size: number,
    private readonly pulse: Pulse,
  ) {
    this.of = new Int32Array(size).fill(UNSEEN);
    this.not = new Int32Array(size).fill(-1);
  }

  make(op: number, previous: number): number {
    const version = this.maker.push(op) - 1;
    this.previous.push(previous);
    this.of[op] = version;
    return version;
  }

  finish(): Versions | Contradiction {
    const { pulse } = this;
    const count = this.maker.length;
    const next = new Int32Array(count).fill(-1);
    for (let version = 1; version < count; version++) {
      if ((version & LOOK) === 0) pulse();
      const before = this.previous[version] as number;
      if (before < 0) continue;
      const rival = next[before] as number;
      if (rival >= 0) {
        return {
          operations: [this.maker[rival] as number, this.maker[version] as number],
          because: 'both replaced the same version',
        };
      }
      next[before] = version;
    }
    const circle = this.circle(count);
    if (circle) return { operations: circle, because: 'each needs the version that another of them made' };
    return { count, maker: this.maker, previous: this.previous, next, of: this.of, not: this.not };
  }

  /** Compare-and-sets that stand right behind one another all around. */
  private circle(count: number): number[] | undefined {
    const { pulse } = this;
    const seen = new Int32Array(count);
    for (let start = 1; start < count; start++) {
      if ((start & LOOK) === 0) pulse();
      let version = start;
      while (version > 0 && seen[version] === 0) {
        seen[version] = start;
        version = this.previous[version] as number;
      }
      if (version <= 0 || seen[version] !== start) continue;
      const members: number[] = [];
      for (let member = version; members.length === 0 || member !== version; ) {
        members.push(this.maker[member] as number);
        member = this.previous[member] as number;
      }
      return members;
    }
    return undefined;
  }
}

/** Reads of a list show all appends before them, in order. Appends that no read shows come after the longest read. */
function listVersions(
  history: SessionHistory<unknown, unknown>,
  accesses: readonly Access[],
  pulse: Pulse,
): Versions | Contradiction | undefined {
  const appends = new Map<Scalar, number>();
  const repeated = new Set<Scalar>();
  let longest: readonly Scalar[] = [];
  let longestRead = -1;
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    if (access.kind === 'append') {
      if (appends.has(access.value)) repeated.add(access.value);
      else appends.set(access.value, op);
    } else if (access.kind !== 'read' || !Array.isArray(access.value)) return undefined;
    else if (access.value.length > longest.length) {
      longest = access.value as readonly Scalar[];
      longestRead = op;
    }
  }
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    const unknown = access.kind === 'read' && (access.value as readonly Scalar[]).find((value) => !appends.has(value));
    if (unknown !== false && unknown !== undefined) return phantom(op, unknown, 'appended');
  }
  if (repeated.size > 0) return undefined;
  const builder = new Builder(history.size, pulse);
  for (const value of longest) {
    const append = appends.get(value);
    if (append === undefined || builder.of[append] !== UNSEEN)
      return { operations: [longestRead], because: `${show(value)} is there twice` };
    builder.make(append, builder.maker.length - 1);
  }
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    if (access.kind === 'append') {
      if (builder.of[op] === UNSEEN && history.returned[op] === 1) builder.make(op, -1);
      continue;
    }
    const found = access.kind === 'read' ? (access.value as readonly Scalar[]) : [];
    for (let index = 0; index < found.length; index++) {
      if (found[index] === longest[index]) continue;
      const value = found[index] as Scalar;
      if (found.indexOf(value) < index) return { operations: [op], because: `${show(value)} is there twice` };
      return { operations: [op, longestRead], because: 'neither list begins with the other' };
    }
    builder.of[op] = found.length;
  }
  return builder.finish();
}

/**
 * Values of a register or of one key. A compare-and-set and an append that someone saw stand right behind the version
 * that they changed; an append that nobody saw is followed by a write that hides it, or by nothing.
 */
function valueVersions(
  history: SessionHistory<unknown, unknown>,
  accesses: readonly Access[],
  initial: Scalar,
  pulse: Pulse,
): Versions | Contradiction | undefined {
  const makers = new Map<Scalar, number[]>();
  const appends = new Map<string, number[]>();
  const lengths = new Set<number>();
  let refusals = false;
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    if (access.kind === 'write' || access.kind === 'cas') push(makers, access.value, op);
    else if (access.kind === 'append') {
      if (typeof access.value !== 'string' || access.value === '') return undefined;
      push(appends, access.value, op);
      lengths.add(access.value.length);
    } else if (access.kind === 'refused') refusals = true;
  }
  const builder = new Builder(history.size, pulse);
  /** An append works on a number's text, too, so that could be what was appended to. */
  const textsOfOthers = new Set<string>();
  if (appends.size > 0) {
    for (const value of [initial, ...makers.keys()]) {
      if (typeof value !== 'string' && value !== null) textsOfOthers.add(String(value));
    }
  }
  const known = new Map<Scalar, number>([[initial, 0]]);

  /** Who can have made this value: operations, −1 for the initial value; of many, two at least. */
  const candidates = (value: Scalar): number[] => {
    const found = (makers.get(value) ?? []).slice(0, 2);
    if (value === initial) found.push(-1);
    if (typeof value === 'string') {
      for (const length of lengths) {
        if (length <= value.length) found.push(...(appends.get(value.slice(-length)) ?? []).slice(0, 2));
      }
    }
    return found;
  };

  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    if (access.kind === 'read' && candidates(access.value as Scalar).length === 0) {
      return phantom(op, access.value as Scalar, 'wrote');
    }
  }
  // What a refused compare-and-set did not find could be made by appends that nobody saw.
  if (refusals && appends.size > 0) return undefined;

  /** The version with this value, or why there is none; `undefined` when it could be one of several. */
  const resolve = (observer: number, observed: Scalar): number | Contradiction | undefined => {
    // From the observed value back to one that is known, and then forward again.
    const chain: { readonly value: Scalar; readonly op: number }[] = [];
    let value = observed;
    let watcher = observer;
    let version = -1;
    const onTheWay = new Set<Scalar>();
    while (version < 0) {
      const makersOfIt = candidates(value);
      if (makersOfIt.length > 1) return undefined;
      const op = makersOfIt[0];
      if (op === undefined) return phantom(watcher, value, 'wrote');
      const place = known.get(value);
      if (place !== undefined) {
        version = place;
        break;
      }
      const access = accesses[op] as Access;
      chain.push({ value, op });
      if (access.kind === 'write') break;
      if (onTheWay.has(value)) {
        return {
          operations: [...new Set(chain.map((link) => link.op))],
          because: 'each needs the version that another of them made',
        };
      }
      onTheWay.add(value);
      watcher = op;
      if (access.kind === 'cas') value = access.expected;
      else if (access.kind === 'append') {
        const text = value as string;
        const before = text.slice(0, text.length - (access.value as string).length);
        // A key that is not there counts as the empty text, so either could be what was appended to.
        if (before === '') {
          if (initial === null && candidates('').length === 0 && (makers.get(null) ?? []).length === 0) version = 0;
          else if (candidates(null).length > 0) return undefined;
          else value = before;
        } else {
          if (textsOfOthers.has(before)) return undefined;
          value = before;
        }
      }
    }
    for (const { value: made, op } of chain.reverse()) {
      const elsewhere = builder.of[op] as number;
      if (elsewhere !== UNSEEN) {
        return { operations: [op, observer], because: 'one update would have to take effect twice' };
      }
      version = builder.make(op, version);
      known.set(made, version);
    }
    return version;
  };

  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    if (history.returned[op] === 0) continue;
    let observed: Scalar;
    if (access.kind === 'read') observed = access.value as Scalar;
    else if (access.kind === 'cas') observed = access.value;
    else continue;
    const version = resolve(op, observed);
    if (typeof version !== 'number') return version;
    builder.of[op] = version;
  }
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const access = accesses[op] as Access;
    if (access.kind === 'refused') {
      builder.of[op] = REFUSED;
      const unwanted = candidates(access.expected);
      if (unwanted.length > 1) return undefined;
      const maker = unwanted[0];
      if (maker === undefined) continue;
      // An update that need not have happened never gets in the way.
      if (maker >= 0 && builder.of[maker] === UNSEEN && history.returned[maker] === 0) continue;
      builder.not[op] = maker < 0 ? 0 : (builder.of[maker] as number);
      if (builder.not[op] === UNSEEN) builder.not[op] = builder.make(maker, -1);
    } else if (history.returned[op] === 1 && builder.of[op] === UNSEEN) builder.make(op, -1);
  }
  return builder.finish();
}

function push<Key>(lists: Map<Key, number[]>, key: Key, op: number): void {
  const list = lists.get(key);
  if (list) list.push(op);
  else lists.set(key, [op]);
}

function phantom(op: number, value: Scalar, verb: 'wrote' | 'appended'): Contradiction {
  return { operations: [op], because: `nobody ${verb} ${show(value)}` };
}

function show(value: Scalar): string {
  return JSON.stringify(value) ?? 'nothing';
}
