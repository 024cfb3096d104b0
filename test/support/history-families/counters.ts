import type { Random } from '../../../src/kernel/random.js';
import type { CounterInput, CounterOutput, Operation } from '../../../src/linearizability-checker/index.js';
import { type SequentialObject, simulate } from './simulate.js';
import { precedes, type Subject, UNWRITTEN } from './subject.js';

/** One counter that only goes up: half reads, half adds of 1 to 5, which are not told the sum. */
export const counters: Subject<CounterInput, CounterOutput> = {
  name: 'counter',
  simulate: (shape, random) => simulate(shape, random, new Sum()),
  spoilt(window, index, fault) {
    const read = window[index] as Operation<CounterInput, CounterOutput>;
    if (read.input.f !== 'read') return undefined;
    if (fault === 'never') return { ...read, output: UNWRITTEN };
    const earlier = window
      .slice(0, index)
      .filter(({ input, output = null }) => input.f === 'read' && output !== null && output !== read.output)
      .reverse();
    if (fault === 'subtle')
      return earlier[0]?.output === undefined ? undefined : { ...read, output: earlier[0].output };
    // Something was surely added since that read: it begins after all the others that do.
    const added = window.findLast((operation) => operation.input.f === 'add' && precedes(operation, read));
    const stale = added && earlier.find((operation) => precedes(operation, added));
    return stale?.output === undefined ? undefined : { ...read, output: stale.output };
  },
};

const ADDS = [1, 2, 3, 4, 5].map((value): CounterInput => ({ f: 'add', value }));
const READ: CounterInput = { f: 'read' };

class Sum implements SequentialObject<CounterInput, CounterOutput> {
  private sum = 0;

  draw(random: Random, _serial: number, update: boolean): CounterInput {
    return update || random.chance(0.5) ? random.pick(ADDS) : READ;
  }

  apply(input: CounterInput): CounterOutput {
    if (input.f === 'read') return this.sum;
    this.sum += input.value;
    return null;
  }
}
