import { LOOK, type Pulse, unhurried } from '../deadline.js';
import { type Model, NEVER, type RankedHistory } from '../model.js';
import type { Scalar } from '../models/cas-register.js';

/**
 * What an operation is when its object is seen as a register, a place that holds one value:
 *
 * - `read`: the register held this value;
 * - `write`: it holds this value from now on;
 * - `cas`: it held `expected` and holds `value` from now on; without an answer: if it held `expected`;
 * - `not`: the register held something else than this value.
 */
export type RegisterAction =
  | { readonly kind: 'read' | 'write' | 'not'; readonly value: Scalar }
  | { readonly kind: 'cas'; readonly expected: Scalar; readonly value: Scalar };

/** How a model's objects can be seen as registers: then the algorithms for registers decide them. */
export interface RegisterView<State, Input, Output> {
  /** What the register holds in this state. */
  valueOf(state: State): Scalar;
  /** The state in which it holds this value. */
  stateOf(value: Scalar): State;
  /** `output` is `undefined` for an operation without an answer. `undefined`: no register can do this. */
  action(input: Input, output: Output | undefined): RegisterAction | undefined;
}

export const READ = 0;
export const WRITE = 1;
export const CAS = 2;
export const NOT = 3;
/** An operation that nobody saw and that changes nothing. */
export const NOTHING = 4;

/** One register's history in numbers. Values are numbered by first appearance; the initial one is 0. */
export interface RegisterHistory {
  readonly size: number;
  readonly kinds: Uint8Array;
  readonly values: Int32Array;
  /** For a `CAS`. */
  readonly expected: Int32Array;
  readonly callRank: Int32Array;
  readonly returnRank: Int32Array;
  /** 1: an update that changed nothing. While it was running, nobody knew that. */
  readonly refused: Uint8Array;
  /** How many different values there are. */
  readonly valueCount: number;
}

/** `undefined` when the model is no register's, or some operation is none of a register's. */
export function registerHistory<State, Input, Output>(
  history: RankedHistory<Input, Output>,
  model: Pick<Model<State, Input, Output>, 'init' | 'register' | 'readOnly'>,
  pulse: Pulse = unhurried,
): RegisterHistory | undefined {
  const view = model.register;
  if (view === undefined) return undefined;
  const { size, inputs, outputs, callRank, returnRank } = history;
  const kinds = new Uint8Array(size);
  const values = new Int32Array(size);
  const expected = new Int32Array(size);
  const refused = new Uint8Array(size);
  const numbers = new ValueNumbers(2 * size);
  const numberOf = (value: Scalar) => numbers.of(value);
  numberOf(view.valueOf(model.init));
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    const action = view.action(inputs[op] as Input, outputs[op]);
    if (action === undefined) return undefined;
    values[op] = numberOf(action.value);
    switch (action.kind) {
      case 'read':
        kinds[op] = READ;
        break;
      case 'write':
        kinds[op] = WRITE;
        break;
      case 'not':
        kinds[op] = NOT;
        break;
      case 'cas':
        kinds[op] = CAS;
        expected[op] = numberOf(action.expected);
        // It leaves behind what it found: to see it is to read.
        if (expected[op] === values[op]) kinds[op] = READ;
    }
    const observes = kinds[op] === READ || kinds[op] === NOT;
    if (observes && model.readOnly && !model.readOnly(inputs[op] as Input, undefined)) refused[op] = 1;
    if (returnRank[op] === NEVER && observes) kinds[op] = NOTHING;
  }
  return { size, kinds, values, expected, callRank, returnRank, refused, valueCount: numbers.count };
}

/** By rank: 1 + op where it was called, −1 − op where it returned, 0 where nothing of interest happened. */
export function eventsByRank(
  { size, kinds, callRank, returnRank }: RegisterHistory,
  pulse: Pulse = unhurried,
): Int32Array {
  let last = -1;
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    if (returnRank[op] !== NEVER) last = Math.max(last, returnRank[op] as number);
    last = Math.max(last, callRank[op] as number);
  }
  const events = new Int32Array(last + 1);
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    if (kinds[op] === NOTHING) continue;
    events[callRank[op] as number] = 1 + op;
    if (returnRank[op] !== NEVER) events[returnRank[op] as number] = -1 - op;
  }
  return events;
}

/** Numbers values by first appearance. Small whole numbers, as counters make them, are looked up in an array. */
class ValueNumbers {
  count = 0;
  private readonly others = new Map<Scalar, number>();
  private readonly small: Int32Array;

  constructor(limit: number) {
    this.small = new Int32Array(limit + 16);
  }

  of(value: Scalar): number {
    if (typeof value === 'number' && value >= 0 && value < this.small.length && Number.isInteger(value)) {
      const known = this.small[value] as number;
      if (known > 0) return known - 1;
      this.small[value] = ++this.count;
      return this.count - 1;
    }
    const known = this.others.get(value);
    if (known !== undefined) return known;
    this.others.set(value, this.count);
    return this.count++;
  }
}
