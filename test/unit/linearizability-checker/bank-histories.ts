import type { Random } from '../../../src/kernel/random.js';
import type { Balances, BankInput, BankOutput, Operation } from '../../../src/linearizability-checker/index.js';
import { legalHistory, type Shape } from './histories.js';
import { spoil } from './object-histories.js';

export type BankHistory = Operation<BankInput, BankOutput>[];

/** What `open` opens a ledger with. */
export const FIRST = { a: 3, b: 2, c: 0 };

export const open: BankInput = { f: 'open', balances: FIRST };
export const read: BankInput = { f: 'read' };
export const transfer = (from: string, to: string, amount: number): BankInput => ({ f: 'transfer', from, to, amount });

/** @param options `told`: the share of transfers that answer with balances; `reads`: of reads; `opens`: of opens. */
export function bankHistory(
  random: Random,
  shape: Shape,
  options: { readonly told: number; readonly reads: number; readonly opens: number },
): BankHistory {
  let held: Balances | null = null;
  return legalHistory<BankInput, BankOutput>(random, shape, (take) => {
    if (random.chance(options.opens)) {
      if (take) held ??= FIRST;
      return { input: open, output: null };
    }
    if (random.chance(options.reads)) return { input: read, output: held };
    const [from, to] = random.shuffle(['a', 'b', 'c', 'd'].slice(0, random.chance(0.9) ? 3 : 4)) as [string, string];
    const amount = random.int(1, 3);
    const input = transfer(from, to, amount);
    const { [from]: payer, [to]: payee } = held ?? ({} as Balances);
    if (payer === undefined || payee === undefined) return { input, output: 'no-such-account' };
    if (payer < amount) return { input, output: 'insufficient-funds' };
    const after = { [from]: payer - amount, [to]: payee + amount };
    if (take) held = { ...held, ...after };
    return { input, output: random.chance(options.told) ? after : {} };
  });
}

/** Changes one answer, so that the history may be legal or not. */
export function spoilBank(random: Random, history: BankHistory): BankHistory {
  return spoil(random, history, ({ output }) => {
    const others = history.flatMap((other) => (other.output === undefined ? [] : [other.output]));
    if (typeof output !== 'object' || output === null || random.chance(0.3)) {
      return random.pick([...others, 'insufficient-funds', 'no-such-account', {}]);
    }
    return Object.fromEntries(
      Object.entries(output).map(([name, balance]) => [name, balance + random.pick([-1, 0, 0, 1])]),
    );
  });
}
