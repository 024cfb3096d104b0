import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  casRegister,
  type Model,
  type Operation,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
} from '../../../src/linearizability-checker/index.js';
import { RegisterStream } from '../../../src/linearizability-checker/register/register-stream.js';
import { type RegisterHistory, registerHistory, spoilRegister } from './histories.js';
import { follow } from './online.js';

type Register = Model<Scalar, RegisterInput, RegisterOutput>;

function streamOf(model: Register = casRegister()): RegisterStream<Scalar, RegisterInput, RegisterOutput> {
  if (model.register === undefined) throw new Error('a register is none');
  return new RegisterStream(model.register, model.init);
}

const write = (value: Scalar, call: number, returned = call + 1): Operation<RegisterInput, RegisterOutput> => ({
  input: { f: 'write', value },
  output: null,
  call,
  return: returned,
});
const cas = (expected: Scalar, value: Scalar, output = true): Operation<RegisterInput, RegisterOutput> => ({
  input: { f: 'cas', expected, value },
  output,
  call: 0,
  return: 1,
});
const read = (value: Scalar): Operation<RegisterInput, RegisterOutput> => ({
  input: { f: 'read' },
  output: value,
  call: 0,
  return: 1,
});
const lost = (value: Scalar): Operation<RegisterInput, RegisterOutput> => ({ input: { f: 'write', value }, call: 0 });

describe('a stream of a register', () => {
  const followed = (values: number) => {
    const seen = { illegal: 0, certain: 0, uncertain: 0, gaveUp: 0 };
    for (let seed = 1; seed <= 1200; seed++) {
      const random = new Random(seed);
      const shape = { operations: random.int(3, 8), clients: random.int(1, 4), times: random.int(4, 30) };
      const rates = { crashes: random.pick([0, 0, 0.2]), values, cas: random.pick([0, 0.3]) };
      // Refused compare-and-sets may have to wait for their place.
      const history = spoilRegister(seed, registerHistory(seed, { ...shape, ...rates })).filter(
        ({ output }) => output !== false,
      );
      follow(casRegister(), streamOf(), history as RegisterHistory, seen, `seed ${seed}`);
    }
    return seen;
  };

  it('says of every return whether the history is linearizable by then, and of the state whether it is certain', () => {
    const seen = followed(0);
    expect(Math.min(seen.illegal, seen.certain, seen.uncertain)).toBeGreaterThan(300);
    expect(seen.gaveUp).toBe(0);
  });

  it('is right as long as it does not give up, where values are written again', () => {
    const seen = followed(4);
    expect(Math.min(seen.illegal, seen.certain, seen.uncertain, seen.gaveUp)).toBeGreaterThan(100);
  });

  it('gives up where a value is written that can still be seen, and not once it is over', () => {
    const stream = streamOf();
    expect(stream.return_(stream.call(write(1, 0)) as number)).toBe('legal');
    expect(stream.return_(stream.call(write(2, 0)) as number)).toBe('legal');
    expect(stream.call(write(2, 0))).toBe('gave up');
    const other = streamOf();
    expect(other.return_(other.call(write(1, 0)) as number)).toBe('legal');
    expect(other.return_(other.call(write(2, 0)) as number)).toBe('legal');
    expect(other.onlyState).toBe(2);
    expect(other.return_(other.call(write(1, 0)) as number)).toBe('legal');
    expect(other.return_(other.call(read(1)) as number)).toBe('legal');
    expect(other.return_(other.call(read(2)) as number)).toBe('illegal');
  });

  it('gives up at what no register can', () => {
    const { register } = casRegister();
    if (register === undefined) throw new Error('a register is none');
    const stream = new RegisterStream({ ...register, action: () => undefined }, null);
    expect(stream.call(read(1))).toBe('gave up');
  });

  it('is not certain of the state while something is running, was lost, or waits for its place', () => {
    const stream = streamOf(casRegister(0));
    expect(stream.onlyState).toBe(0);
    const running = stream.call(read(0)) as number;
    expect(stream.onlyState).toBe(undefined);
    expect(stream.return_(running)).toBe('legal');
    expect(stream.onlyState).toBe(0);
    expect(stream.call(lost(1))).toBe(-1);
    expect(stream.onlyState).toBe(undefined);
    // Of two values that were written at the same time, one was not held by then; nobody knows which.
    const two = streamOf(casRegister(0));
    const [first, second] = [two.call(write(1, 0)) as number, two.call(write(2, 0)) as number];
    const refused = two.call(cas(1, 3, false)) as number;
    expect([two.return_(first), two.return_(second), two.return_(refused)]).toEqual(['legal', 'legal', 'legal']);
    expect(two.onlyState).toBe(undefined);
    expect(two.end()).toBe('gave up');
    // To see that 2 came last is to know that it was there by then.
    expect(two.return_(two.call(read(2)) as number)).toBe('legal');
    expect(two.end()).toBe('legal');
    // The only value there is, and somebody did not find it while it was being written.
    const only = streamOf(casRegister(0));
    const [writing, missing] = [only.call(write(1, 0)) as number, only.call(cas(1, 3, false)) as number];
    expect([only.return_(writing), only.return_(missing)]).toEqual(['legal', 'legal']);
    expect(only.onlyState).toBe(undefined);
    // What came later still tells nothing.
    const known = streamOf(casRegister(0));
    const slots = [known.call(write(1, 0)), known.call(write(2, 0)), known.call(cas(2, 3, false))];
    for (const slot of slots) expect(known.return_(slot as number)).toBe('legal');
    expect(known.return_(known.call(write(4, 0)) as number)).toBe('legal');
    expect(known.end()).toBe('gave up');
  });

  it('keeps the number of a value that a lost compare-and-set wants, though the value is over', () => {
    for (let others = 1; others <= 6; others++) {
      const stream = streamOf(casRegister(0));
      expect(stream.call({ input: { f: 'cas', expected: 0, value: 100 }, call: 0 })).toBe(-1);
      for (let value = 1; value <= others; value++) {
        expect(stream.return_(stream.call(write(value, 0)) as number)).toBe('legal');
        expect(stream.return_(stream.call(read(value)) as number)).toBe('legal');
      }
      // It came first of all, if it ever did.
      expect(stream.return_(stream.call(read(100)) as number), `${others} others`).toBe('illegal');
    }
  });

  it('lets an operation find what was there when it was called, however much was before and came then', () => {
    for (const before of [1, 1000, 1022, 1023, 1024, 1025, 1026, 2050]) {
      const stream = streamOf();
      let value = 0;
      const complete = () => expect(stream.return_(stream.call(write(++value, 0)) as number)).toBe('legal');
      for (let index = 0; index < before; index++) complete();
      const last = stream.call(write(++value, 0)) as number;
      const reader = stream.call(read(value)) as number;
      expect(stream.return_(last)).toBe('legal');
      for (let index = 0; index < 40; index++) complete();
      expect(stream.return_(reader), `${before} before`).toBe('legal');
    }
  });

  it('gives up when the value that somebody did not find is over', () => {
    const stream = streamOf(casRegister(0));
    const slots = [stream.call(write(1, 0)), stream.call(write(2, 0)), stream.call(cas(1, 3, false))] as number[];
    for (const slot of slots) expect(stream.return_(slot)).toBe('legal');
    const judged: string[] = [];
    for (let value = 4; value < 20; value++) judged.push(stream.return_(stream.call(write(value, 0)) as number));
    expect(judged).toContain('gave up');
  });
});
