import { MemoryBudget, OutOfBudget } from './budget.js';
import { type Pulse, unhurried } from './deadline.js';
import type { Model, RankedHistory } from './model.js';
import { NEVER } from './model.js';

/** About what a remembered step and a state take up. */
const STEP_BYTES = 48;
const STATE_BYTES = 190;

/** A `Map` holds no more than twice as many. */
const MOST_ENTRIES = 1 << 23;

/** The result of a step that is not possible. */
export const IMPOSSIBLE = -1;

/**
 * A model in small numbers, for one partition: operations with the same input and answer are one *class*, equal
 * states are one number, and every step is computed once.
 */
export class CompiledModel<State, Input, Output> {
  readonly classOf: Int32Array;
  readonly readOnly: boolean[] = [];
  readonly blind: boolean[] = [];
  readonly initial: number;
  private readonly inputs: Input[] = [];
  private readonly outputs: (Output | undefined)[] = [];
  private readonly states: State[] = [];
  private readonly byHash = new Map<string | number, number | number[]>();
  private readonly steps = new Map<number, number>();

  constructor(
    private readonly model: Model<State, Input, Output>,
    history: RankedHistory<Input, Output>,
    private readonly memory = new MemoryBudget(),
    pulse: Pulse = unhurried,
  ) {
    this.classOf = new Int32Array(history.size);
    const classes = new Map<string, number>();
    for (let op = 0; op < history.size; op++) {
      if ((op & 0xff) === 0) pulse();
      const input = history.inputs[op] as Input;
      const output = history.outputs[op];
      const returned = history.returnRank[op] !== NEVER;
      const text = `${returned ? 'r' : 'c'}${textOf(input)}${output === undefined ? '' : textOf(output)}`;
      let number = classes.get(text);
      if (number === undefined) {
        number = classes.size;
        classes.set(text, number);
        this.inputs.push(input);
        this.outputs.push(output);
        this.readOnly.push(model.readOnly?.(input, output) ?? false);
        this.blind.push(model.blind?.(input, output) ?? false);
      }
      this.classOf[op] = number;
    }
    this.initial = this.numberOf(model.init);
  }

  get finite(): boolean {
    return this.model.finite === true;
  }

  /** The state after, or {@link IMPOSSIBLE}. */
  step(state: number, operationClass: number): number {
    const key = state * this.inputs.length + operationClass;
    const known = this.steps.get(key);
    if (known !== undefined) return known;
    const next = this.model.step(
      this.states[state] as State,
      this.inputs[operationClass] as Input,
      this.outputs[operationClass],
    );
    const result = next === undefined ? IMPOSSIBLE : this.numberOf(next);
    // A memory of steps, no more: it may forget.
    if (this.steps.size >= MOST_ENTRIES) {
      this.memory.reserve(-STEP_BYTES * this.steps.size);
      this.steps.clear();
    }
    this.memory.reserve(STEP_BYTES);
    this.steps.set(key, result);
    return result;
  }

  private numberOf(state: State): number {
    const hash = this.model.hash ? this.model.hash(state) : JSON.stringify(state);
    const found = this.byHash.get(hash);
    if (found === undefined) {
      if (this.states.length >= MOST_ENTRIES) throw new OutOfBudget('memory');
      this.memory.reserve(STATE_BYTES + (typeof hash === 'string' ? 2 * hash.length : 0));
      this.byHash.set(hash, this.states.push(state) - 1);
      return this.states.length - 1;
    }
    if (this.model.equals === undefined) return found as number;
    const candidates = typeof found === 'number' ? [found] : found;
    for (const candidate of candidates) if (this.model.equals(this.states[candidate] as State, state)) return candidate;
    this.memory.reserve(STATE_BYTES);
    const number = this.states.push(state) - 1;
    this.byHash.set(hash, [...candidates, number]);
    return number;
  }
}

/** JSON, but different for different values also where JSON is not. */
function textOf(value: unknown): string {
  return isPlain(value) ? JSON.stringify(value) : JSON.stringify(value, told);
}

/** Whether JSON tells it from all others, as far as one look tells. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isPlainScalar(value);
  if (Array.isArray(value)) return value.every(isPlainScalar);
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every(isPlainScalar);
}

function isPlainScalar(value: unknown): boolean {
  return typeof value === 'number'
    ? Number.isFinite(value)
    : typeof value === 'string' || typeof value === 'boolean' || value === null;
}

function told(_: string, value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : { '#number': String(value) };
    case 'bigint':
    case 'symbol':
    case 'undefined':
      return { [`#${typeof value}`]: String(value) };
    case 'object':
      if (value instanceof Map) return { '#map': [...value] };
      if (value instanceof Set) return { '#set': [...value] };
      return value;
    default:
      return value;
  }
}
