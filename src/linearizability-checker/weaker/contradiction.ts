import { inBudget } from '../budget.js';
import type { Deadline } from '../deadline.js';
import type { Model } from '../model.js';
import { GuaranteeDecider } from './decide-key.js';
import type { Guarantee } from './guarantees.js';
import { pick, type SessionHistory } from './sessions.js';
import type { Decision } from './version-order.js';

/** Places in the history, in the order of their calls. */
export interface SmallContradiction {
  /** Operations whose answers, or that they were carried out, contradict the guarantee. */
  readonly answers: readonly number[];
  /** Whether it was proved that none of these can be spared. */
  readonly minimal: boolean;
  /** With the updates that the answers show: those need no acknowledgement of their own. */
  readonly operations: readonly number[];
}

/** Configurations for one question. */
const EFFORT = 20_000;
/** Without a first contradiction to begin with, larger histories are not reduced. */
const LARGEST_START = 400;

/**
 * A small set of operations whose answers violate the guarantee, whatever became of the others: of an operation
 * outside the set only this counts, that it was called, so that it may or may not have taken effect.
 *
 * @param found a contradiction to begin with, or nothing
 */
export function reduceContradiction<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: SessionHistory<Input, Output>,
  guarantee: Guarantee,
  found: readonly number[],
  deadline: Deadline,
): SmallContradiction {
  const updates: number[] = [];
  const certain: number[] = [];
  for (let op = 0; op < history.size; op++) {
    if (!model.readOnly?.(history.inputs[op] as Input, history.outputs[op])) updates.push(op);
    if (history.returned[op] === 1) certain.push(op);
  }
  /** The decision when only these are certain, and the operations that it was made about. */
  const judge = (kept: readonly number[]): { readonly decision: Decision | undefined; readonly chosen: number[] } => {
    const members = new Set(kept);
    const keys = new Set(kept.map((op) => history.key[op]));
    const around = updates.filter((op) => keys.has(history.key[op]));
    const chosen = [...new Set([...kept, ...around])].sort((left, right) => left - right);
    const released = pick(history, chosen, (op) => members.has(op));
    const decider = new GuaranteeDecider(model, released, guarantee);
    const decision = inBudget(() => decider.byVersions(deadline) ?? decider.bySearch(EFFORT, deadline));
    return { decision, chosen };
  };
  const contradicts = (kept: readonly number[]) => judge(kept).decision?.verdict === 'violated';
  const told = (answers: readonly number[], minimal: boolean): SmallContradiction => {
    const { decision, chosen } = judge(answers);
    const shown = decision?.verdict === 'violated' ? decision.operations.map((op) => chosen[op] as number) : [];
    const operations = [...new Set([...answers, ...shown])].sort((left, right) => left - right);
    return { answers, minimal, operations };
  };

  const returned = found.filter((op) => history.returned[op] === 1).sort((left, right) => left - right);
  let kept = returned;
  if (returned.length === 0 || !contradicts(returned)) {
    if (certain.length > LARGEST_START) return { answers: returned, minimal: false, operations: returned };
    kept = certain;
  }
  for (let chunk = Math.max(1, kept.length >> 1); ; ) {
    let released = false;
    for (let start = 0; start < kept.length; ) {
      if (deadline.passed()) return { answers: kept, minimal: false, operations: kept };
      const rest = [...kept.slice(0, start), ...kept.slice(start + chunk)];
      if (rest.length > 0 && contradicts(rest)) {
        kept = rest;
        released = true;
      } else start += chunk;
    }
    if (chunk > 1) chunk >>= 1;
    else if (!released) return told(kept, !deadline.passed());
  }
}
