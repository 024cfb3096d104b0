import type { Model } from '../model.js';
import { fencedLockMonitor } from '../monitors/fenced-lock.js';
import type { Scalar } from './cas-register.js';

export type FencedLockInput =
  | { readonly f: 'acquire'; readonly owner: Scalar; readonly key?: string }
  /** With a token, it is refused unless that is the token of the present holder. */
  | { readonly f: 'release'; readonly owner: Scalar; readonly token?: number; readonly key?: string };

/**
 * For an acquire, its fencing token, a whole number; null or `false`: refused; `true`: done, but nobody wrote down the
 * token. For a release `false`: refused; anything else: done.
 */
export type FencedLockOutput = number | boolean | null;

export interface FencedLockOptions {
  /** How often an owner may hold the lock at the same time; it gets the same token again. Default 1. */
  readonly reentrant?: number;
}

/** Who holds the lock, how often, and the token of the latest holder. */
export interface FencedHolding {
  readonly owner: Scalar;
  readonly count: number;
  /** The latest token; where nobody saw it, the least that it can be. */
  readonly token: number;
  /** Whether the token was seen. */
  readonly seen: boolean;
  /** Tokens that a refused release has shown not to be the one that nobody saw. */
  readonly not: readonly number[];
}

/**
 * Locks with fencing tokens, one a key, free at first: each new holder gets a token greater than all before, so that
 * what a former holder still sends can be told from it (Kleppmann, "How to do distributed locking", 2016).
 *
 * An acquire without an answer may have taken a token that nobody saw. It is then any whole number greater than the
 * one before, and its least possible value says all: a later token, or one that a release shows, fits exactly when it
 * is greater than, or not less than, the least. A token seen later settles it; the few that a refused release rules
 * out are kept as long as it matters.
 */
export function fencedLock(options: FencedLockOptions = {}): Model<FencedHolding, FencedLockInput, FencedLockOutput> {
  const limit = options.reentrant ?? 1;
  return {
    name: 'fenced-lock',
    init: { owner: null, count: 0, token: Number.NEGATIVE_INFINITY, seen: true, not: [] },
    // A token that nobody saw moves the least one on: so many states as there are such acquires.
    finite: false,
    step(state, input, output) {
      return input.f === 'acquire'
        ? acquire(state, input.owner, output, limit)
        : release(state, input.owner, input.token, output);
    },
    hash: ({ owner, count, token, seen, not }) =>
      `${count} ${count > 0 ? JSON.stringify(owner) : ''} ${token} ${seen} ${not.join()}`,
    partition: (input) => input.key ?? '',
    readOnly(input, output) {
      if (input.f === 'acquire') return output === false || output === null;
      return output === false && input.token === undefined;
    },
    describe(input, output) {
      const token = input.f === 'release' && input.token !== undefined ? `, ${input.token}` : '';
      const call = `${input.f}(${JSON.stringify(input.owner)}${token})`;
      if (typeof output === 'number') return `${call} = ${output}`;
      return output === false || (output === null && input.f === 'acquire') ? `${call} refused` : call;
    },
    monitor: (history) => fencedLockMonitor(history, limit),
  };
}

function acquire(
  state: FencedHolding,
  owner: Scalar,
  output: FencedLockOutput | undefined,
  limit: number,
): FencedHolding | undefined {
  const { count, token } = state;
  const possible = count === 0 || (state.owner === owner && count < limit);
  if (output === false || output === null) return possible ? undefined : state;
  if (!possible) return undefined;
  if (typeof output === 'number') {
    if (!Number.isSafeInteger(output)) return undefined;
    const fits = count === 0 ? output > token : matches(state, output);
    return fits ? { owner, count: count + 1, token: output, seen: true, not: [] } : undefined;
  }
  if (count > 0) return { ...state, count: count + 1 };
  return { owner, count: 1, token: token + 1, seen: false, not: [] };
}

function release(
  state: FencedHolding,
  owner: Scalar,
  token: number | undefined,
  output: FencedLockOutput | undefined,
): FencedHolding | undefined {
  const { count } = state;
  const holds = count > 0 && state.owner === owner;
  if (output === false) {
    if (!holds || (token !== undefined && !matches(state, token))) return state;
    return token === undefined || state.seen ? undefined : without(state, token);
  }
  if (!holds || (token !== undefined && !matches(state, token))) return undefined;
  const after = token === undefined ? state : { ...state, token, seen: true, not: [] };
  return count > 1 ? { ...after, count: count - 1 } : { ...after, owner: null, count: 0, seen: true, not: [] };
}

/** Whether this can be the present holder's token. */
function matches({ token, seen, not }: FencedHolding, claimed: number): boolean {
  return seen ? claimed === token : Number.isSafeInteger(claimed) && claimed >= token && !not.includes(claimed);
}

function without(state: FencedHolding, excluded: number): FencedHolding {
  let { token } = state;
  const not = [...state.not, excluded].sort((left, right) => left - right);
  while (not.includes(token)) token++;
  return { ...state, token, not: not.filter((other) => other > token) };
}
