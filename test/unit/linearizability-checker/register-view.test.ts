import { describe, expect, it } from 'vitest';
import { casRegister, type RegisterInput, type Scalar } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import {
  CAS,
  eventsByRank,
  NOT,
  NOTHING,
  READ,
  registerHistory as viewOf,
  WRITE,
} from '../../../src/linearizability-checker/register/view.js';
import type { RegisterHistory } from './histories.js';

/** Every operation as it is, also those that change nothing and that nobody saw. */
function seen(history: RegisterHistory, pulse?: () => void) {
  const { readOnly: _, ...model } = casRegister();
  const view = viewOf(problemOf(model, history, Int32Array.from(history.keys())), casRegister(), pulse);
  if (view === undefined) throw new Error('a register is none');
  return view;
}

const done = (input: RegisterInput, output: Scalar | boolean, call: number) => ({
  input,
  output,
  call,
  return: call + 1,
});
const write = (value: Scalar, call = 0) => done({ f: 'write', value }, null, call);
const cas = (expected: Scalar, value: Scalar, output: boolean, call = 0) =>
  done({ f: 'cas', expected, value }, output, call);

describe('a history as that of a register', () => {
  it('tells what each operation saw and made', () => {
    const history = [
      write('a'),
      done({ f: 'read' }, 'b', 0),
      cas('a', 'b', true),
      cas('a', 'b', false),
      cas('b', 'b', true),
      { input: { f: 'cas', expected: 'b', value: 'c' } as const, call: 0 },
      { input: { f: 'cas', expected: 'c', value: 'c' } as const, call: 0 },
      { input: { f: 'write', value: 'd' } as const, call: 0 },
    ];
    expect(new Set([READ, WRITE, CAS, NOT, NOTHING]).size).toBe(5);
    const { kinds, values, expected, refused, returnRank, valueCount } = seen(history);
    expect([...kinds]).toEqual([WRITE, READ, CAS, NOT, READ, CAS, NOTHING, WRITE]);
    // null is 0, a 1, b 2, c 3, d 4.
    expect([...values]).toEqual([1, 2, 2, 1, 2, 3, 3, 4]);
    expect([expected[2], expected[5]]).toEqual([1, 2]);
    // An update that changed nothing, which nobody could know while it was running.
    expect([...refused]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    expect([...returnRank.subarray(5)]).toEqual([NEVER, NEVER, NEVER]);
    expect(valueCount).toBe(5);
  });

  it('numbers values by their first appearance, whatever they are', () => {
    const values: Scalar[] = [5, 'x', 0, 1, '1', -1, 1.5, 40, 41, 1e9, true, false, '', Number.NaN];
    // Also those around the end of the array for small numbers.
    values.push(...Array.from({ length: 60 }, (_, index) => 290 + index));
    const view = seen([...values, null, ...values].map((value) => write(value)));
    const numbers = values.map((_, index) => index + 1);
    expect([...view.values]).toEqual([...numbers, 0, ...numbers]);
    expect(view.valueCount).toBe(values.length + 1);
    const history = [write(0), write(1), write(0)];
    expect([
      ...(viewOf(problemOf(casRegister(0), history, Int32Array.of(0, 1, 2)), casRegister(0))?.values ?? []),
    ]).toEqual([0, 1, 0]);
  });

  it('has its events by rank', () => {
    const history = [
      { input: { f: 'write', value: 1 } as const, call: 0, return: 9 },
      { input: { f: 'read' } as const, output: 1, call: 2, return: 4 },
      { input: { f: 'cas', expected: 2, value: 2 } as const, call: 3 },
      { input: { f: 'write', value: 2 } as const, call: 10 },
    ];
    // The third changes nothing, and nobody saw it; of the last there is only the call.
    expect([...eventsByRank(seen(history))]).toEqual([1, 2, 0, -2, -1, 4]);
    expect([...eventsByRank(seen(history.slice(0, 3)))]).toEqual([1, 2, 0, -2, -1]);
    expect([...eventsByRank(seen([]))]).toEqual([]);
  });

  it('looks at the clock on the way, but not at every operation', () => {
    let pulses = 0;
    seen(
      Array.from({ length: 40_000 }, (_, index) => write(index, index)),
      () => pulses++,
    );
    expect(pulses).toBe(20);
  });

  it('is none of a register that does what no register can, or of another object', () => {
    const problem = problemOf(casRegister(), [write(1)], Int32Array.of(0));
    const { register: _, ...plain } = casRegister();
    expect(viewOf(problem, plain)).toBe(undefined);
    const { register } = casRegister();
    if (register === undefined) throw new Error('a register is none');
    expect(viewOf(problem, { ...casRegister(), register: { ...register, action: () => undefined } })).toBe(undefined);
  });
});
