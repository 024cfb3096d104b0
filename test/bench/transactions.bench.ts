import {
  checkTransactions,
  type MicroOperation,
  type Transaction,
  type TransactionModel,
} from '../../src/checkers/transactions/index.js';
import { RotatingKeys } from '../../src/generator/rotating-keys.js';
import { grouped } from '../../src/kernel/count.js';
import { Random } from '../../src/kernel/random.js';

const CLIENTS = 20;
/** Micro-operations on a key before a fresh one takes its place: lists stay at about 100 elements. */
const USES = 200;

/**
 * Transactions of four micro-operations, half of them reads, carried out one at a time at a moment inside their
 * interval: strict serializable, but for `stale` reads that miss the last two writes.
 */
export function transactionsHistory(
  model: TransactionModel,
  transactions: number,
  keys: number,
  stale: number,
): Transaction[] {
  const random = new Random(1);
  const rotating = new RotatingKeys(random.fork('keys'), keys, USES);
  const free = Array.from({ length: CLIENTS }, () => random.float() * 5000);
  const plans = Array.from({ length: transactions }, (_, index) => {
    const process = index % CLIENTS;
    const invokeUs = Math.ceil((free[process] ?? 0) + random.exponential(5000));
    const completeUs = invokeUs + 1000 + Math.ceil(random.exponential(5000));
    free[process] = completeUs + 1;
    return { process, invokeUs, completeUs, effect: invokeUs + random.float() * (completeUs - invokeUs) };
  }).sort((left, right) => left.effect - right.effect);
  const lists = new Map<string, number[]>();
  const every = stale > 0 ? Math.floor(transactions / stale) : Number.POSITIVE_INFINITY;
  let written = 0;
  const carriedOut = plans.map(({ process, invokeUs, completeUs }, index): Transaction => {
    const operations = Array.from({ length: 4 }, (): MicroOperation => {
      const key = rotating.next();
      const list = lists.get(key) ?? [];
      lists.set(key, list);
      if (random.chance(0.5)) {
        list.push(++written);
        return [model === 'list-append' ? 'append' : 'w', key, written];
      }
      const found = index % every === every - 1 ? list.slice(0, -2) : list;
      return ['r', key, model === 'list-append' ? [...found] : (found.at(-1) ?? null)];
    });
    return { process, operations, outcome: 'ok', invokeUs, completeUs };
  });
  return carriedOut.sort((left, right) => (left.completeUs ?? 0) - (right.completeUs ?? 0));
}

/** `npm run bench -- transactions [COUNT]`: transactions checked, for each model and number of keys. */
export default async function transactions(args: readonly string[]): Promise<void> {
  const most = Number(args[0] ?? 100_000);
  console.log(`${grouped(most)} transactions of 4 micro-operations, ${CLIENTS} clients`);
  for (const model of ['list-append', 'rw-register'] as const) {
    for (const [keys, stale] of [
      [20, 0],
      [100, 0],
      [100, 10],
    ] as const) {
      const input = transactionsHistory(model, most, keys, stale);
      const before = process.cpuUsage();
      const start = performance.now();
      // Only an assumption about the keys' order shows that a register's value is old.
      const result = checkTransactions(input, { model, linearizableKeys: stale > 0 });
      const elapsedMs = performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      const cpuMs = (user + system) / 1000;
      console.log(
        `${model.padEnd(11)} ${String(keys).padStart(3)} keys, ${String(stale).padStart(2)} stale: ` +
          `${elapsedMs.toFixed(0).padStart(6)} ms (processor ${cpuMs.toFixed(0)} ms), ${grouped(result.effort.edges)} edges, ` +
          `${result.verdict} ${Object.entries(result.found)
            .map(([kind, times]) => `${kind}×${times}`)
            .join(' ')}`,
      );
    }
  }
}
