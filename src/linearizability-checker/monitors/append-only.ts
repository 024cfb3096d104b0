import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { ListInput, ListOutput } from '../models/append-list.js';
import type { Scalar } from '../models/cas-register.js';

const ALGORITHM = 'append-only monitor';

/**
 * Decides lists where every value is appended at most once, in linear time. The longest read tells the order of all
 * appends that anyone saw, so every read is of one version: its length. Versions, each with its append first and
 * then its reads, stand in that order in every linearization, and appends that nobody saw after them all. That order
 * is one exactly when no operation returned before one of an earlier version was called. `undefined` when a value
 * is appended twice.
 */
export function appendOnlyMonitor(history: MonitoredHistory<ListInput, ListOutput>): MonitorResult | undefined {
  const { size, inputs, outputs, callRank, returnRank } = history;
  const illegal = (core: readonly number[]): MonitorResult => ({ verdict: 'illegal', algorithm: ALGORITHM, core });

  const appends = new Map<Scalar, number>();
  let longest = -1;
  const lengthOf = (read: number) => (outputs[read] as ListOutput).length;
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as ListInput;
    if (input.f === 'append') {
      if (appends.has(input.value)) return undefined;
      appends.set(input.value, op);
    } else if (returnRank[op] !== NEVER && (longest < 0 || lengthOf(op) > lengthOf(longest))) longest = op;
  }

  const list = longest < 0 ? [] : (outputs[longest] as ListOutput);
  /** By length: the append that made this version, and its reads. */
  const versions: { append: number; reads: number[] }[] = [{ append: -1, reads: [] }];
  const seen = new Set<Scalar>();
  for (const value of list) {
    const append = appends.get(value);
    // A value that nobody appended, or one that is there twice.
    if (append === undefined || seen.has(value)) return illegal([longest]);
    seen.add(value);
    versions.push({ append, reads: [] });
  }
  for (let op = 0; op < size; op++) {
    if ((inputs[op] as ListInput).f !== 'read' || returnRank[op] === NEVER) continue;
    const found = outputs[op] as ListOutput;
    for (let index = 0; index < found.length; index++) {
      if (found[index] === list[index]) continue;
      const value = found[index] as Scalar;
      const phantom = !appends.has(value) || found.indexOf(value) < index;
      return illegal(phantom ? [op] : [op, longest]);
    }
    versions[found.length]?.reads.push(op);
  }

  const order: number[] = [];
  let latestCall = -1;
  let latestCaller = -1;
  for (const { append, reads } of versions) {
    reads.sort((left, right) => (callRank[left] as number) - (callRank[right] as number));
    // The append comes before its reads, as a version of its own would.
    for (const members of append < 0 ? [reads] : [[append], reads]) {
      for (const op of members) {
        if ((returnRank[op] as number) < latestCall) return illegal([...new Set([op, latestCaller, longest])]);
      }
      for (const op of members) {
        order.push(op);
        if ((callRank[op] as number) > latestCall) {
          latestCall = callRank[op] as number;
          latestCaller = op;
        }
      }
    }
  }
  const unseen: number[] = [];
  for (const [value, op] of appends) if (!seen.has(value) && returnRank[op] !== NEVER) unseen.push(op);
  unseen.sort((left, right) => (callRank[left] as number) - (callRank[right] as number));
  for (const op of unseen) {
    if ((returnRank[op] as number) < latestCall) return illegal([...new Set([op, latestCaller])]);
    order.push(op);
  }
  return { verdict: 'legal', algorithm: ALGORITHM, order };
}
