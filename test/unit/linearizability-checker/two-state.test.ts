import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { mutex, set } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { eventsInOrder } from '../../../src/linearizability-checker/monitors/events.js';
import {
  FLIPS,
  IDLE,
  MAY_SET,
  REFUSED,
  SEES,
  SETS,
} from '../../../src/linearizability-checker/monitors/two-state-kinds.js';
import { ObjectSweep, Trail } from '../../../src/linearizability-checker/monitors/two-state-sweep.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { monitored } from './core.js';
import { mutexHistory, type SetHistory, setHistory, spoilMutex, spoilSet } from './object-histories.js';

/** How many configurations the sweep over the only element of a set goes on with, summed over all returns. */
function configurations(history: SetHistory): number {
  const { inputs, outputs, callRank, returnRank, size } = problemOf(set(), history, Int32Array.from(history.keys()));
  const kinds = Uint8Array.from(inputs, ({ f }, op) => {
    const output = outputs[op];
    if (f === 'contains') return typeof output === 'boolean' ? SEES + Number(output) : IDLE;
    const role = returnRank[op] === NEVER ? MAY_SET : output === true ? FLIPS : output === false ? REFUSED : SETS;
    return role + Number(f === 'add');
  });
  const sweep = new ObjectSweep(kinds, callRank, returnRank, new Trail());
  let sum = 0;
  for (const event of eventsInOrder({ size, callRank, returnRank })) {
    const op = event >> 1;
    if ((event & 1) === 0) sweep.called(op);
    else {
      sweep.returned(op);
      expect(sweep.configurations).not.toHaveLength(0);
      sum += sweep.configurations.length;
    }
  }
  return sum;
}

describe('a sweep over an object of two states', () => {
  it('goes on with those configurations that no other stands for: between two and three at a return', () => {
    let sum = 0;
    let returns = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const shape = {
        operations: 100,
        clients: random.pick([6, 10, 16]),
        crashes: random.pick([0, 0.03, 0.1]),
        times: 60,
      };
      const options = { values: 1, told: random.pick([0.3, 0.6, 0.9]), reads: 0, onlyAdds: false };
      const history = setHistory(random, shape, options).map((operation) =>
        operation.input.f === 'contains' && random.chance(0.1) ? { ...operation, output: null } : operation,
      );
      sum += configurations(history);
      returns += history.filter((operation) => operation.return !== undefined).length;
    }
    expect({ sum, returns }).toEqual({ sum: 14_919, returns: 5_773 });
  });

  it('gives up where it would go on with more than 1,024 configurations, and looks at the clock where there are 100', () => {
    const random = new Random(66);
    const shape = {
      operations: 400,
      clients: random.pick([20, 40, 80]),
      crashes: random.pick([0, 0.02]),
      times: random.pick([60, 200, 1000]),
    };
    const told = random.pick([0.02, 0.05, 0.1, 0.3, 0.6]);
    const history = setHistory(random, shape, { values: 1, told, reads: 0, onlyAdds: false });
    const judged = (operations: number) => {
      const { result, looks } = monitored(set(), history.slice(0, operations));
      return { verdict: result?.verdict, looks };
    };
    expect([judged(150), judged(200)]).toEqual([
      { verdict: 'legal', looks: 51 },
      { verdict: undefined, looks: 54 },
    ]);
  });

  it('names about twenty of sixty operations where those of a set contradict each other, and half of those of a mutex', () => {
    const named = { set: 0, mutex: 0 };
    for (let seed = 1; seed <= 150; seed++) {
      const random = new Random(seed);
      const shape = { operations: 60, clients: 4, crashes: 0.02, times: 30 };
      const elements = setHistory(random, shape, { values: 1, told: 0.6, reads: 0, onlyAdds: false });
      const ofSet = monitored(set(), spoilSet(random, spoilSet(random, elements))).result;
      if (ofSet?.verdict === 'illegal') named.set += ofSet.core.length;
      const ofMutex = monitored(mutex(), spoilMutex(random, mutexHistory(random, shape, 0.4))).result;
      if (ofMutex?.verdict === 'illegal') named.mutex += ofMutex.core.length;
    }
    expect(named).toEqual({ set: 939, mutex: 3_501 });
  });
});
