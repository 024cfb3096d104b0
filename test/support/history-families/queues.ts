import type { Random } from '../../../src/kernel/random.js';
import type { Operation, QueueInput, Scalar, StackInput } from '../../../src/linearizability-checker/index.js';
import { type SequentialObject, simulate } from './simulate.js';
import { precedes, type Subject, UNWRITTEN } from './subject.js';

/** A first-in-first-out queue: half enqueues of unique values, half dequeues. */
export const queues: Subject<QueueInput, Scalar> = buffers<QueueInput>('fifo-queue', {
  put: (value) => ({ f: 'enqueue', value }),
  take: { f: 'dequeue' },
  next: (held) => held.shift(),
});

/** A stack: half pushes of unique values, half pops. */
export const stacks: Subject<StackInput, Scalar> = buffers<StackInput>('stack', {
  put: (value) => ({ f: 'push', value }),
  take: { f: 'pop' },
  next: (held) => held.pop(),
});

/** What tells a queue from a stack. */
interface Discipline<Input> {
  readonly put: (value: number) => Input;
  readonly take: Input;
  readonly next: (held: Scalar[]) => Scalar | undefined;
}

function buffers<Input extends { readonly f: string; readonly value?: Scalar }>(
  name: string,
  discipline: Discipline<Input>,
): Subject<Input, Scalar> {
  return {
    name,
    simulate: (shape, random) => simulate(shape, random, new Buffered(discipline)),
    spoilt(window, index, fault) {
      const taken = window[index] as Operation<Input, Scalar>;
      if (taken.input !== discipline.take) return undefined;
      switch (fault) {
        case 'dead': {
          // It was taken before by an operation that had returned: once only, for values are unique.
          const earlier = window.findLast(
            (other) => other.input === discipline.take && (other.output ?? null) !== null && precedes(other, taken),
          );
          return earlier?.output === undefined ? undefined : { ...taken, output: earlier.output };
        }
        case 'never':
          return { ...taken, output: UNWRITTEN };
        case 'subtle':
          return taken.output === null ? undefined : { ...taken, output: null };
      }
    },
  };
}

class Buffered<Input extends { readonly value?: Scalar }> implements SequentialObject<Input, Scalar> {
  private readonly held: Scalar[] = [];

  constructor(private readonly discipline: Discipline<Input>) {}

  draw(random: Random, serial: number): Input {
    return random.chance(0.5) ? this.discipline.put(serial) : this.discipline.take;
  }

  apply(input: Input): Scalar {
    if (input === this.discipline.take) return this.discipline.next(this.held) ?? null;
    this.held.push(input.value ?? null);
    return null;
  }
}
