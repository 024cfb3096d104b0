import type { Model } from './model.js';

/** An object whose operations may have several outcomes: a cache that may forget, a queue that may lose its tail. */
export interface NondeterministicModel<State, Input, Output>
  extends Pick<Model<State, Input, Output>, 'name' | 'init' | 'hash' | 'equals' | 'partition' | 'describe'> {
  /**
   * Every state that can follow when `input` answered `output`; none when it could not have answered that in this
   * state. `output` is `undefined` for an operation without an answer.
   */
  steps(state: State, input: Input, output: Output | undefined): readonly State[];
}

/**
 * The same object as a model whose states are sets of the given one's states: all that it can be in, by what was
 * answered so far. A history is linearizable for one exactly when it is for the other.
 *
 * @example
 * // A register whose writes may be lost.
 * const lossy = nondeterministic<number, { f: 'read' } | { f: 'write'; value: number }, number>({
 *   name: 'lossy register',
 *   init: 0,
 *   steps: (state, input, output) =>
 *     input.f === 'write' ? [state, input.value] : output === undefined || output === state ? [state] : [],
 * });
 */
export function nondeterministic<State, Input, Output>(
  model: NondeterministicModel<State, Input, Output>,
): Model<readonly State[], Input, Output> {
  const hashOf = (state: State) => (model.hash ? model.hash(state) : JSON.stringify(state));
  const same = (left: State, right: State) =>
    hashOf(left) === hashOf(right) && (model.equals === undefined || model.equals(left, right));
  return {
    name: model.name,
    init: [model.init],
    step(states, input, output) {
      const byHash = new Map<string | number, State[]>();
      const next: State[] = [];
      for (const state of states) {
        for (const made of model.steps(state, input, output)) {
          const hash = hashOf(made);
          const alike = byHash.get(hash);
          if (alike?.some((other) => same(other, made))) continue;
          if (alike) alike.push(made);
          else byHash.set(hash, [made]);
          next.push(made);
        }
      }
      return next.length === 0 ? undefined : next;
    },
    hash: (states) =>
      states
        .map((state) => String(hashOf(state)))
        .sort()
        .join('\n'),
    equals: (left, right) =>
      left.length === right.length && left.every((state) => right.some((other) => same(state, other))),
    ...(model.partition && { partition: (input: Input) => model.partition?.(input) as string }),
    ...(model.describe && {
      describe: (input: Input, output: Output | undefined) => model.describe?.(input, output) as string,
    }),
  };
}
