import type { Model } from '../model.js';

/** Balances by account. */
export type Balances = Readonly<Record<string, number>>;

export type BankInput =
  /** Opens the ledger with these balances; where it is open already, nothing changes. */
  | { readonly f: 'open'; readonly key?: string; readonly balances: Balances }
  | {
      readonly f: 'transfer';
      readonly key?: string;
      readonly from: string;
      readonly to: string;
      readonly amount: number;
    }
  | { readonly f: 'read'; readonly key?: string };

type Transfer = Extract<BankInput, { readonly f: 'transfer' }>;

/** Why a transfer moved nothing. */
export const REFUSALS = ['insufficient-funds', 'no-such-account'] as const;
export type Refusal = (typeof REFUSALS)[number];

/**
 * All balances, for a read, or null where the ledger is not open; for a transfer the balances that it left behind, as
 * far as it tells, or why it moved nothing; nothing of interest for an open.
 */
export type BankOutput = Balances | Refusal | null;

/** Ledgers of accounts, one a key: money moves between accounts, and no balance is ever below zero. */
export function bank(initial: Balances | null = null): Model<Balances | null, BankInput, BankOutput> {
  return {
    name: 'bank',
    init: initial,
    step(state, input, output) {
      switch (input.f) {
        case 'open':
          return state ?? input.balances;
        case 'read':
          return output === undefined || isSame(state, output) ? state : undefined;
        case 'transfer': {
          const refusal = refusalOf(state, input);
          if (refusal !== undefined) return output === undefined || output === refusal ? state : undefined;
          if (typeof output === 'string') return undefined;
          const after = moved(state as Balances, input);
          return agrees(after, output ?? {}) ? after : undefined;
        }
      }
    },
    hash: hashOf,
    equals: isSame,
    partition: (input) => input.key ?? '',
    readOnly: (input, output) => input.f === 'read' || (input.f === 'transfer' && typeof output === 'string'),
    anyBeginning,
    describe,
  };
}

/** Its states are the balances that are known: answers must not contradict them, and may tell more. */
const anyBeginning: Model<unknown, BankInput, BankOutput> = {
  name: 'bank of any beginning',
  init: {},
  step(state, input, output) {
    const known = state as Balances;
    switch (input.f) {
      case 'open':
        return known;
      case 'read':
        if (output === undefined) return known;
        if (output === null) return Object.keys(known).length === 0 ? known : undefined;
        return agrees(output as Balances, known) ? output : undefined;
      case 'transfer':
        return transferred(known, input, output);
    }
  },
};

/** What is known after a transfer; `undefined` where it cannot have answered that. */
function transferred(known: Balances, order: Transfer, output: BankOutput | undefined): Balances | undefined {
  const payer = balanceOf(known, order.from);
  const payee = balanceOf(known, order.to);
  const poor = payer !== undefined && payer < order.amount;
  if (output === 'insufficient-funds') return payer === undefined || poor ? known : undefined;
  if (output === 'no-such-account') return payer === undefined || payee === undefined ? known : undefined;
  if (output === undefined) {
    if (poor) return known;
    // Nobody knows whether it was refused.
    if (payer === undefined) return without(known, order.to);
  }
  const told = output ?? {};
  if (poor || (balanceOf(told, order.from) ?? 0) < 0) return undefined;
  const after = moved(known, order);
  const contradicted = Object.keys(told).some((name) => (balanceOf(after, name) ?? told[name]) !== told[name]);
  return contradicted ? undefined : { ...after, ...told };
}

/** Why this transfer moves nothing in this state; `undefined` where it is carried out. */
function refusalOf(state: Balances | null, { from, to, amount }: Transfer): Refusal | undefined {
  const payer = state === null ? undefined : balanceOf(state, from);
  if (state === null || payer === undefined || balanceOf(state, to) === undefined) return 'no-such-account';
  return payer < amount ? 'insufficient-funds' : undefined;
}

/** What is known of both accounts changes. */
function moved(state: Balances, { from, to, amount }: Transfer): Balances {
  const payer = balanceOf(state, from);
  const payee = balanceOf(state, to);
  if (from === to) return state;
  if (payer === undefined) return payee === undefined ? state : { ...state, [to]: payee + amount };
  const debited = payer - amount;
  return payee === undefined ? { ...state, [from]: debited } : { ...state, [from]: debited, [to]: payee + amount };
}

/** The same in whatever order the accounts stand; two states of one ledger differ in it nearly always. */
function hashOf(state: Balances | null): number {
  if (state === null) return -1;
  let hash = 0;
  for (const name of Object.keys(state)) {
    const balance = state[name] as number;
    // Of few accounts, the ends of their names are all that differs.
    const weight = (name.charCodeAt(name.length - 1) << 8) | name.length;
    hash = (hash + Math.imul(balance ^ (weight << 12), 0x9e37_79b1 ^ Math.imul(weight, 0x85eb_ca6b))) | 0;
  }
  return hash;
}

/** Accounts may have any name, also one that every object has. */
function balanceOf(state: Balances, name: string): number | undefined {
  return Object.hasOwn(state, name) ? state[name] : undefined;
}

function without(state: Balances, name: string): Balances {
  return Object.fromEntries(Object.entries(state).filter(([each]) => each !== name));
}

function isSame(state: Balances | null, found: BankOutput): boolean {
  if (state === null || found === null || typeof found === 'string') return state === found;
  return Object.keys(state).length === Object.keys(found).length && agrees(state, found);
}

/** Whether the state has all that was told of it. */
function agrees(state: Balances, told: Balances): boolean {
  return Object.keys(told).every((name) => balanceOf(state, name) === told[name]);
}

function describe(input: BankInput, output: BankOutput | undefined): string {
  const text = output === undefined ? '{}' : JSON.stringify(output);
  // An answer that tells no balance says no more than that it was done.
  const answer = text === '{}' ? '' : ` = ${text}`;
  switch (input.f) {
    case 'open':
      return `open(${JSON.stringify(input.balances)})`;
    case 'read':
      return `read()${answer}`;
    case 'transfer':
      return `transfer(${input.amount} from ${input.from} to ${input.to})${answer}`;
  }
}
