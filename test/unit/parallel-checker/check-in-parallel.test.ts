import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  casRegister,
  check,
  fencedLock,
  fifoQueue,
  type Operation,
  type QueueInput,
  type QueueOutput,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
} from '../../../src/linearizability-checker/index.js';
import { checkInParallel } from '../../../src/parallel-checker/index.js';
import { isLinearizable } from '../linearizability-checker/brute-force.js';
import { registerHistory, spoilRegister } from '../linearizability-checker/histories.js';
import { hardQueue } from './hard-queue.js';
import {
  endlessRegister,
  hoardingRegister,
  quittingRegister,
  throwingRegister,
  usersRegister,
} from './users-models.js';

const USERS = new URL('./users-models.ts', import.meta.url);
/** Our own models as if they were a user's: then everything is done by workers. */
const OURS = new URL('../../../src/linearizability-checker/index.ts', import.meta.url);

const write = (key: string, value: number, call: number): Operation<RegisterInput, RegisterOutput> => ({
  input: { f: 'write', key, value },
  output: null,
  call,
  return: call + 1,
});
const read = (key: string, output: Scalar, call: number): Operation<RegisterInput, RegisterOutput> => ({
  input: { f: 'read', key },
  output,
  call,
  return: call + 1,
});

/** Random histories of so many keys, with few values, ties, crashes and compare-and-sets; some with a wrong answer. */
function manyKeys(seed: number, keys: number, spoilt: number): Operation<RegisterInput, RegisterOutput>[] {
  const random = new Random(seed);
  return random.shuffle(
    Array.from({ length: keys }, (_, index) => {
      const from = 1000 * seed + index;
      const shape = { operations: 8, clients: 3, crashes: 0.2, times: 20, values: index % 2 === 0 ? 2 : 0, cas: 0.2 };
      const history = registerHistory(from, shape);
      const told = index < spoilt ? spoilRegister(from, history) : history;
      return told.map((operation) => ({ ...operation, input: { ...operation.input, key: `k${index}` } }));
    }).flat(),
  );
}

function ofKey(operations: readonly Operation<RegisterInput, RegisterOutput>[], key: string) {
  return operations.filter(({ input }) => input.key === key);
}

/** What starting workers takes, garbage and all. */
const OVERHEAD_MS = 2000;

/** What `work` resolves to, and the processor time of all threads that it took: a busy machine does not add to that. */
async function measured<T>(work: () => Promise<T>): Promise<{ result: T; cpuMs: number }> {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return { result, cpuMs: (user + system) / 1000 };
}

describe('checkInParallel', () => {
  it('gives the verdicts of check, by this thread where that suffices and by workers', async () => {
    const decided = { legal: 0, illegal: 0 };
    for (let seed = 1; seed <= 4; seed++) {
      const operations = manyKeys(seed, 60, seed <= 2 ? 0 : 20);
      const alone = check(casRegister(), operations, { explain: 100 });
      const here = await checkInParallel(casRegister(), operations, { workers: 2, explain: 100 });
      const there = await checkInParallel(casRegister(), operations, {
        workers: 2,
        source: { module: OURS, factory: 'casRegister' },
      });
      expect([seed, here.verdict, there.verdict]).toEqual([seed, alone.verdict, alone.verdict]);
      expect(here.partitions).toEqual(alone.partitions);
      for (const [index, partition] of there.partitions.entries()) {
        expect(partition).toMatchObject({ key: alone.partitions[index]?.key, operations: 8 });
        if (partition.verdict === 'unknown') {
          expect(partition.undecided?.reason).toBe('settled');
          continue;
        }
        decided[partition.verdict]++;
        const own = ofKey(operations, partition.key);
        expect(partition.verdict).toBe(isLinearizable(casRegister(), own) ? 'legal' : 'illegal');
        if (partition.verdict === 'legal') expect(partition).toEqual(alone.partitions[index]);
        else expect(partition.violation).toEqual(alone.partitions[index]?.violation);
      }
    }
    expect(decided.legal).toBeGreaterThan(80);
    expect(decided.illegal).toBeGreaterThan(0);
  });

  it('a worker explains a violation as check does, by numbers of the whole history', async () => {
    const operations = [
      { input: { f: 'enqueue', key: 'easy', value: 1 }, output: null, call: 0, return: 1 } as const,
      ...hardQueue('hard', 6),
    ];
    const source = { module: OURS, factory: 'fifoQueue' };
    const { partitions, verdict } = await checkInParallel(fifoQueue(), operations, { source, workers: 1 });
    expect(verdict).toBe('illegal');
    const [, alone] = check(fifoQueue(), operations).partitions;
    expect(partitions[1]?.violation).toEqual(alone?.violation);
    expect(partitions[1]?.violation?.operations).not.toContain(0);
  });

  it('a violation stops the search of the other keys', async () => {
    const operations = [...hardQueue('hours', 24), ...hardQueue('hours too', 24), ...hardQueue('seconds', 11)];
    const result = await checkInParallel(fifoQueue(), operations, { workers: 2, explain: 0 });
    expect(result.verdict).toBe('illegal');
    expect(result.partitions.map(({ undecided, verdict }) => undecided?.reason ?? verdict)).toEqual([
      'settled',
      'settled',
      'illegal',
    ]);
    // More than the first round, which this thread does.
    expect(result.partitions[2]?.states).toBeGreaterThan(20_000);
  });

  it('works without workers too, and the event loop goes on meanwhile', async () => {
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    const result = await checkInParallel(fifoQueue(), hardQueue('one', 11), { explain: 0 });
    clearImmediate(next);
    const { states } = check(fifoQueue(), hardQueue('one', 11), { explain: 0 }).effort;
    expect([result.verdict, result.effort.states]).toEqual(['illegal', states]);
    expect(turns).toBeGreaterThan(states / 20_000);
  });

  it('at the time limit it says what is undecided, and how long a prefix is linearizable', async () => {
    const operations = [...hardQueue('a', 24), ...hardQueue('b', 24), ...hardQueue('c', 24)];
    const prefixes: number[] = [];
    // On a busy machine a search may not have begun at the first limit: it has at a later one.
    for (let timeoutMs = 500; Math.min(...prefixes) < 24 || prefixes.length === 0; timeoutMs *= 2) {
      const { result, cpuMs } = await measured(() =>
        checkInParallel(fifoQueue(), operations, { workers: 2, timeoutMs }),
      );
      // Hours without the limit.
      expect(cpuMs).toBeLessThan(2 * timeoutMs + OVERHEAD_MS);
      expect(result.verdict).toBe('unknown');
      expect(result.partitions.map(({ undecided }) => undecided?.reason)).toEqual(['time', 'time', 'time']);
      prefixes.splice(0, 3, ...result.partitions.map(({ undecided }) => undecided?.linearizablePrefix ?? 0));
    }
  });

  it('the time limit ends a model that does not come back', async () => {
    const source = { module: USERS, factory: 'endlessRegister' };
    const operations = [write('x', 13, 0), write('x', 1, 0), read('x', 1, 5)];
    const { result, cpuMs } = await measured(() =>
      checkInParallel(endlessRegister(), operations, { source, timeoutMs: 1000 }),
    );
    expect(cpuMs).toBeLessThan(1000 + OVERHEAD_MS);
    expect(result.partitions.map(({ undecided }) => undecided?.reason)).toEqual(['time']);
  });

  it('searches that need more memory than allowed leave their keys unknown', async () => {
    const operations = [...hardQueue('a', 24), ...hardQueue('b', 24)];
    const result = await checkInParallel(fifoQueue(), operations, { workers: 2, memoryBytes: 12_000_000 });
    expect(result.verdict).toBe('unknown');
    expect(result.partitions.map(({ undecided }) => undecided?.reason)).toEqual(['memory', 'memory']);
  });

  it('a worker whose heap is full loses its key only', async () => {
    const operations = [
      write('full', 13, 0),
      write('x', 1, 0),
      read('x', 1, 5),
      write('full', 1, 10),
      write('y', 1, 0),
    ];
    const result = await checkInParallel(hoardingRegister(), operations, {
      source: { module: USERS, factory: 'hoardingRegister' },
      workers: 1,
      memoryBytes: 1_000_000,
    });
    expect(result.partitions.map(({ key, undecided, verdict }) => [key, undecided?.reason ?? verdict])).toEqual([
      ['full', 'memory'],
      ['x', 'legal'],
      ['y', 'legal'],
    ]);
  });

  it("takes a user's model from its module", async () => {
    const operations = [read('x', 7, 0), write('y', 1, 0), read('y', 7, 5)];
    const source = { module: USERS, factory: 'usersRegister', arguments: [7] };
    const result = await checkInParallel(usersRegister(7), operations, { source, workers: 1 });
    expect(result.partitions.map(({ verdict }) => verdict)).toEqual(['unknown', 'illegal']);
    expect(result.partitions[1]?.violation).toMatchObject({ operations: [1, 2], prefixOrder: [1], prefixState: 1 });
  });

  it.each([
    ['throws', throwingRegister, 'model "superstitious register", key "b": 13 is not a value'],
    ['ends its thread', quittingRegister, 'model "quitting register", key "b": the worker ended by itself'],
  ])('a model that %s is an error that names model and key', async (_, make, message) => {
    const operations = [write('a', 1, 0), write('b', 13, 0)];
    const source = { module: USERS, factory: make.name };
    await expect(checkInParallel(make(), operations, { source, workers: 2 })).rejects.toThrow(message);
  });

  it('says which factory is missing, and asks for the source of a model that it cannot make', async () => {
    const operations = [write('a', 1, 0)];
    const source = { module: USERS, factory: 'nobody' };
    await expect(checkInParallel(usersRegister(0), operations, { source })).rejects.toThrow(
      'exports no function "nobody"',
    );
    await expect(checkInParallel(usersRegister(0), operations)).rejects.toThrow('say where it comes from');
    // It has the name of one of ours, and does something else.
    await expect(checkInParallel({ ...usersRegister(0), name: 'cas-register' }, operations)).rejects.toThrow(TypeError);
    const locked = checkInParallel(fencedLock({ reentrant: 2 }), [], {
      source: { factory: 'fencedLock', arguments: [{ reentrant: 2 }] },
    });
    expect((await locked).verdict).toBe('legal');
  });

  it('partitions by the model given, also where workers would not', async () => {
    const together = { ...fifoQueue(), partition: () => 'all' };
    const operations: Operation<QueueInput, QueueOutput>[] = hardQueue('one', 11).map((operation, index) => ({
      ...operation,
      input: { ...operation.input, key: `key ${index}` },
    }));
    const { verdict, partitions } = await checkInParallel(together, operations, { workers: 1, explain: 0 });
    expect([verdict, partitions.length]).toEqual(['illegal', 1]);
  });
});
