import type { RegisterView } from './register/view.js';

/**
 * One operation of a concurrent history, on any clock that only goes forward. Its interval is closed: two operations
 * where one returns at the very time at which the other is called are concurrent, for the clock could not tell their
 * order.
 */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** What was answered; absent where nobody knows. Ignored when there is no `return`. */
  readonly output?: Output;
  readonly call: number;
  /** Absent: nobody knows. It may take effect at any time after its call, or never. */
  readonly return?: number;
  /** Who called it. Only the weaker consistency models ask. */
  readonly process?: number;
}

/**
 * A sequential object: what its operations do one after another.
 *
 * @typeParam State immutable; `undefined` is not a state
 */
export interface Model<State, Input, Output> {
  readonly name: string;
  readonly init: State;
  /**
   * The state after `input` answered `output`, or `undefined` when it could not have answered that in this state.
   * `output` is `undefined` for an operation without an answer: it then does whatever it does in this state.
   */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /**
   * A key of a state for a `Map`. Without {@link equals} it must differ for different states; with it, it may
   * collide. Default: the state's JSON text.
   */
  hash?(state: State): string | number;
  equals?(left: State, right: State): boolean;
  /** Operations with different keys cannot influence one another: each key is checked by itself (P-compositionality). */
  partition?(input: Input): string;
  /** True only if this operation never changes a state in which it is possible: it is then linearized at once. */
  readOnly?(input: Input, output: Output | undefined): boolean;
  /** True only if this operation is possible in every state and always leaves the same one behind, as a write does. */
  blind?(input: Input, output: Output | undefined): boolean;
  /**
   * True if a given set of operations can reach only so many states however often each is repeated, as in a register
   * (and not in a list). Operations that never returned can then be tried without counting them at first.
   */
  readonly finite?: boolean;
  /**
   * True if {@link monitor} takes answers of operations without a return: such an operation had this answer, or did
   * not happen. What contradicts is then told for operations of which the others may have happened as they answered,
   * or not at all.
   */
  readonly answersKept?: boolean;
  /**
   * The same object where nobody knows what it held at first: what an operation can answer in some state it can answer
   * there. Explanations may then leave the beginning of a history out. (Of a register that is known.)
   */
  readonly anyBeginning?: Model<unknown, Input, Output>;
  /** For people: `read() = 3`. */
  describe?(input: Input, output: Output | undefined): string;
  /**
   * A fast decision for histories of a special shape (unique writes, …). It must be right when it decides;
   * `undefined` leaves the decision to the general search.
   */
  monitor?(history: MonitoredHistory<Input, Output>): MonitorResult | undefined;
  /** For an object that holds one value at a time: the algorithms for registers then decide it. */
  readonly register?: RegisterView<State, Input, Output>;
}

/**
 * One partition of a history with its times as ranks: every call and return has a number of its own, in time order,
 * calls before returns at equal times. So A surely precedes B exactly when `returnRank[A] < callRank[B]`.
 */
export interface RankedHistory<Input, Output> {
  readonly size: number;
  readonly inputs: readonly Input[];
  /** `undefined` where nobody knows. */
  readonly outputs: readonly (Output | undefined)[];
  readonly callRank: Int32Array;
  /** {@link NEVER} for an operation that did not return. */
  readonly returnRank: Int32Array;
}

/** What a monitor is given. */
export interface MonitoredHistory<Input, Output> extends RankedHistory<Input, Output> {
  /** Call it about once in a thousand operations: it ends the monitor (by throwing) when the time is over. */
  pulse(): void;
}

/** The return rank of an operation that did not return. */
export const NEVER = 0x7fff_ffff;

export type MonitorResult =
  /** `order`: a linearization. Operations that never returned may be missing from it: they did not happen. */
  | { readonly verdict: 'legal'; readonly algorithm: string; readonly order: readonly number[] }
  | {
      readonly verdict: 'illegal';
      readonly algorithm: string;
      /** Operations that contradict each other, when all others count as "called, and nobody knows what became of it". */
      readonly core: readonly number[];
      /**
       * The rank of the return at which the history became illegal: everything up to the return before it is
       * linearizable. Only where the monitor knows.
       */
      readonly failedAt?: number;
    };
