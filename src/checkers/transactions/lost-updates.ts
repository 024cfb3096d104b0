import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { Cast, found } from './cast.js';
import type { Findings } from './finding.js';
import type { TransactionLog } from './log.js';
import type { States } from './states.js';
import type { Touches } from './touches.js';

/**
 * Committed transactions that read the same state of a key and then wrote the key: all but one of the updates are lost.
 * The order of their writes does not matter, so that this needs no version order (Adya 1999, H_lu; Elle's
 * `lost-update-cases`).
 */
export function findLostUpdates(
  log: TransactionLog,
  touches: Touches,
  states: States,
  findings: Findings,
  pulse: Pulse = unhurried,
): void {
  const first = new Int32Array(states.count).fill(-1);
  const collisions = new Map<number, number[]>();
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (touches.final[operation] === 0 || !log.isCommitted(touches.transaction[operation] as number)) continue;
    let read = operation;
    while (touches.previous[read] !== -1) read = touches.previous[read] as number;
    const state = log.writesAt(read) ? -1 : states.foundBy(read);
    if (state < 0) continue;
    const other = first[state] as number;
    if (other === -1) {
      first[state] = read;
      continue;
    }
    const colliding = collisions.get(state);
    if (colliding) colliding.push(read);
    else collisions.set(state, [other, read]);
  }
  for (const reads of collisions.values()) {
    findings.add('lost-update', () => {
      const read = reads[0] as number;
      const { name } = log.key(log.keyAt(read));
      const cast = new Cast(log);
      const named = reads.slice(0, 3).map((each) => cast.name(touches.transaction[each] as number));
      const more = reads.length > named.length ? ` and ${reads.length - named.length} more` : '';
      const title = `${named.join(', ')}${more} all read ${name} = ${found(log, read)} and then wrote ${name}: only the last update can stand`;
      return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
    });
  }
}
