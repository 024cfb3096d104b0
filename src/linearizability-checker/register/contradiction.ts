import { LOOK, type Pulse, unhurried } from '../deadline.js';
import { NEVER } from '../model.js';
import { RegisterSweep } from './sweep.js';
import { uniqueWritesMonitor } from './unique.js';
import { CAS, NOT, READ, type RegisterHistory, WRITE } from './view.js';

/** Configurations that one question may cost. */
const PATIENCE = 10_000;

/**
 * Answers questions about parts of one register's history: do these operations contradict one another, whatever became
 * of the others? Cheap for a few operations of a long history: others that cannot matter to them are not looked at.
 */
export class RegisterContradictions {
  /** By value: the updates that make it. */
  private readonly producers: (number[] | undefined)[];
  /** By operation: 1 for those that the question is about. */
  private readonly certain: Uint8Array;

  constructor(
    private readonly history: RegisterHistory,
    pulse: Pulse = unhurried,
  ) {
    const { size, kinds, values, valueCount } = history;
    this.producers = new Array(valueCount);
    this.certain = new Uint8Array(size);
    for (let op = 0; op < size; op++) {
      if ((op & LOOK) === 0) pulse();
      if (kinds[op] !== WRITE && kinds[op] !== CAS) continue;
      const value = values[op] as number;
      const known = this.producers[value];
      if (known) known.push(op);
      else this.producers[value] = [op];
    }
  }

  /**
   * Whether the operations contradict one another, when of the others each was called and nobody knows what became of
   * it. `undefined`: not found out.
   *
   * @param since if given, a rank: the register may hold anything there, operations that returned earlier are left
   * out, and those that were called earlier may have taken effect earlier
   */
  contradict(operations: readonly number[], since: number | undefined, pulse: Pulse): boolean | undefined {
    const part = this.part(operations, since, pulse);
    if (since === undefined) {
      const monitored = uniqueWritesMonitor(part, pulse);
      if (monitored) return monitored.verdict === 'illegal';
    }
    const sweep = new RegisterSweep(part, since === undefined ? {} : { since });
    while (sweep.visited < PATIENCE) {
      pulse();
      const outcome = sweep.run(250);
      if (outcome) return outcome.verdict === 'illegal';
    }
    return undefined;
  }

  /** The update whose value this operation found there: the last to return of those that can be it. */
  origin(op: number): number | undefined {
    const { kinds, values, expected, callRank, returnRank } = this.history;
    if (kinds[op] !== READ && kinds[op] !== CAS) return undefined;
    const value = (kinds[op] === CAS ? expected[op] : values[op]) as number;
    let latest: number | undefined;
    for (const producer of this.producers[value] ?? []) {
      if (producer === op || (callRank[producer] as number) > (returnRank[op] as number)) continue;
      if (latest === undefined || (returnRank[producer] as number) > (returnRank[latest] as number)) latest = producer;
    }
    return latest;
  }

  /** The operations as they are, and those that may matter to them as if they had not returned. */
  private part(operations: readonly number[], since: number | undefined, pulse: Pulse): RegisterHistory {
    const { kinds, values, expected, callRank, returnRank } = this.history;
    const others = this.othersThatMatter(operations, since, pulse);
    const chosen = [...operations, ...others];
    const size = chosen.length;
    const numbers = new Map<number, number>(since === undefined ? [[0, 0]] : []);
    // Where anything may be held at first, so may a value that nobody names.
    const base = since === undefined ? 0 : 1;
    const numberOf = (value: number) => {
      const known = numbers.get(value);
      if (known !== undefined) return known;
      numbers.set(value, numbers.size + base);
      return numbers.size - 1 + base;
    };
    const part = {
      size,
      kinds: new Uint8Array(size),
      values: new Int32Array(size),
      expected: new Int32Array(size),
      callRank: new Int32Array(size),
      returnRank: new Int32Array(size),
      refused: new Uint8Array(size),
    };
    chosen.forEach((op, index) => {
      if ((index & LOOK) === 0) pulse();
      part.kinds[index] = kinds[op] as number;
      part.values[index] = numberOf(values[op] as number);
      part.expected[index] = kinds[op] === CAS ? numberOf(expected[op] as number) : 0;
      part.callRank[index] = callRank[op] as number;
      part.returnRank[index] = index < operations.length ? (returnRank[op] as number) : NEVER;
    });
    return { ...part, valueCount: numbers.size + base };
  }

  /** Updates whose value a certain operation saw, or saw after a compare-and-set from it, and so on. */
  private othersThatMatter(operations: readonly number[], since: number | undefined, pulse: Pulse): number[] {
    for (const op of operations) this.certain[op] = 1;
    try {
      return this.others(operations, since, pulse);
    } finally {
      for (const op of operations) this.certain[op] = 0;
    }
  }

  private others(operations: readonly number[], since: number | undefined, pulse: Pulse): number[] {
    const { certain } = this;
    const { size, kinds, values, expected, returnRank } = this.history;
    const isPossible = (op: number) => certain[op] === 0 && (since === undefined || (returnRank[op] as number) > since);
    const others: number[] = [];
    for (const op of operations) {
      if (kinds[op] !== NOT) continue;
      // Any update at all may have made it something else.
      for (let other = 0; other < size; other++) {
        if ((other & LOOK) === 0) pulse();
        if ((kinds[other] === WRITE || kinds[other] === CAS) && isPossible(other)) others.push(other);
      }
      return others;
    }
    const wanted = new Set<number>();
    for (const op of operations) {
      if (kinds[op] === READ) wanted.add(values[op] as number);
      if (kinds[op] === CAS) wanted.add(expected[op] as number);
    }
    for (const value of wanted) {
      for (const producer of this.producers[value] ?? []) {
        if (!isPossible(producer)) continue;
        others.push(producer);
        if (kinds[producer] === CAS) wanted.add(expected[producer] as number);
      }
    }
    return others;
  }
}
