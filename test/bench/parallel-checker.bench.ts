import { availableParallelism } from 'node:os';
import type { CheckResult, Operation, RegisterInput } from '../../src/linearizability-checker/index.js';
import { registers } from '../support/history-families/cells.js';
import { generate } from '../support/history-families/generate.js';

/** The built package: its workers start at once, while a checkout's load through a compiler. */
const BUILT = new URL('../../dist/src/', import.meta.url);

const SIZES = [8, 32];
const WORKERS = 2;
const ROUNDS = 3;
const SHAPE = { operations: 10_000, clients: 30, crashed: 20, overlap: 'heavy', values: 'few' } as const;

type Judge = () => CheckResult | Promise<CheckResult>;

/**
 * Keys that take a quarter of a second or so each, one after another and by two threads, the start of workers
 * included: the first time, when no code is warm, and the best of three: `npm run bench -- parallel-checker`, after
 * `npm run build`. A worker's code is never warm.
 */
export default async function parallelCheckerBench(): Promise<void> {
  const { casRegister, check }: typeof import('../../src/linearizability-checker/index.js') = await import(
    new URL('linearizability-checker/index.js', BUILT).href
  );
  const { checkInParallel }: typeof import('../../src/parallel-checker/index.js') = await import(
    new URL('parallel-checker/index.js', BUILT).href
  );
  for (const keys of SIZES) {
    const operations = Array.from({ length: keys }, (_, index) =>
      generate(registers, SHAPE, index + 1).map(
        (operation): Operation<RegisterInput, string | number | boolean | null> => ({
          ...operation,
          input: { ...operation.input, key: `k${index}` },
        }),
      ),
    ).flat();
    console.log(`${keys} keys, ${operations.length} operations, ${availableParallelism()} cores`);
    const alone = await times('check', () => check(casRegister(), operations));
    const shared = await times(`checkInParallel, ${WORKERS} threads`, () =>
      checkInParallel(casRegister(), operations, { workers: WORKERS }),
    );
    console.log(`${(Math.min(...alone) / Math.min(...shared)).toFixed(2)} times as fast`);
  }
}

async function times(name: string, judge: Judge): Promise<number[]> {
  const measured: number[] = [];
  const processor: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    const began = performance.now();
    const { verdict, effort } = await judge();
    measured.push(performance.now() - began);
    const { user, system } = process.cpuUsage(before);
    processor.push((user + system) / 1000);
    if (verdict !== 'legal') throw new Error(`${name}: ${verdict}, but the history is legal`);
    if (round === 0) console.log(`${name}: ${verdict}, ${effort.states} configurations`);
  }
  const list = measured.map((ms, round) => `${ms.toFixed(0)} ms (processor ${processor[round]?.toFixed(0)} ms)`);
  console.log(`${name}: ${list.join(', ')}`);
  return measured;
}
