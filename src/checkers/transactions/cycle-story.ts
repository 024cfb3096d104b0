import { showValue } from '../wording.js';
import { Cast, found } from './cast.js';
import type { Cycle } from './cycles.js';
import { PROCESS, REALTIME, RW, WW } from './graph.js';
import { INITIAL, NOBODY, ODD, type TransactionLog } from './log.js';
import type { Step } from './path-search.js';

/** How many transactions of a cycle its title names. */
const NAMED = 5;

/** A cycle in words: why each of its transactions comes before the next. */
export function tellCycle(log: TransactionLog, { steps }: Cycle) {
  const cast = new Cast(log);
  for (const { from } of steps) cast.name(from);
  const story = steps.map((step) => `${why(log, cast, step)}.`);
  const names = steps.map((_, index) => `T${index + 1}`);
  const chain = names.length > NAMED ? [...names.slice(0, NAMED - 1), '…', names.at(-1)] : names;
  story.push(
    `So ${[...chain, names[0]].join(' comes before ')}: no order of these transactions explains what they saw.`,
  );
  const introduced = new Cast(log);
  const named = steps.slice(0, NAMED).map(({ from }) => introduced.name(from));
  const more = steps.length > NAMED ? ` and ${steps.length - NAMED} more` : '';
  const title = `${named.join(', ')}${more}: each comes before the next, and the last before the first`;
  return { title, story: [...cast.programmes(), ...story], transactions: steps.map(({ from }) => from) };
}

function why(log: TransactionLog, cast: Cast, step: Step): string {
  const from = cast.name(step.from);
  const to = cast.name(step.to);
  if (step.kind === PROCESS) return `p${log.process(step.from)} ran ${from} before ${to}`;
  if (step.kind === REALTIME) {
    const gap = (log.invokeUs(step.to) - log.completeUs(step.from)) / 1_000_000;
    return `${from} had completed ${gap.toFixed(3)} s before ${to} began`;
  }
  const { name } = log.key(step.key);
  const sentence =
    log.model === 'list-append' ? listSentence(log, step, from, to, name) : registerSentence(log, step, from, to, name);
  return `${sentence}, so ${from} comes before ${to}`;
}

function listSentence(log: TransactionLog, step: Step, from: string, to: string, key: string): string {
  const { kind } = step;
  if (kind === WW) {
    const [earlier, later] = neighbours(log, step);
    const unseen = later !== undefined && !log.key(step.key).longest.includes(log.versionValues[later] ?? null);
    const values = [earlier, later].map((version) =>
      showValue(version === undefined ? null : log.versionValues[version]),
    );
    return `${to} appended ${values[1]} to ${key} after ${from} appended ${values[0]}${unseen ? ' (the longest list that was read ends there)' : ''}`;
  }
  if (kind !== RW) {
    const read = readOf(log, step.to, step.key, (operation) => lastWriter(log, operation) === step.from);
    const appended = writesOf(log, step.from, step.key)
      .map((version) => log.versionValues[version] ?? null)
      .filter((element) => read !== undefined && contains(log, read, element));
    const value = showValue(appended.at(-1));
    return `${to} read ${key} = ${read === undefined ? 'a list' : found(log, read)}, which has ${from}'s ${value} in it`;
  }
  const appended = writesOf(log, step.to, step.key).map((version) => log.versionValues[version] ?? null);
  const read = readOf(log, step.from, step.key, (operation) => {
    return appended.some((element) => !contains(log, operation, element));
  });
  const missing = appended.find((element) => read !== undefined && !contains(log, read, element));
  return `${from} read ${key} = ${read === undefined ? 'a list' : found(log, read)}, without ${to}'s ${showValue(missing)}`;
}

function registerSentence(log: TransactionLog, step: Step, from: string, to: string, key: string): string {
  const wrote = (transaction: number) =>
    showValue(log.versionValues[writesOf(log, transaction, step.key).at(-1) ?? -1]);
  if (step.kind === WW) {
    return `${to} wrote ${wrote(step.to)} to ${key} after ${from} wrote ${wrote(step.from)}`;
  }
  if (step.kind !== RW) {
    const read = readOf(log, step.to, step.key, (operation) => lastWriter(log, operation) === step.from);
    return `${to} read ${key} = ${read === undefined ? 'a value' : found(log, read)}, which ${from} had written`;
  }
  // Of several reads of the key, the one whose state was certainly overwritten.
  const overwritten = readOf(log, step.to, step.key, () => true);
  const same = (operation: number) => overwritten !== undefined && log.valueAt(operation) === log.valueAt(overwritten);
  const initial = (operation: number) => log.valueAt(operation) === INITIAL;
  const read =
    readOf(log, step.from, step.key, initial) ??
    readOf(log, step.from, step.key, same) ??
    readOf(log, step.from, step.key, () => true);
  const state = read === undefined ? 'a value' : found(log, read);
  const reason =
    read === undefined || initial(read)
      ? `${to} wrote ${wrote(step.to)} to it`
      : same(read)
        ? `${to} read the same and then wrote ${wrote(step.to)}`
        : `${to} wrote the later ${wrote(step.to)}`;
  return `${from} read ${key} = ${state} and ${reason}`;
}

/** The versions of the key that the transaction wrote, in its order. */
function writesOf(log: TransactionLog, transaction: number, key: number): number[] {
  const versions: number[] = [];
  for (let operation = log.start(transaction); operation < log.start(transaction + 1); operation++) {
    if (log.writesAt(operation) && log.keyAt(operation) === key) versions.push(log.valueAt(operation));
  }
  return versions;
}

function readOf(
  log: TransactionLog,
  transaction: number,
  key: number,
  condition: (operation: number) => boolean,
): number | undefined {
  for (let operation = log.start(transaction); operation < log.start(transaction + 1); operation++) {
    if (!log.writesAt(operation) && log.keyAt(operation) === key && condition(operation)) return operation;
  }
  return undefined;
}

/** Who wrote what this read found; of a list, its last element of a transaction that may have committed. */
function lastWriter(log: TransactionLog, operation: number): number {
  const value = log.valueAt(operation);
  if (log.model === 'rw-register') return value < 0 ? NOBODY : log.validWriter(value);
  if (value < 0 && value > ODD) return NOBODY;
  const { list, length } = log.listAt(operation);
  const { versions } = log.key(log.keyAt(operation));
  for (let index = length - 1; index >= 0; index--) {
    const version = versions.get(list[index] ?? null);
    const writer = version === undefined ? NOBODY : log.validWriter(version);
    if (writer !== NOBODY) return writer;
  }
  return NOBODY;
}

function contains(log: TransactionLog, operation: number, element: unknown): boolean {
  const { list, length } = log.listAt(operation);
  for (let index = 0; index < length; index++) if (list[index] === element) return true;
  return false;
}

/** The two versions in a row, one of each transaction, that put one before the other. */
function neighbours(log: TransactionLog, { from, to, key }: Step): [number | undefined, number | undefined] {
  const { longest, versions } = log.key(key);
  let earlier: number | undefined;
  for (const element of longest) {
    const version = versions.get(element);
    const writer = version === undefined ? NOBODY : log.validWriter(version);
    if (writer === from) earlier = version;
    else if (writer === to && earlier !== undefined) return [earlier, version];
    else if (writer !== NOBODY) earlier = undefined;
  }
  return [writesOf(log, from, key).at(-1), writesOf(log, to, key).at(-1)];
}
