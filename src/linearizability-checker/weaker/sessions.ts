import { LOOK, type Pulse, unhurried } from '../deadline.js';
import type { Model, Operation } from '../model.js';
import { sortedBy } from '../sorting.js';
import { type Guarantee, OBSERVES, UPDATES } from './guarantees.js';

/** Operations of one key or of all, in the order of their calls, with what the weaker models ask of them. */
export interface SessionHistory<Input, Output> {
  readonly size: number;
  readonly inputs: readonly Input[];
  /** `undefined` where nobody knows. */
  readonly outputs: readonly (Output | undefined)[];
  /** 1 where an answer came; where none came, the operation may have happened or not. */
  readonly returned: Uint8Array;
  /** Times, to guess a good order by; they forbid none. Infinity where no answer came. */
  readonly calls: Float64Array;
  readonly returns: Float64Array;
  /** Who called it: a number from 0 to {@link processes} − 1. */
  readonly process: Int32Array;
  readonly processes: number;
  /** {@link OBSERVES}, {@link UPDATES} or both. */
  readonly kind: Uint8Array;
  /** The number of its key, from 0 to {@link keys} − 1. */
  readonly key: Int32Array;
  readonly keys: number;
  /** Where each operation stands in the caller's list. */
  readonly sources: Int32Array;
}

/**
 * Prepares a history. Operations that never returned and change nothing are left out: nobody saw them. An operation
 * without a process is a session of its own.
 */
export function sessionsOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  pulse: Pulse = unhurried,
): SessionHistory<Input, Output> & { readonly keyNames: readonly string[] } {
  const chosen: number[] = [];
  operations.forEach((operation, index) => {
    if ((index & LOOK) === 0) pulse();
    if (operation.return !== undefined || !model.readOnly?.(operation.input, undefined)) chosen.push(index);
  });
  const at = (index: number) => operations[index] as Operation<Input, Output>;
  const end = (operation: Operation<Input, Output>) => operation.return ?? Number.POSITIVE_INFINITY;
  const inCallOrder = (left: number, right: number) => {
    const [a, b] = [at(left), at(right)];
    if (a.call !== b.call) return a.call - b.call;
    // Of two calls of one process at one time, the one that returned at once came first.
    return end(a) === end(b) ? left - right : end(a) < end(b) ? -1 : 1;
  };
  const kept = sortedBy(Int32Array.from(chosen), inCallOrder, pulse);
  const size = kept.length;
  const inputs: Input[] = [];
  const outputs: (Output | undefined)[] = [];
  const returned = new Uint8Array(size);
  const process = new Int32Array(size);
  const kind = new Uint8Array(size);
  const key = new Int32Array(size);
  const processes = new Map<number | string, number>();
  const keys = new Map<string, number>();
  const calls = new Float64Array(size);
  const returns = new Float64Array(size);
  kept.forEach((index, op) => {
    if ((op & LOOK) === 0) pulse();
    const operation = at(index);
    calls[op] = operation.call;
    returns[op] = end(operation);
    const known = operation.return !== undefined;
    inputs.push(operation.input);
    outputs.push(known ? operation.output : undefined);
    returned[op] = known ? 1 : 0;
    process[op] = numberOf(processes, operation.process ?? `alone ${index}`);
    key[op] = numberOf(keys, model.partition?.(operation.input) ?? '');
    kind[op] = kindOf(model, operation.input, known ? operation.output : undefined, known);
  });
  return {
    size,
    inputs,
    outputs,
    returned,
    calls,
    returns,
    process,
    processes: processes.size,
    kind,
    key,
    keys: keys.size,
    sources: kept,
    keyNames: [...keys.keys()],
  };
}

function numberOf<Name>(numbers: Map<Name, number>, name: Name): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}

/** Updates that answer nothing, whatever a history records as their answer. */
const SILENT = new Set(['write', 'put', 'append', 'enqueue', 'push']);

/**
 * An update observes, too, when its answer tells something: a success or a value, not the mere acknowledgement of a
 * write.
 */
function kindOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  input: Input,
  output: Output | undefined,
  known: boolean,
): number {
  if (model.readOnly?.(input, output)) return OBSERVES;
  if (!known || output === undefined || output === null || model.blind?.(input, output)) return UPDATES;
  const name = (input as { readonly f?: unknown } | null)?.f;
  return typeof name === 'string' && SILENT.has(name) ? UPDATES : OBSERVES | UPDATES;
}

/** The operations with these places only, which keep their processes and keys. */
export function pick<Input, Output>(
  history: SessionHistory<Input, Output>,
  chosen: readonly number[],
  known: (op: number) => boolean = () => true,
): SessionHistory<Input, Output> {
  const certain = (op: number) => history.returned[op] === 1 && known(op);
  const processes = new Map<number, number>();
  const keys = new Map<number, number>();
  return {
    size: chosen.length,
    inputs: chosen.map((op) => history.inputs[op] as Input),
    outputs: chosen.map((op) => (certain(op) ? history.outputs[op] : undefined)),
    returned: Uint8Array.from(chosen, (op) => (certain(op) ? 1 : 0)),
    calls: Float64Array.from(chosen, (op) => history.calls[op] as number),
    returns: Float64Array.from(chosen, (op) =>
      certain(op) ? (history.returns[op] as number) : Number.POSITIVE_INFINITY,
    ),
    process: Int32Array.from(chosen, (op) => numberOf(processes, history.process[op] as number)),
    processes: processes.size,
    kind: Uint8Array.from(chosen, (op) => (certain(op) ? (history.kind[op] as number) : UPDATES)),
    key: Int32Array.from(chosen, (op) => numberOf(keys, history.key[op] as number)),
    keys: keys.size,
    sources: Int32Array.from(chosen, (op) => history.sources[op] as number),
  };
}

/** The operations of each key. */
export function byKey(history: SessionHistory<unknown, unknown>, pulse: Pulse = unhurried): number[][] {
  const places: number[][] = Array.from({ length: history.keys }, () => []);
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    (places[history.key[op] as number] as number[]).push(op);
  }
  return places;
}

/** Which operations a guarantee makes each operation wait for. */
export interface Demands {
  /** Of each process, the operations that others wait for, in the process's order. */
  readonly awaited: readonly (readonly number[])[];
  /** Each operation comes after so many of its process's {@link awaited}, counted from the first. */
  readonly needs: Int32Array;
}

/**
 * An operation of unknown outcome waits as others do, but nothing waits for it: it may take effect at any later time,
 * also when its process goes on.
 */
export function demandsOf(
  history: SessionHistory<unknown, unknown>,
  { before, after }: Guarantee,
  pulse: Pulse = unhurried,
): Demands {
  const awaited: number[][] = Array.from({ length: history.processes }, () => []);
  const needs = new Int32Array(history.size);
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const kind = history.kind[op] as number;
    const mine = awaited[history.process[op] as number] as number[];
    if (kind & after) needs[op] = mine.length;
    if (kind & before && history.returned[op] === 1) mine.push(op);
  }
  return { awaited, needs };
}

/**
 * Confirms an order by replaying it: every completed operation is there once, none stands before one that it has to
 * wait for, and the model answers what was answered. "Holds" is said on nothing less.
 */
export function isOrder<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: SessionHistory<Input, Output>,
  guarantee: Guarantee,
  order: readonly number[],
  pulse: Pulse = unhurried,
): boolean {
  const { awaited, needs } = demandsOf(history, guarantee, pulse);
  const present = new Uint8Array(history.size);
  const met = new Int32Array(history.processes);
  const states: State[] = Array.from({ length: history.keys }, () => model.init);
  for (let index = 0; index < order.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = order[index] as number;
    if (present[op] !== 0) return false;
    present[op] = 1;
    const process = history.process[op] as number;
    const mine = awaited[process] as readonly number[];
    let done = met[process] as number;
    while (done < mine.length && present[mine[done] as number] === 1) done++;
    met[process] = done;
    // An operation may itself be among the awaited, but only later ones wait for it.
    if (done < (needs[op] as number)) return false;
    const key = history.key[op] as number;
    const next = model.step(states[key] as State, history.inputs[op] as Input, history.outputs[op]);
    if (next === undefined) return false;
    states[key] = next;
  }
  for (let op = 0; op < history.size; op++) if (history.returned[op] === 1 && present[op] === 0) return false;
  return true;
}
