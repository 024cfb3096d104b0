import type { Random } from '../../../src/kernel/random.js';
import type { Operation } from '../../../src/linearizability-checker/index.js';
import type { Fault, Shape } from './shape.js';

/** A kind of object: how its clients make a history, and how one of its operations can be spoilt. */
export interface Subject<Input, Output> {
  readonly name: string;
  /** A legal history, in the order of calls. */
  simulate(shape: Shape, random: Random): Iterable<Operation<Input, Output>>;
  /**
   * What stands in the place of the operation at `index`, which returned, or `undefined` where this one cannot be given
   * the fault.
   *
   * @param window operations in the order of their calls, from so long before that one that all that were called
   * before them had returned by then
   */
  spoilt(
    window: readonly Operation<Input, Output>[],
    index: number,
    fault: Fault,
    random: Random,
  ): Operation<Input, Output> | undefined;
}

/** An operation that gave a value to a place that holds one value at a time. */
export interface Production<Value> {
  readonly value: Value;
  readonly operation: Operation<unknown, unknown>;
}

/**
 * The value that died last before a read of the place began. A value is dead when an update to another began after all
 * its producers had returned, and ended before the read began. One that a crashed update may yet produce never dies.
 */
export function deadValue<Value>(
  productions: readonly Production<Value>[],
  read: Operation<unknown, unknown>,
): Value | undefined {
  const end = read.return ?? Number.POSITIVE_INFINITY;
  const alive = new Map<Value, number>();
  let updated = Number.NEGATIVE_INFINITY;
  for (const { value, operation } of productions) {
    if (operation.call > end) continue;
    const until = operation.return ?? Number.POSITIVE_INFINITY;
    alive.set(value, Math.max(until, alive.get(value) ?? 0));
    if (until < read.call) updated = Math.max(updated, operation.call);
  }
  let latest: Value | undefined;
  let died = Number.NEGATIVE_INFINITY;
  for (const [value, until] of alive) {
    if (until < updated && until > died) {
      latest = value;
      died = until;
    }
  }
  return latest;
}

/** Nobody writes it, enqueues it or counts that far. */
export const UNWRITTEN = -1;

/** Whether the first had returned before the second was called. */
export function precedes(first: Operation<unknown, unknown>, second: Operation<unknown, unknown>): boolean {
  return first.return !== undefined && first.return < second.call;
}
