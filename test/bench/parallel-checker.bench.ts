import { availableParallelism } from 'node:os';
import { casRegister, check, type Operation, type RegisterInput } from '../../src/linearizability-checker/index.js';
import { checkInParallel } from '../../src/parallel-checker/index.js';
import { registers } from '../support/history-families/cells.js';
import { generate } from '../support/history-families/generate.js';

const KEYS = 8;
const WORKERS = 2;
const ROUNDS = 2;
const SHAPE = { operations: 10_000, clients: 30, crashed: 20, overlap: 'heavy', values: 'few' } as const;

/**
 * Eight keys that take a second or so each, one after another and by two workers, the start of workers included; the
 * better of two: `npm run bench -- parallel-checker`.
 */
export default async function parallelCheckerBench(): Promise<void> {
  const operations = Array.from({ length: KEYS }, (_, index) =>
    generate(registers, SHAPE, index + 1).map(
      (operation): Operation<RegisterInput, string | number | boolean | null> => ({
        ...operation,
        input: { ...operation.input, key: `k${index}` },
      }),
    ),
  ).flat();
  console.log(`${KEYS} keys, ${operations.length} operations, ${availableParallelism()} cores`);
  const alone = await best('check', () => check(casRegister(), operations));
  const shared = await best(`checkInParallel, ${WORKERS} workers`, () =>
    checkInParallel(casRegister(), operations, { workers: WORKERS }),
  );
  console.log(`${(alone / shared).toFixed(2)} times as fast`);
}

async function best(name: string, judge: () => ReturnType<typeof check> | Promise<ReturnType<typeof check>>) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const { verdict, effort } = await judge();
    times.push(performance.now() - began);
    if (verdict !== 'legal') throw new Error(`${name}: ${verdict}, but the history is legal`);
    if (round === 0) console.log(`${name}: ${verdict}, ${effort.states} configurations`);
  }
  console.log(`${name}: ${times.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
  return Math.min(...times);
}
