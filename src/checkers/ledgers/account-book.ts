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

/** What had been acknowledged of each account when an operation began. */
export type Certain = ReadonlyMap<string, Turnover>;

/** So many of a ledger's latest transfers are kept, to tell which one explains what is wrong. */
const KEPT = 200;

const NOTHING: Turnover = { out: 0, in: 0 };

/**
 * What each account of a ledger can hold, from its first balance and what clients were told of the transfers: an
 * acknowledged one surely happened before whatever began later, and one that did not fail may have happened as soon as
 * it was asked for.
 */
export class AccountBook {
  /** The latest, in the order of their calls, without those that failed. */
  readonly transfers: Transfer[] = [];
  private readonly acknowledged = new Map<string, Turnover>();
  private readonly possible = new Map<string, Turnover>();

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
    return new Map(this.acknowledged);
  }

  begin(transfer: Transfer): void {
    this.transfers.push(transfer);
    if (this.transfers.length > KEPT) this.transfers.shift();
    add(this.possible, transfer, transfer.amount);
  }

  acknowledge(transfer: Transfer): void {
    add(this.acknowledged, transfer, transfer.amount);
  }

  fail(transfer: Transfer): void {
    add(this.possible, transfer, -transfer.amount);
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
    const before = certain.get(name) ?? NOTHING;
    const sure = {
      out: before.out + (own?.from === name ? own.amount : 0),
      in: before.in + (own?.to === name ? own.amount : 0),
    };
    const possible = this.possible.get(name) ?? NOTHING;
    return { first, sure, possible, least: first + sure.in - possible.out, most: first + possible.in - sure.out };
  }
}

function add(turnovers: Map<string, Turnover>, { from, to }: Transfer, amount: number): void {
  const payer = turnovers.get(from) ?? NOTHING;
  turnovers.set(from, { ...payer, out: payer.out + amount });
  const payee = turnovers.get(to) ?? NOTHING;
  turnovers.set(to, { ...payee, in: payee.in + amount });
}

function isSame(left: Balances, right: Balances): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}

export function totalOf(balances: Balances): number {
  return Object.values(balances).reduce((sum, balance) => sum + balance, 0);
}
