import { Random } from '../../../src/kernel/random.js';
import type { KeyValueInput, KeyValueOutput, Operation, Scalar } from '../../../src/linearizability-checker/index.js';
import { legalHistory, type Shape } from './histories.js';

export type KeyValueHistory = Operation<KeyValueInput, KeyValueOutput>[];

/** How often each kind of operation is, beside gets: shares of all. */
export interface KeyValueShape extends Shape {
  readonly put: number;
  readonly append: number;
  readonly cas: number;
  readonly delete: number;
  /** What is put or appended; drawn without repetition as long as there are some left. */
  readonly tokens: readonly string[];
  /** What the key holds at first; `null`, not there, if not told. */
  readonly initial?: Scalar;
}

/** Operations on one key: legal by construction. */
export function keyValueHistory(seed: number, shape: KeyValueShape): KeyValueHistory {
  const random = new Random(seed);
  const tokens = random.shuffle(shape.tokens);
  const key = 'k';
  let state: Scalar = shape.initial ?? null;
  const states: Scalar[] = [state];
  let drawn = 0;
  const fresh = () => tokens[drawn++ % tokens.length] as string;
  return legalHistory<KeyValueInput, KeyValueOutput>(random, shape, (take) => {
    let kind = random.float();
    const change = (next: Scalar) => {
      if (!take) return;
      state = next;
      states.push(next);
    };
    kind -= shape.put;
    if (kind < 0) {
      const value = fresh();
      change(value);
      return { input: { f: 'put', key, value }, output: null };
    }
    kind -= shape.append;
    if (kind < 0) {
      const value = fresh();
      change(`${state ?? ''}${value}`);
      return { input: { f: 'append', key, value }, output: null };
    }
    kind -= shape.cas;
    if (kind < 0) {
      const expected = random.chance(0.5) ? state : random.pick([...states.slice(-4), fresh()]);
      const value = fresh();
      const output = expected === state;
      if (output) change(value);
      return { input: { f: 'cas', key, expected, value }, output };
    }
    kind -= shape.delete;
    if (kind < 0) {
      const output = random.chance(0.5) ? null : state !== null;
      change(null);
      return { input: { f: 'delete', key }, output };
    }
    return { input: { f: 'get', key }, output: state };
  });
}

/** Changes one answer, so that the history may be legal or not. */
export function spoilKeyValue(seed: number, history: KeyValueHistory): KeyValueHistory {
  const random = new Random(seed);
  const victims = history.flatMap(({ input, return: returned }, index) =>
    returned !== undefined && (input.f === 'get' || typeof history[index]?.output === 'boolean') ? [index] : [],
  );
  if (victims.length === 0) return history;
  const victim = random.pick(victims);
  const found = history.flatMap(({ input, output }) => (input.f === 'get' && output !== undefined ? [output] : []));
  const written = history.flatMap(({ input }) => ('value' in input ? [input.value] : []));
  return history.map((operation, index) => {
    if (index !== victim) return operation;
    const { output } = operation;
    if (typeof output === 'boolean') return { ...operation, output: !output };
    const text = String(output ?? '');
    const changes: readonly (() => Scalar)[] = [
      () => null,
      () => random.pick([null, ...written]),
      () => random.pick([null, ...found]),
      () => text + random.pick(['?', ...written]),
      () => text.slice(0, -1),
      () => text.slice(1),
    ];
    return { ...operation, output: random.pick(changes)() };
  });
}
