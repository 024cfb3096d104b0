import type { Model, Operation } from '../../../../src/linearizability-checker/index.js';

type Operations<Input, Output> = readonly Operation<Input, Output>[];

/** The dumb twin of sequential consistency: tries every interleaving of the processes. */
export function isSequential<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: Operations<Input, Output>,
): boolean {
  const done = new Set<number>();
  const states = new Map<string, State>();
  const visit = (): boolean => {
    if (operations.every((operation, index) => done.has(index) || operation.return === undefined)) return true;
    return operations.some((operation, index) => {
      if (done.has(index)) return false;
      if (operations.some((other, place) => !done.has(place) && isBefore(operations, place, index, other)))
        return false;
      const key = model.partition?.(operation.input) ?? '';
      const state = states.get(key) ?? model.init;
      const output = operation.return === undefined ? undefined : operation.output;
      const next = model.step(state, operation.input, output);
      if (next === undefined) return false;
      done.add(index);
      states.set(key, next);
      const found = visit();
      done.delete(index);
      states.set(key, state);
      return found;
    });
  };
  return visit();
}

/** Whether the operation at `place` comes before that at `index` in one process. Nothing waits for a crashed one. */
function isBefore<Input, Output>(
  operations: Operations<Input, Output>,
  place: number,
  index: number,
  other = operations[place] as Operation<Input, Output>,
): boolean {
  const operation = operations[index] as Operation<Input, Output>;
  if (place === index || other.process !== operation.process || other.return === undefined) return false;
  if (other.call !== operation.call) return other.call < operation.call;
  const end = operation.return ?? Number.POSITIVE_INFINITY;
  return other.return === end ? place < index : other.return < end;
}

export interface Sessions {
  readonly 'read your writes': boolean;
  readonly 'monotonic reads': boolean;
  readonly 'monotonic writes': boolean;
  readonly 'writes follow reads': boolean;
}

/**
 * The dumb twin of the session guarantees, by versions: tries every order of the updates of one key, with every
 * subset of the crashed ones; a read is of some version, and an update makes one.
 *
 * @param observes whether the answer of an update tells what it found
 */
export function sessionsHold<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: Operations<Input, Output>,
  observes: (input: Input, output: Output | undefined) => boolean,
): Sessions {
  const result = {
    'read your writes': false,
    'monotonic reads': false,
    'monotonic writes': false,
    'writes follow reads': false,
  };
  const known = (index: number) => operations[index]?.return !== undefined;
  const isRead = (index: number) => {
    const { input, output } = operations[index] as Operation<Input, Output>;
    return model.readOnly?.(input, known(index) ? output : undefined) ?? false;
  };
  const indices = operations.map((_, index) => index);
  const updates = indices.filter((index) => !isRead(index));
  const reads = indices.filter((index) => isRead(index) && known(index));

  const judge = (order: readonly number[], states: readonly State[]): void => {
    /** The version that an update makes: 1 for the first. */
    const made = (update: number) => order.indexOf(update) + 1;
    const possible = new Map(
      reads.map((read) => {
        const { input, output } = operations[read] as Operation<Input, Output>;
        return [
          read,
          states.flatMap((state, version) => (model.step(state, input, output) === undefined ? [] : [version])),
        ];
      }),
    );
    if (reads.some((read) => possible.get(read)?.length === 0)) return;
    const earlier = (list: readonly number[], index: number) =>
      list.filter((other) => isBefore(operations, other, index));
    const seeing = order.filter((update) => {
      const { input, output } = operations[update] as Operation<Input, Output>;
      return known(update) && observes(input, output);
    });
    const inOrder = (list: readonly number[], later: readonly number[]) =>
      later.every((update) => earlier(list, update).every((other) => made(other) < made(update)));

    const ownWrites = (read: number) => Math.max(0, ...earlier(order, read).map(made));
    if (
      inOrder(order, seeing) &&
      reads.every((read) => possible.get(read)?.some((version) => version >= ownWrites(read)))
    ) {
      result['read your writes'] = true;
    }
    if (inOrder(order, order)) result['monotonic writes'] = true;

    // Each read takes the oldest version that does not go back.
    const version = new Map<number, number>();
    const inTime = [...reads, ...seeing].sort((left, right) =>
      isBefore(operations, left, right) ? -1 : isBefore(operations, right, left) ? 1 : 0,
    );
    const monotonic = byProcess(operations, inTime).every((mine) => {
      let latest = 0;
      return mine.every((index) => {
        if (seeing.includes(index)) {
          if (made(index) <= latest) return false;
          latest = made(index);
          return true;
        }
        const found = possible.get(index)?.find((candidate) => candidate >= latest);
        if (found === undefined) return false;
        version.set(index, found);
        latest = found;
        return true;
      });
    });
    if (monotonic) result['monotonic reads'] = true;

    const follow = reads.every((read) => {
      const later = order.filter((update) => isBefore(operations, read, update)).map(made);
      return Math.min(...(possible.get(read) ?? [])) < Math.min(Number.POSITIVE_INFINITY, ...later);
    });
    if (follow && inOrder(seeing, order)) result['writes follow reads'] = true;
  };

  const extend = (order: readonly number[], states: readonly State[]): void => {
    if (updates.every((update) => order.includes(update) || !known(update))) judge(order, states);
    for (const update of updates) {
      if (order.includes(update)) continue;
      const { input, output } = operations[update] as Operation<Input, Output>;
      const next = model.step(states.at(-1) as State, input, known(update) ? output : undefined);
      if (next !== undefined) extend([...order, update], [...states, next]);
    }
  };
  extend([], [model.init]);
  return result;
}

function byProcess<Input, Output>(operations: Operations<Input, Output>, indices: readonly number[]): number[][] {
  const lists = new Map<number | undefined, number[]>();
  for (const index of indices) {
    const process = operations[index]?.process;
    lists.set(process, [...(lists.get(process) ?? []), index]);
  }
  return [...lists.values()].map((list) => list.sort((left, right) => (isBefore(operations, left, right) ? -1 : 1)));
}
