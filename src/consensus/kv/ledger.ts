import type { Outcome, Value } from '../../history/events.js';
import { changed, combine, EMPTY_HASH, hashText, hashValue } from './state-hash.js';

interface Account {
  readonly nameHash: number;
  balance: number;
  /** Of the name with the balance. */
  hash: number;
}

const BAD: Outcome = { type: 'fail', error: 'bad-operation' };

/** Accounts with whole balances that are never below zero. Money moves between them; none comes and none goes. */
export class Ledger {
  private readonly accounts = new Map<string, Account>();
  private total = EMPTY_HASH;

  private constructor() {}

  /**
   * From each account's first balance, `{ a1: 100, a2: 100 }`. `undefined` for anything else, and where the sum is past
   * 2^53 − 1: so no transfer can make a balance that is not exact.
   */
  static open(balances: Value): Ledger | undefined {
    if (typeof balances !== 'object' || balances === null || Array.isArray(balances)) return undefined;
    const ledger = new Ledger();
    let sum = 0;
    for (const [name, balance] of Object.entries(balances as { readonly [name: string]: Value })) {
      if (!isWhole(balance)) return undefined;
      sum += balance;
      const account = { nameHash: hashText(name), balance: 0, hash: 0 };
      ledger.accounts.set(name, account);
      ledger.setBalance(account, balance);
    }
    return Number.isSafeInteger(sum) ? ledger : undefined;
  }

  /** Of all accounts with their balances, in any order. */
  get hash(): number {
    return this.total;
  }

  /** All balances, in a map of the reader's own. */
  balances(): Value {
    return Object.fromEntries(Array.from(this.accounts, ([name, { balance }]) => [name, balance]));
  }

  /** `{ from, to, amount }`: both balances afterwards, or why nothing moved. */
  transfer(order: Value): Outcome {
    if (typeof order !== 'object' || order === null) return BAD;
    const { from, to, amount } = order as { readonly [field: string]: Value };
    if (typeof from !== 'string' || typeof to !== 'string' || from === to) return BAD;
    if (!isWhole(amount) || amount === 0) return BAD;
    const payer = this.accounts.get(from);
    const payee = this.accounts.get(to);
    if (payer === undefined || payee === undefined) return { type: 'fail', error: 'no-such-account' };
    if (payer.balance < amount) return { type: 'fail', error: 'insufficient-funds' };
    this.setBalance(payer, payer.balance - amount);
    this.setBalance(payee, payee.balance + amount);
    return { type: 'ok', value: { [from]: payer.balance, [to]: payee.balance } };
  }

  private setBalance(account: Account, balance: number): void {
    const hash = combine(account.nameHash, hashValue(balance));
    this.total = changed(this.total, account.hash, hash);
    account.balance = balance;
    account.hash = hash;
  }
}

function isWhole(value: Value | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
