import type { Micros } from '../../kernel/units.js';
import type { Balances } from '../../linearizability-checker/index.js';

/** One transfer as its client saw it. */
export interface Transfer {
  readonly process: number;
  readonly from: string;
  readonly to: string;
  readonly amount: number;
  readonly call: Micros;
  /** Absent while it runs, and where nobody knows what became of it. */
  return?: Micros;
}

/** Sums over the transfers out of and into one account. */
export interface Turnover {
  readonly out: number;
  readonly in: number;
}

/** What an account must hold at least, and can hold at most; and of what transfers that is the sum. */
export interface Bounds {
  readonly first: number;
  readonly sure: Turnover;
  readonly possible: Turnover;
  readonly least: number;
  readonly most: number;
}

/** What had been acknowledged when an operation began: two sums for each account, out and in. */
export type Certain = readonly number[];

/** So many of a ledger's latest transfers are kept, to tell which one explains what is wrong. */
const KEPT = 200;

/**
 * What each account of a ledger can hold, from its first balance and what clients were told of the transfers: an
 * acknowledged one surely happened before whatever began later, and one that did not fail may have happened as soon as
 * it was asked for.
 */
export class AccountBook {
  /** The latest, in the order of their calls, without those that failed. */
  readonly transfers: Transfer[] = [];
  /** Where an account's sums stand: out, and in right after it. */
  private readonly places = new Map<string, number>();
  private readonly acknowledged: number[] = [];
  private readonly possible: number[] = [];
  /** What it was opened with, if that is known. */
  opening: Balances = {};
  private known: 'nothing' | 'opening' | 'dispute' = 'nothing';

  /** Whether it is known what it was opened with: someone asked for that, and nobody for anything else. */
  get isKnown(): boolean {
    return this.known === 'opening';
  }

  /** Someone asks for it to be opened with these balances. */
  open(balances: Balances): void {
    if (this.known === 'nothing') {
      this.opening = balances;
      this.known = 'opening';
    } else if (!isSame(this.opening, balances)) this.known = 'dispute';
  }

  /** To be asked when an operation begins, for {@link bounds} when it ends. */
  certain(): Certain {
    return this.acknowledged.slice();
  }

  begin(transfer: Transfer): void {
    this.transfers.push(transfer);
    if (this.transfers.length > KEPT) this.transfers.shift();
    this.add(this.possible, transfer, transfer.amount);
  }

  acknowledge(transfer: Transfer): void {
    this.add(this.acknowledged, transfer, transfer.amount);
  }

  fail(transfer: Transfer): void {
    this.add(this.possible, transfer, -transfer.amount);
    const place = this.transfers.indexOf(transfer);
    if (place >= 0) this.transfers.splice(place, 1);
  }

  /**
   * What the account can hold as an operation finds it that ends now.
   *
   * @param own the transfer that finds it: it surely happened before its own answer
   */
  bounds(name: string, certain: Certain, own: Transfer | undefined): Bounds {
    const first = this.opening[name] ?? 0;
    const place = this.placeOf(name);
    const sure = {
      out: (certain[place] ?? 0) + (own?.from === name ? own.amount : 0),
      in: (certain[place + 1] ?? 0) + (own?.to === name ? own.amount : 0),
    };
    const possible = { out: this.possible[place] as number, in: this.possible[place + 1] as number };
    return { first, sure, possible, least: first + sure.in - possible.out, most: first + possible.in - sure.out };
  }

  private add(sums: number[], { from, to }: Transfer, amount: number): void {
    (sums[this.placeOf(from)] as number) += amount;
    (sums[this.placeOf(to) + 1] as number) += amount;
  }

  private placeOf(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.places.set(name, this.possible.length);
    this.acknowledged.push(0, 0);
    this.possible.push(0, 0);
    return this.possible.length - 2;
  }
}

function isSame(left: Balances, right: Balances): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

export function totalOf(balances: Balances): number {
  return Object.values(balances).reduce((sum, balance) => sum + balance, 0);
}
