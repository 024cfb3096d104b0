import type { InvokeEvent, Value } from '../../history/events.js';
import type { PairedOperation } from '../../history/pairing.js';
import {
  type Balances,
  type BankInput,
  type BankOutput,
  type Operation,
  REFUSALS,
} from '../../linearizability-checker/index.js';
import { operationOf, unknownOperation, unreadable } from './reading.js';

/**
 * What a bank's client saw. A transfer that was refused for want of money, or of an account, is an observation. Jepsen
 * repeats the order in the answer to a transfer: only balances of its two accounts tell something.
 */
export function bankOperation(pair: PairedOperation): Operation<BankInput, BankOutput> {
  const { invoke, completion } = pair;
  const key = invoke.key ?? '';
  switch (invoke.f) {
    case 'open': {
      const balances = balancesOf(invoke.value);
      if (balances === undefined) throw unreadable(invoke.timeUs, 'a ledger opens with numbers by account');
      return operationOf(pair, { f: 'open', key, balances }, () => null);
    }
    case 'read':
      return operationOf(pair, { f: 'read', key }, (value) => {
        const balances = value === null ? null : balancesOf(value);
        if (balances === undefined)
          throw unreadable(invoke.timeUs, 'a read of a ledger must answer numbers by account');
        return balances;
      });
    case 'transfer': {
      const input: BankInput = { f: 'transfer', key, ...orderOf(invoke) };
      const operation = operationOf<BankInput, BankOutput>(pair, input, (value) => balancesTold(input, value));
      const refusal = completion?.kind === 'fail' && REFUSALS.find((error) => error === completion.error);
      return refusal ? { ...operation, output: refusal } : operation;
    }
    default:
      throw unknownOperation(pair, 'a bank', 'open, transfer and read');
  }
}

/** A map of numbers, else `undefined`. */
export function balancesOf(value: Value | undefined): Balances | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.values(value).every((balance) => typeof balance === 'number') ? (value as Balances) : undefined;
}

interface Order {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/**
 * What a transfer is asked for. Accounts may be numbers: so are Jepsen's.
 *
 * @throws AssayError `bad-file` for anything else
 */
export function orderOf({ value, timeUs }: InvokeEvent): Order {
  const { from, to, amount } = (value ?? {}) as { readonly [field: string]: Value };
  const named = (account: Value | undefined) => typeof account === 'string' || typeof account === 'number';
  if (!named(from) || !named(to) || typeof amount !== 'number') {
    throw unreadable(timeUs, 'a transfer needs the value {from, to, amount}');
  }
  return { from: String(from), to: String(to), amount };
}

/** What a transfer's answer says of its two accounts. */
function balancesTold({ from, to }: Order, answer: Value): Balances {
  const balances = balancesOf(answer) ?? {};
  return Object.keys(balances).every((account) => account === from || account === to) ? balances : {};
}
