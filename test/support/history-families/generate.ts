import { Random } from '../../../src/kernel/random.js';
import type { Operation } from '../../../src/linearizability-checker/index.js';
import type { Shape } from './shape.js';
import type { Subject } from './subject.js';

/** Where the spoilt operation is. */
const SPOILT_AT = 0.99;
/** Operations before and after that place that are looked at: far more than can be outstanding at one time. */
const AROUND = 10_000;

/**
 * A history of a family, in the order of calls. Equal shapes and seeds give equal histories. Lazy: it takes memory for
 * the operations around the fault only.
 */
export function* operationsOf<Input, Output>(
  subject: Subject<Input, Output>,
  shape: Shape,
  seed: number,
): Generator<Operation<Input, Output>> {
  const random = new Random(seed);
  const legal = subject.simulate(shape, random.fork('history'));
  if (shape.fault === undefined) {
    yield* legal;
    return;
  }
  const target = Math.floor(shape.operations * SPOILT_AT);
  // A crashed update may take effect at any later time: then all that went before is looked at.
  const from = shape.crashed ? 0 : Math.max(0, target - AROUND);
  const to = Math.min(shape.operations, target + AROUND);
  const window: Operation<Input, Output>[] = [];
  let index = 0;
  for (const operation of legal) {
    if (index < from || index >= to) yield operation;
    else window.push(operation);
    if (++index === to) {
      spoil(subject, shape, window, target - from, random.fork('fault'));
      yield* window;
    }
  }
}

/** {@link operationsOf} as a list. */
export function generate<Input, Output>(
  subject: Subject<Input, Output>,
  shape: Shape,
  seed: number,
): Operation<Input, Output>[] {
  return Array.from(operationsOf(subject, shape, seed));
}

/** Spoils the first operation from `target` on that can be, or else the last before it. */
function spoil<Input, Output>(
  subject: Subject<Input, Output>,
  { fault = 'dead' }: Shape,
  window: Operation<Input, Output>[],
  target: number,
  random: Random,
): void {
  const places = [...window.keys()];
  for (const index of [...places.slice(target), ...places.slice(0, target).reverse()]) {
    if (window[index]?.return === undefined) continue;
    const spoilt = subject.spoilt(window, index, fault, random);
    if (spoilt === undefined) continue;
    window[index] = spoilt;
    return;
  }
  throw new RangeError(`no operation of this ${subject.name} history can be given the fault "${fault}"`);
}
