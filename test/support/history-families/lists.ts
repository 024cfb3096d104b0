import type { Random } from '../../../src/kernel/random.js';
import type { ListInput, ListOutput, Operation, Scalar } from '../../../src/linearizability-checker/index.js';
import type { Shape } from './shape.js';
import { type SequentialObject, simulate } from './simulate.js';
import { precedes, type Subject, UNWRITTEN } from './subject.js';

/** Append-only lists, one a key: half reads of the whole, half appends of unique values. */
export const lists: Subject<ListInput, ListOutput> = {
  name: 'append-list',
  simulate: (shape, random) => simulate(shape, random, new Lists(shape)),
  spoilt(window, index, fault) {
    const read = window[index] as Operation<ListInput, ListOutput>;
    const { input, output = [] } = read;
    if (input.f !== 'read') return undefined;
    switch (fault) {
      case 'dead': {
        const acknowledged = new Set<Scalar>();
        for (const other of window) {
          if (other.input.f === 'append' && precedes(other, read)) acknowledged.add(other.input.value);
        }
        const lost = output.findLastIndex((value) => acknowledged.has(value));
        return lost < 0 ? undefined : { ...read, output: output.slice(0, lost) };
      }
      case 'never':
        return { ...read, output: [...output, UNWRITTEN] };
      case 'subtle':
        return output.length === 0 ? undefined : { ...read, output: output.slice(0, -1) };
    }
  },
};

class Lists implements SequentialObject<ListInput, ListOutput> {
  private readonly reads: readonly ListInput[];
  private readonly values = new Map<string | undefined, readonly Scalar[]>();

  constructor({ keys }: Shape) {
    this.reads = Array.from({ length: keys ?? 1 }, (_, index) => ({
      f: 'read',
      ...(keys !== undefined && { key: `k${index}` }),
    }));
  }

  draw(random: Random, serial: number, update: boolean): ListInput {
    const read = random.pick(this.reads);
    return update || random.chance(0.5) ? { ...read, f: 'append', value: serial } : read;
  }

  apply(input: ListInput): ListOutput {
    const held = this.values.get(input.key) ?? [];
    if (input.f === 'read') return held;
    this.values.set(input.key, [...held, input.value]);
    return [];
  }
}
