import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { LockInput, LockOutput } from '../models/reentrant-lock.js';
import { Lanes } from './lanes.js';
import { decideTwoState } from './two-state.js';
import { FLIPS, IDLE, MAY_SET, REFUSED } from './two-state-kinds.js';

const ALGORITHM = 'reentrant-lock monitor';

/**
 * Decides reentrant locks whose owners do one thing at a time. How often an owner holds the lock is then known at each
 * of its operations, and all that matters to others is its first acquire and its last release: they take and leave a
 * mutex. No owner can leave it for another, for in an order where acquires and releases alternate, and each owner's
 * do by themselves, let the first release by another than the acquire before it be B's: B's own acquire came earlier,
 * and was followed by B's release already, for all was well until then. `undefined` when operations of one
 * owner overlap, or one that never returned is not its last.
 */
export function reentrantLockMonitor(
  history: MonitoredHistory<LockInput, LockOutput>,
  limit: number,
): MonitorResult | undefined {
  const { size, inputs, outputs, callRank, returnRank } = history;
  const lanes = Lanes.of(history, (op) => (inputs[op] as LockInput).owner);
  if (lanes === undefined) return undefined;
  const kinds = new Uint8Array(size);
  for (const lane of lanes.all()) {
    let count = 0;
    for (const op of lane) {
      const refused = outputs[op] === false;
      const done = returnRank[op] === NEVER ? MAY_SET : FLIPS;
      kinds[op] = IDLE;
      if ((inputs[op] as LockInput).f === 'acquire') {
        if (refused ? count > 0 && count < limit : count >= limit && done === FLIPS) {
          return { verdict: 'illegal', algorithm: ALGORITHM, core: lanes.upTo(op) };
        }
        if (count === 0) kinds[op] = (refused ? REFUSED : done) + 1;
        if (!refused && done === FLIPS) count++;
      } else {
        if (refused ? count > 0 : count === 0 && done === FLIPS) {
          return { verdict: 'illegal', algorithm: ALGORITHM, core: lanes.upTo(op) };
        }
        if (count === 1) kinds[op] = done;
        if (!refused && done === FLIPS) count--;
      }
    }
  }
  const decision = decideTwoState({ ...history, kinds, objects: new Int32Array(size), objectCount: 1 });
  if (decision === undefined || decision.verdict === 'legal') return decision && { ...decision, algorithm: ALGORITHM };
  // Of an operation that is left out, nobody would know any more how often its owner holds the lock: so leave out none.
  const core: number[] = [];
  for (let op = 0; op < size; op++) {
    if ((callRank[op] as number) < decision.rank && returnRank[op] !== NEVER) core.push(op);
  }
  const { failedAt } = decision;
  return { verdict: 'illegal', algorithm: ALGORITHM, core, ...(failedAt !== undefined && { failedAt }) };
}
