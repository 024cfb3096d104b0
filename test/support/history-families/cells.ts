import type { Random } from '../../../src/kernel/random.js';
import type { KeyValueInput, Operation, RegisterInput, Scalar } from '../../../src/linearizability-checker/index.js';
import type { Fault, Shape } from './shape.js';
import { type SequentialObject, simulate } from './simulate.js';
import { deadValue, type Production, type Subject, UNWRITTEN } from './subject.js';

/** A register, or one for each key: half reads. With few values a quarter are compare-and-sets, else none. */
export const registers: Subject<RegisterInput, Scalar> = cells<RegisterInput>(
  'register',
  ({ values }) => (values === 'few' ? 0.25 : 0),
  {
    read: (key) => ({ f: 'read', ...key }),
    write: (key, value) => ({ f: 'write', ...key, value }),
    cas: (key, expected, value) => ({ f: 'cas', ...key, expected, value }),
  },
);

/** A key-value store: half gets, a tenth compare-and-sets, else puts. */
export const keyValues: Subject<KeyValueInput, Scalar> = cells<KeyValueInput>('kv', () => 0.1, {
  read: (key) => ({ f: 'get', key: key?.key ?? '' }),
  write: (key, value) => ({ f: 'put', key: key?.key ?? '', value }),
  cas: (key, expected, value) => ({ f: 'cas', key: key?.key ?? '', expected, value }),
});

interface CellInput {
  readonly f: string;
  readonly key?: string;
  readonly value?: Scalar;
  readonly expected?: Scalar;
}

type Key = { readonly key: string } | undefined;

/** How an object asks for what every object of this kind can do. */
interface Words<Input> {
  readonly read: (key: Key) => Input;
  readonly write: (key: Key, value: number) => Input;
  readonly cas: (key: Key, expected: Scalar, value: number) => Input;
}

const READS = 0.5;
/** How many values there are where there are few. */
const FEW = 5;

/** Objects that hold one value a key, `null` at first. */
function cells<Input extends CellInput>(
  name: string,
  casShare: (shape: Shape) => number,
  words: Words<Input>,
): Subject<Input, Scalar> {
  return {
    name,
    simulate: (shape, random) => simulate(shape, random, new Cells(shape, casShare(shape), words)),
    spoilt(window, index, fault, random) {
      const read = window[index] as Operation<Input, Scalar>;
      if (kindOf(read.input) !== 'read') return undefined;
      const output = wrongAnswer(window, index, fault, random);
      return output === undefined ? undefined : { ...read, output };
    },
  };
}

class Cells<Input extends CellInput> implements SequentialObject<Input, Scalar> {
  private readonly keys: readonly Key[];
  private readonly values = new Map<string | undefined, Scalar>();
  private readonly reads: readonly Input[];
  /** Inputs of families with few values, by what tells them apart. */
  private readonly known = new Map<string, Input>();

  constructor(
    private readonly shape: Shape,
    private readonly casShare: number,
    private readonly words: Words<Input>,
  ) {
    this.keys = Array.from({ length: shape.keys ?? 1 }, (_, index) =>
      shape.keys === undefined ? undefined : { key: `k${index}` },
    );
    this.reads = this.keys.map((key) => words.read(key));
  }

  draw(random: Random, serial: number, update: boolean): Input {
    const place = this.keys.length === 1 ? 0 : random.int(0, this.keys.length - 1);
    const key = this.keys[place];
    const kind = update ? READS + random.float() * (1 - READS) : random.float();
    if (kind < READS) return this.reads[place] as Input;
    const value = this.shape.values === 'few' ? random.int(1, FEW) : serial;
    if (kind >= READS + this.casShare) return this.shared(`${key?.key} ${value}`, () => this.words.write(key, value));
    const expected = this.expected(random, key, serial);
    return this.shared(`${key?.key} ${expected} ${value}`, () => this.words.cas(key, expected, value));
  }

  apply(input: Input): Scalar {
    const { key, value = null, expected } = input;
    const held = this.values.get(key) ?? null;
    switch (kindOf(input)) {
      case 'read':
        return held;
      case 'write':
        this.values.set(key, value);
        return null;
      case 'cas':
        if (held === expected) this.values.set(key, value);
        return held === expected;
    }
  }

  /** Half of the compare-and-sets expect what the key holds now, the others any value that was perhaps written before. */
  private expected(random: Random, key: Key, serial: number): Scalar {
    if (random.chance(0.5)) return this.values.get(key?.key) ?? null;
    return random.int(1, this.shape.values === 'few' ? FEW : serial);
  }

  /** One object for equal inputs where there are only so many: a history of a million operations stays small. */
  private shared(name: string, make: () => Input): Input {
    if (this.shape.values !== 'few') return make();
    let input = this.known.get(name);
    if (input === undefined) {
      input = make();
      this.known.set(name, input);
    }
    return input;
  }
}

function kindOf(input: CellInput): 'read' | 'write' | 'cas' {
  if (input.value === undefined) return 'read';
  return input.expected === undefined ? 'write' : 'cas';
}

function wrongAnswer<Input extends CellInput>(
  window: readonly Operation<Input, Scalar>[],
  index: number,
  fault: Fault,
  random: Random,
): Scalar | undefined {
  const read = window[index] as Operation<Input, Scalar>;
  if (fault === 'never') return UNWRITTEN;
  const { key } = read.input;
  const productions = window.flatMap((operation, at): (Production<Scalar> & { readonly at: number })[] => {
    const { input, output } = operation;
    if (input.key !== key || input.value === undefined || output === false) return [];
    return [{ value: input.value, operation, at }];
  });
  if (fault === 'dead') return deadValue(productions, read);
  const recent = productions.filter(({ value, at }) => at < index && value !== read.output).slice(-RECENT);
  return recent.length === 0 ? undefined : random.pick(recent).value;
}

/** From how many of the latest values a `subtle` wrong answer is chosen. */
const RECENT = 10;
