import { Random } from '../../../src/kernel/random.js';
import type {
  ListInput,
  ListOutput,
  Operation,
  RegisterInput,
  RegisterOutput,
  Scalar,
} from '../../../src/linearizability-checker/index.js';

export type RegisterHistory = Operation<RegisterInput, RegisterOutput>[];
export type ListHistory = Operation<ListInput, ListOutput>[];

export interface Shape {
  readonly operations: number;
  readonly clients: number;
  /** Share of operations that never return. */
  readonly crashes: number;
  /** How many different times there are: few make many ties. */
  readonly times: number;
}

/**
 * A small legal history of any object. `step` chooses an operation and carries it out on the caller's own state, in
 * the order of effect; without `take` it must leave the state alone (a crashed operation that never took effect).
 */
export function legalHistory<Input, Output>(
  random: Random,
  shape: Shape,
  step: (take: boolean) => { input: Input; output?: Output },
): Operation<Input, Output>[] {
  return finish(simulate(random, shape, step));
}

/**
 * Intervals and effects: clients that call and return one after another, each operation taking effect at a moment
 * inside its interval (a crashed one perhaps later, perhaps never). Executed in the order of those moments, so legal
 * by construction.
 */
function simulate<Step>(random: Random, shape: Shape, step: (take: boolean) => Step) {
  const plans: { call: number; at: number; return: number | undefined; step: Step | undefined }[] = [];
  const free = Array.from({ length: shape.clients }, () => random.int(0, 3));
  for (let index = 0; index < shape.operations; index++) {
    const client = random.int(0, shape.clients - 1);
    const call = free[client] as number;
    const length = random.int(0, Math.max(1, Math.floor(shape.times / 3)));
    const crashed = random.chance(shape.crashes);
    const at = call + random.float() * (crashed ? shape.times : length);
    plans.push({ call, at, return: crashed ? undefined : call + length, step: undefined });
    free[client] = call + (crashed ? random.int(0, 2) : length) + random.int(0, 2);
  }
  plans.sort((left, right) => left.at - right.at);
  for (const plan of plans) plan.step = step(plan.return !== undefined || random.chance(0.5));
  return plans;
}

/** `values` 0: every write has its own. */
export function registerHistory(
  seed: number,
  shape: Shape & { readonly values: number; readonly cas: number; readonly reads?: number },
): RegisterHistory {
  const random = new Random(seed);
  let state: Scalar = null;
  let written = 0;
  const fresh = () => (shape.values === 0 ? ++written : random.int(1, shape.values));
  return legalHistory<RegisterInput, RegisterOutput>(random, shape, (take) => {
    const kind = random.float();
    const reads = shape.reads ?? 0.5;
    if (kind < reads) return { input: { f: 'read' }, output: state };
    const value = fresh();
    if (kind < reads + shape.cas) {
      const expected = random.chance(0.6) ? state : shape.values === 0 ? random.int(0, written) : fresh();
      const output = state === expected;
      if (output && take) state = value;
      return { input: { f: 'cas', expected, value }, output };
    }
    if (take) state = value;
    return { input: { f: 'write', value }, output: null };
  });
}

export function listHistory(seed: number, shape: Shape & { readonly values: number }): ListHistory {
  const random = new Random(seed);
  let state: readonly Scalar[] = [];
  let appended = 0;
  return legalHistory<ListInput, ListOutput>(random, shape, (take) => {
    if (random.chance(0.5)) return { input: { f: 'read' }, output: state };
    const value = shape.values === 0 ? ++appended : random.int(1, shape.values);
    if (take) state = [...state, value];
    return { input: { f: 'append', value } };
  });
}

function finish<Input, Output>(
  plans: { call: number; return: number | undefined; step: { input: Input; output?: Output } | undefined }[],
): Operation<Input, Output>[] {
  return plans
    .map(({ call, return: returned, step }) => {
      const { input, output } = step as { input: Input; output?: Output };
      return {
        input,
        call,
        ...(returned !== undefined && { return: returned }),
        ...(returned !== undefined && output !== undefined && { output }),
      };
    })
    .sort((left, right) => left.call - right.call);
}

/** Changes one answer, so that the history may be legal or not. */
export function spoilRegister(seed: number, history: RegisterHistory): RegisterHistory {
  const random = new Random(seed);
  const values = history.flatMap(({ input }) => (input.f === 'read' ? [] : [input.value]));
  const victims = history.flatMap(({ input, return: returned }, index) =>
    returned !== undefined && input.f !== 'write' ? [index] : [],
  );
  if (victims.length === 0) return history;
  const victim = random.pick(victims);
  return history.map((operation, index) => {
    if (index !== victim) return operation;
    if (operation.input.f === 'cas') return { ...operation, output: !operation.output };
    return { ...operation, output: random.chance(0.2) ? null : random.pick([...values, 99]) };
  });
}

export function spoilList(seed: number, history: ListHistory): ListHistory {
  const random = new Random(seed);
  const victims = history.flatMap(({ input, output }, index) => (input.f === 'read' && output ? [index] : []));
  if (victims.length === 0) return history;
  const victim = random.pick(victims);
  const others = history.flatMap(({ output }) => (output ? [output] : []));
  return history.map((operation, index) => {
    if (index !== victim || !operation.output) return operation;
    const { output } = operation;
    const changes: readonly (() => ListOutput)[] = [
      () => output.slice(0, -1),
      () => random.pick(others),
      () => random.shuffle(output),
      () => [...output, random.int(1, 6)],
      () => output.slice(1),
    ];
    return { ...operation, output: random.pick(changes)() };
  });
}
