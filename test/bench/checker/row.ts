import { type CheckOptions, type CheckResult, check, type Model } from '../../../src/linearizability-checker/index.js';
import { generate } from '../../support/history-families/generate.js';
import { nameOf, type Shape } from '../../support/history-families/shape.js';
import type { Subject } from '../../support/history-families/subject.js';

/** One line of the bench's table. */
export interface Row {
  readonly name: string;
  /** Absent where nobody knows: then any decision will do. */
  readonly expected?: 'legal' | 'illegal';
  readonly operations: number;
  readonly clients?: number;
  /** What the issue or the notes allow. */
  readonly limit: Limit;
  /** A history to measure, or a small one like it, on which the just-in-time compiler can warm up. */
  prepare(seed: number, size: 'full' | 'small'): Prepared;
}

export interface Limit {
  readonly ms: number;
  readonly megabytes: number;
}

/** A history that waits to be checked. */
export interface Prepared {
  readonly operations: number;
  check(options: CheckOptions): CheckResult;
}

/** Every history of the notes is to be decided within this. */
export const GENERAL_LIMIT: Limit = { ms: 60_000, megabytes: 2048 };

const SMALL = 2000;

/** A row for a generated family. */
export function row<State, Input, Output>(
  subject: Subject<Input, Output>,
  model: Model<State, Input, Output>,
  shape: Shape,
  limit: Partial<Limit> = {},
): Row {
  const { operations, clients, fault, crashed } = shape;
  const small = Math.min(operations, SMALL);
  const smallShape = { ...shape, operations: small, ...(crashed && { crashed: Math.min(crashed, small / 20) }) };
  return {
    name: nameOf(subject, shape),
    operations,
    clients,
    ...(fault !== 'subtle' && { expected: fault === undefined ? 'legal' : 'illegal' }),
    limit: { ...GENERAL_LIMIT, ...limit },
    prepare(seed, size) {
      const history = generate(subject, size === 'small' ? smallShape : shape, seed);
      return { operations: history.length, check: (options) => check(model, history, options) };
    },
  };
}
