import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  casRegister,
  check,
  fifoQueue,
  type Model,
  type Operation,
} from '../../../src/linearizability-checker/index.js';
import { registers } from '../../support/history-families/cells.js';
import { generate } from '../../support/history-families/generate.js';
import { hardQueue } from '../../unit/parallel-checker/hard-queue.js';

const MEBIBYTE = 2 ** 20;
/** So little that what is held beside the searches shows. */
const NOTHING = MEBIBYTE;
const LIMITS = [32, 64, 128];
/** To collect garbage takes a while, so it is not done at every look at the clock. */
const EVERY_MS = 20;

/**
 * What the searches hold where `memoryBytes` is set: the growth of the process beyond a check that may hold next to
 * nothing, garbage aside. A sample is taken at a look at the clock.
 */
export function measureMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const shape = { operations: 20_000, clients: 50, overlap: 'heavy', values: 'few', crashed: 500 } as const;
  row('search: a queue with repeated values', fifoQueue(), hardQueue('hard', 30), collect);
  row('search and sweep: register s-H 20k c50, 500 crashed', casRegister(), generate(registers, shape, 1), collect);
}

function row<State, Input, Output>(
  name: string,
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  collect: () => void,
): void {
  const aside = held(model, operations, NOTHING, collect);
  for (const limit of LIMITS) {
    const { peak, reason } = held(model, operations, limit * MEBIBYTE, collect);
    const beyond = (peak - aside.peak) / MEBIBYTE + NOTHING / MEBIBYTE;
    console.log(
      `${name.padEnd(52)}  allowed ${String(limit).padStart(4)} MiB  held ${beyond.toFixed(1).padStart(6)} MiB  ` +
        `${((100 * beyond) / limit - 100).toFixed(1).padStart(6)} %  ${reason}`,
    );
  }
}

function held<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  memoryBytes: number,
  collect: () => void,
): { readonly peak: number; readonly reason: string } {
  collect();
  const before = used();
  let peak = 0;
  let last = performance.now();
  const now = () => {
    const time = performance.now();
    if (time - last >= EVERY_MS) {
      collect();
      peak = Math.max(peak, used() - before);
      last = performance.now();
    }
    return time;
  };
  const { verdict, partitions } = check(model, operations, { memoryBytes, timeoutMs: 60_000, explain: 0, now });
  return { peak, reason: partitions[0]?.undecided?.reason ?? verdict };
}

function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
