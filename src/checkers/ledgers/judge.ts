import type { Micros } from '../../kernel/units.js';
import type { Balances } from '../../linearizability-checker/index.js';
import type { Anomaly } from '../../plugin/checker.js';
import { showTime } from '../wording.js';
import { type AccountBook, type Bounds, type Certain, type Transfer, totalOf } from './account-book.js';

/** Balances that an answer showed: all, to a read; those of its two accounts, to a transfer. */
export interface Found {
  readonly process: number;
  readonly key: string;
  readonly balances: Balances;
  /** Whose answer it is; absent for a read. */
  readonly transfer: Transfer | undefined;
  readonly certain: Certain;
  readonly call: Micros;
  readonly return: Micros;
}

/** What is wrong with an answer, if anything is; `lastRight` is the read before it. */
export function judgeFound(book: AccountBook, found: Found, lastRight: Found | undefined): Anomaly | undefined {
  const wrong =
    overdrawn(found) ??
    (found.transfer ? undefined : wrongSum(book, found, lastRight)) ??
    impossible(book, found, lastRight);
  if (wrong === undefined) return undefined;
  const culprit = wrong.culprit === undefined || wrong.culprit === found.transfer ? [] : [wrong.culprit];
  const before = lastRight ? [lastRight] : [];
  const told = [...before, ...culprit].sort((left, right) => left.call - right.call);
  return {
    kind: wrong.kind,
    title: wrong.title,
    story: [
      `${nameOf(found.key)} was opened with ${showBalances(book.opening)}: ${totalOf(book.opening)} in all.`,
      ...told.map((each) => ('balances' in each ? foundSentence(each) : transferSentence(each))),
      foundSentence(found, true),
      ...wrong.because,
    ],
    operations: [...told, found].map(({ process, call }) => ({ process, invokeUs: call })),
    fromUs: Math.min(found.call, ...told.map(({ call }) => call)),
    toUs: found.return,
  };
}

interface Wrong {
  readonly kind:
    | 'overdraft'
    | 'wrong-accounts'
    | 'torn-read'
    | 'wrong-sum'
    | 'executed-twice'
    | 'lost-transfer'
    | 'wrong-balance';
  readonly title: string;
  readonly because: readonly string[];
  /** The transfer that went wrong, where one explains it. */
  readonly culprit?: Transfer | undefined;
}

/** How balances must change to be right again. */
type Change = Readonly<Record<string, number>>;

function overdrawn(found: Found): Wrong | undefined {
  const [name, balance] = Object.entries(found.balances).find(([, each]) => each < 0) ?? [];
  if (name === undefined) return undefined;
  return {
    kind: 'overdraft',
    title: `${said(found)} with ${name} at ${balance}`,
    because: ['A transfer that an account has too little for must be refused.'],
  };
}

/** Of a read, which shows all accounts. */
function wrongSum(book: AccountBook, found: Found, lastRight: Found | undefined): Wrong | undefined {
  const { balances } = found;
  const names = Object.keys(book.opening);
  const strangers = Object.keys(balances).filter((name) => !Object.hasOwn(book.opening, name));
  const missing = names.filter((name) => !Object.hasOwn(balances, name));
  if (strangers.length > 0 || missing.length > 0) {
    const what =
      missing.length > 0 ? `without ${missing.join(', ')}` : `with ${strangers.join(', ')}, which nobody opened`;
    return { kind: 'wrong-accounts', title: `${said(found)} ${what}`, because: ['Accounts neither come nor go.'] };
  }
  const paidIn = totalOf(book.opening);
  const sum = totalOf(balances);
  if (sum === paidIn) return undefined;
  const difference = Math.abs(sum - paidIn);
  const title = `${said(found)} with ${sum} in all, but ${paidIn} had been paid in: ${difference} ${sum < paidIn ? 'are missing' : 'came from nowhere'}`;
  const half = suspectsOf(book, found, lastRight).findLast((transfer) => explainsHalf(book, found, transfer));
  const rule = 'A transfer moves money from one account to another at one moment: the sum is always the same.';
  if (half === undefined) return { kind: 'wrong-sum', title, because: [rule] };
  const what =
    sum < paidIn
      ? `taken from ${half.from} and not given to ${half.to}`
      : `given to ${half.to} and not taken from ${half.from}`;
  return {
    kind: 'torn-read',
    title: `${title}, as if only half of process ${half.process}'s transfer of ${half.amount} was there`,
    because: [`All balances would be right if that transfer had not been ${what}.`, rule],
    culprit: half,
  };
}

/** Whether each account would be right, were the other half of this transfer there as well, or neither. */
function explainsHalf(book: AccountBook, found: Found, { from, to, amount }: Transfer): boolean {
  const short = totalOf(book.opening) - totalOf(found.balances);
  if (Math.abs(short) !== amount) return false;
  // Missing: the payer's half is there alone. Too much: the payee's.
  const whole = short > 0 ? { [to]: amount } : { [from]: -amount };
  const neither = short > 0 ? { [from]: amount } : { [to]: -amount };
  return [whole, neither].some((change) => fits(book, found, change));
}

/** Balances that the transfers cannot have left there. */
function impossible(book: AccountBook, found: Found, lastRight: Found | undefined): Wrong | undefined {
  const wrong = Object.keys(found.balances).find((name) => !allows(book, found, name, {}));
  if (wrong === undefined) return undefined;
  const bounds = boundsOf(book, found, wrong);
  const held = found.balances[wrong] as number;
  const limit = held < bounds.least ? `must hold ${bounds.least} at least` : `can hold ${bounds.most} at most`;
  const title = `${said(found)} with ${wrong} at ${held}, which ${limit}`;
  const because = [`${sumOf(bounds, held < bounds.least)}: ${wrong} ${limit}.`];
  const culprit = culpritOf(book, found, lastRight);
  if (culprit === undefined) return { kind: 'wrong-balance', title, because };
  const { transfer, how } = culprit;
  return {
    kind: how === 'lost' ? 'lost-transfer' : 'executed-twice',
    title: `${title}, as if process ${transfer.process}'s transfer of ${transfer.amount} had been ${how}`,
    because: [...because, `All balances would be right if that transfer had been ${how}.`],
    culprit: transfer,
  };
}

/**
 * Transfers that may explain what is wrong: none that had been answered when the last right read began; and of an answer
 * to a transfer, which shows two accounts, only itself.
 */
function suspectsOf(book: AccountBook, { transfer }: Found, lastRight: Found | undefined): readonly Transfer[] {
  if (transfer) return [transfer];
  const since = lastRight?.call ?? 0;
  return book.transfers.filter(({ return: returned }) => returned === undefined || returned >= since);
}

/** The transfer that explains all balances if it was carried out twice, or not at all. */
function culpritOf(
  book: AccountBook,
  found: Found,
  lastRight: Found | undefined,
): { readonly transfer: Transfer; readonly how: 'carried out twice' | 'lost' } | undefined {
  const suspects = suspectsOf(book, found, lastRight);
  const twice = suspects.findLast((transfer) => fits(book, found, effectOf(transfer, -1)));
  if (twice) return { transfer: twice, how: 'carried out twice' };
  const lost = suspects.findLast((each) => each.return !== undefined && fits(book, found, effectOf(each, 1)));
  return lost && { transfer: lost, how: 'lost' };
}

function sumOf({ first, sure, possible }: Bounds, least: boolean): string {
  return least
    ? `It held ${first} at first, ${sure.in} had surely come in when this began, and no more than ${possible.out} can have gone out when it ended`
    : `It held ${first} at first, no more than ${possible.in} can have come in when this ended, and ${sure.out} had surely gone out when it began`;
}

/** What this transfer does, so many times. */
function effectOf({ from, to, amount }: Transfer, times: number): Change {
  return { [from]: -times * amount, [to]: times * amount };
}

/** Whether all balances would be right with this change. */
function fits(book: AccountBook, found: Found, change: Change): boolean {
  return Object.keys(found.balances).every((name) => allows(book, found, name, change));
}

function allows(book: AccountBook, found: Found, name: string, change: Change): boolean {
  const { least, most } = boundsOf(book, found, name);
  const balance = (found.balances[name] as number) + (change[name] ?? 0);
  return balance >= least && balance <= most;
}

function boundsOf(book: AccountBook, { certain, transfer }: Found, name: string): Bounds {
  return book.bounds(name, certain, transfer);
}

function said({ process, key, transfer, return: returned }: Found): string {
  if (transfer === undefined) return `process ${process} read ${nameOf(key)} at ${showTime(returned)}`;
  return `process ${process}'s ${showOrder(transfer)} in ${nameOf(key)} was answered at ${showTime(returned)}`;
}

function foundSentence({ process, key, balances, transfer, call, return: returned }: Found, surprise = false): string {
  const what = transfer ? `moved ${transfer.amount} from ${transfer.from} to ${transfer.to}, which left` : 'read';
  const sum = transfer ? '' : `: ${totalOf(balances)} in all`;
  const end = surprise ? ': this cannot be.' : '.';
  return `${showTime(call)} to ${showTime(returned)}: process ${process} ${what} ${showBalances(balances)} in ${nameOf(key)}${sum}${end}`;
}

function transferSentence({ process, from, to, amount, call, return: returned }: Transfer): string {
  const what = `process ${process} moved ${amount} from ${from} to ${to}`;
  if (returned === undefined) return `from ${showTime(call)}: ${what}, and had no answer by then.`;
  return `${showTime(call)} to ${showTime(returned)}: ${what}, acknowledged.`;
}

function showOrder({ amount, from, to }: Transfer): string {
  return `transfer of ${amount} from ${from} to ${to}`;
}

/** "a1: 100, a2: 80" */
function showBalances(balances: Balances): string {
  return Object.entries(balances)
    .map(([name, balance]) => `${name}: ${balance}`)
    .join(', ');
}

function nameOf(key: string): string {
  return key === '' ? 'the ledger' : key;
}
