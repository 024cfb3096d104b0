import type { Random } from '../../../src/kernel/random.js';
import type { Operation, SetInput, SetOutput } from '../../../src/linearizability-checker/index.js';
import { type SequentialObject, simulate } from './simulate.js';
import { deadValue, type Production, type Subject } from './subject.js';

/** One set of up to 100 elements: half ask for an element, the others add or remove one and are not told what was there. */
export const sets: Subject<SetInput, SetOutput> = {
  name: 'set',
  simulate: (shape, random) => simulate(shape, random, new Elements()),
  spoilt(window, index, fault) {
    const read = window[index] as Operation<SetInput, SetOutput>;
    const { input, output } = read;
    if (input.f !== 'contains' || fault === 'never') return undefined;
    if (fault === 'subtle') return { ...read, output: !output };
    const productions = window.flatMap((operation): Production<boolean>[] => {
      const { f } = operation.input;
      if (f === 'contains' || f === 'read' || operation.input.value !== input.value) return [];
      return [{ value: f === 'add', operation }];
    });
    const dead = deadValue(productions, read);
    return dead === undefined ? undefined : { ...read, output: dead };
  },
};

const ELEMENTS = 100;

const INPUTS = (['contains', 'add', 'remove'] as const).map((f) =>
  Array.from({ length: ELEMENTS }, (_, value): SetInput => ({ f, value })),
) as [SetInput[], SetInput[], SetInput[]];

class Elements implements SequentialObject<SetInput, SetOutput> {
  private readonly present = new Set<unknown>();

  draw(random: Random, _serial: number, update: boolean): SetInput {
    const [contains, adds, removes] = INPUTS;
    if (!update && random.chance(0.5)) return random.pick(contains);
    return random.pick(random.chance(0.5) ? adds : removes);
  }

  apply(input: SetInput): SetOutput {
    switch (input.f) {
      case 'add':
        this.present.add(input.value);
        return null;
      case 'remove':
        this.present.delete(input.value);
        return null;
      case 'contains':
        return this.present.has(input.value);
      case 'read':
        throw new Error('nobody asks for the whole set');
    }
  }
}
