import { Random } from '../../../src/kernel/random.js';
import type {
  Operation,
  QueueInput,
  QueueOutput,
  Scalar,
  StackInput,
  StackOutput,
} from '../../../src/linearizability-checker/index.js';
import { legalHistory, type Shape } from './histories.js';

type QueueHistory = Operation<QueueInput, QueueOutput>[];
type StackHistory = Operation<StackInput, StackOutput>[];

export interface ContainerShape extends Shape {
  /** How many different values are put in; 0: every insertion has its own. */
  readonly values: number;
  /** Share of operations that put a value in. */
  readonly insertions: number;
}

export function queueHistory(seed: number, shape: ContainerShape): QueueHistory {
  return containerHistory<QueueInput>(
    seed,
    shape,
    (contents) => contents.shift(),
    (value) => ({ f: 'enqueue', value }),
    { f: 'dequeue' },
  );
}

export function stackHistory(seed: number, shape: ContainerShape): StackHistory {
  return containerHistory<StackInput>(
    seed,
    shape,
    (contents) => contents.pop(),
    (value) => ({ f: 'push', value }),
    { f: 'pop' },
  );
}

function containerHistory<Input>(
  seed: number,
  shape: ContainerShape,
  remove: (contents: Scalar[]) => Scalar | undefined,
  insertion: (value: Scalar) => Input,
  removal: Input,
): Operation<Input, Scalar>[] {
  const random = new Random(seed);
  const contents: Scalar[] = [];
  let inserted = 0;
  return legalHistory<Input, Scalar>(random, shape, (take) => {
    if (random.chance(shape.insertions)) {
      const value = shape.values === 0 ? ++inserted : random.int(1, shape.values);
      if (take) contents.push(value);
      return { input: insertion(value), output: null };
    }
    return { input: removal, output: take ? (remove(contents) ?? null) : null };
  });
}

/** Changes one answer, swaps two, or forgets an operation, so that the history may be legal or not. */
export function spoilContainer<Input extends { readonly f: string }>(
  seed: number,
  history: Operation<Input, Scalar>[],
): Operation<Input, Scalar>[] {
  const random = new Random(seed);
  const removals = history.flatMap(({ input, return: returned }, index) =>
    returned !== undefined && !('value' in input) ? [index] : [],
  );
  if (removals.length === 0) return history;
  const victim = random.pick(removals);
  const other = random.pick(removals);
  const answer = (index: number, output: Scalar | undefined) =>
    history.map((operation, at) => (at === index ? { ...operation, output: output ?? null } : operation));
  const changes: readonly (() => Operation<Input, Scalar>[])[] = [
    () => answer(victim, null),
    () => answer(victim, random.int(1, history.length)),
    () => answer(victim, history[other]?.output),
    () =>
      answer(victim, history[other]?.output).map((operation, index) =>
        index === other ? { ...operation, output: history[victim]?.output ?? null } : operation,
      ),
    () => history.filter((_, index) => index !== victim),
  ];
  return random.pick(changes)();
}

/**
 * Values put in and taken out at any times, each at most once, with some answers "empty" and some crashed operations:
 * often illegal, and only for what the object promises of the order.
 */
export function tangledHistory<Input>(
  seed: number,
  operations: number,
  insertion: (value: Scalar) => Input,
  removal: Input,
): Operation<Input, Scalar>[] {
  const random = new Random(seed);
  const length = random.pick([4, 8, 16, 30]);
  const crashes = random.pick([0, 0.1, 0.3]);
  const history: Operation<Input, Scalar>[] = [];
  const add = (input: Input, output: Scalar, earliest: number) => {
    const call = random.int(earliest, Math.max(earliest, 30 - length));
    const returned = call + random.int(0, length);
    history.push(random.chance(crashes) ? { input, call } : { input, output, call, return: returned });
    return call;
  };
  for (let value = 1; history.length < operations; value++) {
    if (random.chance(0.12)) add(removal, null, 0);
    else {
      const from = add(insertion(value), null, 0);
      if (history.length < operations && random.chance(0.85)) add(removal, value, from);
    }
  }
  return history.sort((left, right) => left.call - right.call);
}

/**
 * Values that were surely put in, and removals of which many did not return: some have an answer that they gave if
 * they happened, others have none.
 *
 * @returns a small history, and which of its operations did not return
 */
export function uncertainHistory<Input>(seed: number, insertion: (value: Scalar) => Input, removal: Input) {
  const random = new Random(seed);
  const length = random.pick([2, 5, 10]);
  const history: Operation<Input, Scalar>[] = [];
  const lost = new Set<Operation<Input, Scalar>>();
  const add = (input: Input, output: Scalar | undefined, earliest: number) => {
    const call = earliest + random.int(0, 12);
    const operation = { input, call, return: call + random.int(0, length), ...(output !== undefined && { output }) };
    history.push(operation);
    return operation;
  };
  for (let value = random.int(2, 4); value > 0; value--) {
    const from = add(insertion(value), null, 0).call + random.int(0, 8);
    const fate = random.pick(['stays', 'stays', 'removed', 'perhaps removed'] as const);
    if (fate === 'removed') add(removal, value, from);
    else if (fate === 'perhaps removed') lost.add(add(removal, value, from));
  }
  for (let count = random.int(0, 2); count > 0; count--) lost.add(add(removal, undefined, 0));
  if (random.chance(0.4)) add(removal, null, 10);
  return { history: random.shuffle(history), lost };
}
