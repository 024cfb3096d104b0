import type { Deadline } from './deadline.js';
import { decide } from './decide.js';
import { type Model, NEVER } from './model.js';
import { type Problem, restrict } from './problem.js';

export interface Reduction {
  /** Operations of the problem that contradict each other, in call order. */
  readonly operations: readonly number[];
  /** Whether it was proved that none can be spared; false when time ran out first. */
  readonly minimal: boolean;
}

/**
 * A small set of operations that cannot all have happened as recorded, whatever became of the others. An operation
 * outside the set counts as "called, and nobody knows whether it took effect": so the set names not only the
 * surprising answer, but also the earlier operations that force the state. Minimal in that sense: release any one of
 * them, and the history is legal.
 *
 * (To delete the others altogether would explain nothing: a read of 1 is illegal by itself once the write of 1 is
 * deleted.)
 */
export function reduce<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  core: readonly number[] | undefined,
  deadline: Deadline,
): Reduction {
  const isUpdate = (op: number) => !model.readOnly?.(problem.inputs[op] as Input, problem.outputs[op]);
  /** True: illegal with these certain. Undefined: no time left. */
  const contradicts = (certain: ReadonlySet<number>): boolean | undefined => {
    const chosen: number[] = [];
    for (let op = 0; op < problem.size; op++) if (certain.has(op) || isUpdate(op)) chosen.push(op);
    const decision = decide(
      model,
      restrict(problem, chosen, (op) => certain.has(op)),
      deadline,
    );
    return decision && decision.verdict === 'illegal';
  };

  let kept: number[] = [];
  for (let op = 0; op < problem.size; op++) if (problem.returnRank[op] !== NEVER) kept.push(op);
  kept.sort((left, right) => (problem.callRank[left] as number) - (problem.callRank[right] as number));
  if (core && contradicts(new Set(core))) {
    const members = new Set(core);
    kept = kept.filter((op) => members.has(op));
  }

  // Release operations in chunks, ever smaller; the oldest first, for they matter least.
  let chunk = Math.max(1, kept.length >> 1);
  while (true) {
    let released = false;
    for (let start = 0; start < kept.length; ) {
      const rest = [...kept.slice(0, start), ...kept.slice(start + chunk)];
      const illegal = rest.length > 0 && contradicts(new Set(rest));
      if (illegal === undefined) return { operations: kept, minimal: false };
      if (illegal) {
        kept = rest;
        released = true;
      } else start += chunk;
    }
    if (chunk > 1) chunk = chunk >> 1;
    else if (!released) return { operations: kept, minimal: true };
  }
}
