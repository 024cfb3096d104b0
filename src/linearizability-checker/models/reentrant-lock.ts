import type { Model } from '../model.js';
import { reentrantLockMonitor } from '../monitors/reentrant-lock.js';
import type { Scalar } from './cas-register.js';

export interface LockInput {
  readonly f: 'acquire' | 'release';
  readonly owner: Scalar;
  readonly key?: string;
}

/**
 * `false`: refused, for someone else held the lock, or the owner as often as may be (acquire); or for the owner did not
 * hold it (release). Anything else: done.
 */
export type LockOutput = boolean | null;

/** Who holds a lock, and how often; nobody: not at all. */
export interface Holding {
  readonly owner: Scalar;
  readonly count: number;
}

const FREE: Holding = { owner: null, count: 0 };

/**
 * Locks that their owner may acquire again, and must release as often, one a key, free at first.
 *
 * @param limit how often an owner may hold the lock at the same time; 1 makes it a lock with an owner that is not
 * reentrant. Default: as often as one likes.
 */
export function reentrantLock(limit = Number.POSITIVE_INFINITY): Model<Holding, LockInput, LockOutput> {
  return {
    name: 'reentrant-lock',
    init: FREE,
    finite: limit < Number.POSITIVE_INFINITY,
    step(state, { f, owner }, output) {
      const { count } = state;
      const own = count > 0 && state.owner === owner;
      const possible = f === 'acquire' ? count === 0 || (own && count < limit) : own;
      if (output === false) return possible ? undefined : state;
      if (!possible) return undefined;
      if (f === 'acquire') return { owner, count: count + 1 };
      return count > 1 ? { owner, count: count - 1 } : FREE;
    },
    hash: ({ owner, count }) => `${count} ${JSON.stringify(owner)}`,
    partition: (input) => input.key ?? '',
    readOnly: (_, output) => output === false,
    describe: ({ f, owner }, output) => `${f}(${JSON.stringify(owner)})${output === false ? ' refused' : ''}`,
    monitor: (history) => reentrantLockMonitor(history, limit),
  };
}
