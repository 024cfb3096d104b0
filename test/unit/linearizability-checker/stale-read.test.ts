import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { casRegister } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { findStaleRead, type StaleRead } from '../../../src/linearizability-checker/register/stale-read.js';
import {
  CAS,
  NOT,
  READ,
  registerHistory as viewOf,
  WRITE,
} from '../../../src/linearizability-checker/register/view.js';
import { registerHistory, spoilRegister } from './histories.js';

type View = NonNullable<ReturnType<typeof viewOf>>;

const CASES = 4000;

/** The dumb twin: looks at every operation, all who can have written what it found, and everybody in between. */
function stalest({ size, kinds, values, expected, callRank, returnRank }: View): StaleRead | undefined {
  const all = [...Array(size).keys()];
  const call = (op: number) => callRank[op] as number;
  const end = (op: number) => returnRank[op] as number;
  const byReturn = all.filter((op) => end(op) !== NEVER).sort((left, right) => end(left) - end(right));
  for (const op of byReturn.filter((each) => kinds[each] === READ || kinds[each] === CAS)) {
    const value = kinds[op] === READ ? values[op] : expected[op];
    const writers = all.filter(
      (each) => (kinds[each] === WRITE || kinds[each] === CAS) && values[each] === value && call(each) < end(op),
    );
    if (writers.length === 0 && value !== 0) return { op };
    const over = Math.max(-1, ...writers.map(end));
    const witness = byReturn.find(
      (each) => kinds[each] !== NOT && values[each] !== value && call(each) > over && end(each) < call(op),
    );
    if (witness !== undefined) return { op, witness };
  }
  return undefined;
}

describe('a stale read', () => {
  it('is found wherever one answer contradicts one other, the first to return, by the first that shows it', () => {
    const seen = { none: 0, unwritten: 0, stale: 0 };
    for (let seed = 1; seed <= CASES; seed++) {
      const random = new Random(seed);
      const legal = registerHistory(seed, {
        operations: random.int(3, 14),
        clients: random.int(1, 4),
        crashes: random.pick([0, 0.1, 0.3]),
        times: random.int(4, 30),
        values: random.pick([0, 1, 2, 3]),
        cas: random.pick([0, 0.3]),
      });
      const history = random.shuffle(spoilRegister(seed, legal));
      const view = viewOf(problemOf(casRegister(), history, Int32Array.from(history.keys())), casRegister()) as View;
      const found = findStaleRead(view);
      expect(found, `seed ${seed}: ${JSON.stringify(history)}`).toEqual(stalest(view));
      seen[found === undefined ? 'none' : found.witness === undefined ? 'unwritten' : 'stale']++;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(CASES / 20);
  });
});
