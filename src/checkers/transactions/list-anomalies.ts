import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import type { Scalar } from '../../linearizability-checker/index.js';
import { showValue } from '../wording.js';
import { Cast, found } from './cast.js';
import type { Findings } from './finding.js';
import { isAmbiguous, type ListOrder } from './list-order.js';
import { NOBODY, ODD, type TransactionLog } from './log.js';
import { previousWrite, type Touches } from './touches.js';

/** What single reads of lists show by themselves, without any cycle. */
export function findListAnomalies(
  log: TransactionLog,
  touches: Touches,
  order: ListOrder,
  findings: Findings,
  pulse: Pulse = unhurried,
): void {
  const seen = new SeenVersions(log);
  for (let key = 0; key < log.keys.length; key++) {
    pulse();
    const { longest, longestReader } = log.key(key);
    judgeElements(log, key, longest, longestReader, seen, findings);
    findDirtyUpdates(log, order, key, findings);
  }
  const intermediate = intermediateVersions(log, touches, pulse);
  const lastRead = new Int32Array(log.operations).fill(-1);
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    const reader = touches.transaction[operation] as number;
    const before = touches.previous[operation] as number;
    if (before !== -1) lastRead[operation] = log.writesAt(before) ? (lastRead[before] as number) : before;
    if (log.writesAt(operation)) {
      const read = lastRead[operation] as number;
      if (read !== -1 && log.isCommitted(reader)) findFutureRead(log, order, read, operation, findings);
      findReversed(log, touches, order, operation, findings);
      continue;
    }
    const value = log.valueAt(operation);
    const key = log.keyAt(operation);
    if (value <= ODD) {
      judgeElements(log, key, log.listAt(operation).list, reader, seen, findings);
      findIncompatible(log, operation, reader, findings);
    }
    const version = value <= ODD || value > 0 ? lastVersion(log, operation) : NOBODY;
    const writer = version === NOBODY ? NOBODY : log.validWriter(version);
    if (writer !== NOBODY && writer !== reader && intermediate[version] === 1) {
      findings.add('G1b', () => intermediateRead(log, operation, reader, writer, version));
    }
    if (before !== -1) findInternal(log, touches, operation, reader, findings);
  }
}

/** A set of versions that is emptied at no cost. */
class SeenVersions {
  private readonly stamps: Int32Array;
  private stamp = 0;

  constructor(log: TransactionLog) {
    this.stamps = new Int32Array(log.versionValues.length);
  }

  clear(): void {
    this.stamp++;
  }

  /** Adds the version. @returns whether it was there already */
  again(version: number): boolean {
    const was = this.stamps[version] === this.stamp;
    this.stamps[version] = this.stamp;
    return was;
  }
}

/** Versions that their transaction itself appended to again. */
function intermediateVersions(log: TransactionLog, touches: Touches, pulse: Pulse): Uint8Array {
  const intermediate = new Uint8Array(log.versionValues.length);
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (log.writesAt(operation) && touches.final[operation] === 0) intermediate[log.valueAt(operation)] = 1;
  }
  return intermediate;
}

function lastVersion(log: TransactionLog, operation: number): number {
  const { list, length } = log.listAt(operation);
  const element = list[length - 1];
  return element === undefined ? NOBODY : (log.key(log.keyAt(operation)).versions.get(element) ?? NOBODY);
}

function judgeElements(
  log: TransactionLog,
  key: number,
  list: readonly Scalar[],
  reader: number,
  seen: SeenVersions,
  findings: Findings,
): void {
  const { name, versions } = log.key(key);
  seen.clear();
  for (const element of list) {
    const version = versions.get(element) ?? NOBODY;
    if (version !== NOBODY && seen.again(version) && !isAmbiguous(log, version)) {
      findings.add('duplicate-elements', () => {
        const cast = new Cast(log);
        const title = `${cast.name(reader)} read ${name} with ${showValue(element)} in it twice`;
        return {
          title,
          story: [`${title}, though it was appended once.`, ...cast.programmes()],
          transactions: cast.transactions,
        };
      });
    }
    if (version === NOBODY || log.versionWriters.at(version) === NOBODY) {
      findings.add('garbage-read', () => {
        const cast = new Cast(log);
        const title = `${cast.name(reader)} read ${name} with ${showValue(element)} in it, which nobody appended`;
        return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
      });
      continue;
    }
    const writer = log.versionWriters.at(version);
    if (writer >= 0 && log.isAborted(writer)) {
      findings.add('G1a', () => {
        const cast = new Cast(log);
        const title = `${cast.name(reader)} read ${name} with ${showValue(element)} in it, which the aborted ${cast.name(writer)} had appended`;
        return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
      });
    }
  }
}

/** A committed append stands on an aborted one: what was rolled back is part of the history for good. */
function findDirtyUpdates(log: TransactionLog, order: ListOrder, key: number, findings: Findings): void {
  const { name, longestReader } = log.key(key);
  const offset = order.offsets[key] as number;
  let aborted = NOBODY;
  for (let position = 0; position < (order.certain[key] as number); position++) {
    const version = order.elements[offset + position] as number;
    const writer = version === NOBODY ? NOBODY : log.versionWriters.at(version);
    if (writer < 0) continue;
    if (log.isAborted(writer)) aborted = version;
    if (aborted === NOBODY || !log.isCommitted(writer)) continue;
    const dirty = aborted;
    aborted = NOBODY;
    findings.add('dirty-update', () => {
      const cast = new Cast(log);
      const first = cast.name(log.versionWriters.at(dirty));
      const values = [showValue(log.versionValues[dirty]), showValue(log.versionValues[version])];
      const title = `${cast.name(writer)} appended ${values[1]} to ${name} on top of ${values[0]}, which the aborted ${first} had appended`;
      return {
        title,
        story: [
          `${title}.`,
          `${cast.name(longestReader)} read ${name} with ${values[0]} before ${values[1]}.`,
          ...cast.programmes(),
        ],
        transactions: cast.transactions,
      };
    });
  }
}

function findIncompatible(log: TransactionLog, operation: number, reader: number, findings: Findings): void {
  findings.add('incompatible-order', () => {
    const { name, longest, longestReader } = log.key(log.keyAt(operation));
    const { list } = log.listAt(operation);
    let same = 0;
    while (same < list.length && list[same] === longest[same]) same++;
    const cast = new Cast(log);
    const here = (from: readonly Scalar[]) => (same < from.length ? showValue(from[same]) : 'nothing');
    const title = `${cast.name(reader)} and ${cast.name(longestReader)} read ${name} in orders that exclude each other`;
    return {
      title,
      story: [
        `${title}: after ${same === 0 ? 'no element' : `the first ${same}`} in common, one has ${here(list)} and the other ${here(longest)}.`,
        ...cast.programmes(),
      ],
      transactions: cast.transactions,
    };
  });
}

/** A list shows a transaction's appends in another order than it made them. */
function findReversed(
  log: TransactionLog,
  touches: Touches,
  { positions, certain }: ListOrder,
  append: number,
  findings: Findings,
): void {
  const earlier = previousWrite(log, touches, append);
  if (earlier === -1) return;
  const key = log.keyAt(append);
  const [first, second] = [log.valueAt(earlier), log.valueAt(append)];
  const at = positions[second] as number;
  if (at === -1 || (positions[first] as number) <= at || (positions[first] as number) >= (certain[key] as number))
    return;
  // A value that others append too may be theirs.
  if (isAmbiguous(log, first) || isAmbiguous(log, second)) return;
  findings.add('incompatible-order', () => {
    const { name, longestReader } = log.key(key);
    const [before, after] = [first, second].map((version) => showValue(log.versionValues[version]));
    const cast = new Cast(log);
    const title = `${cast.name(touches.transaction[append] as number)} appended ${before} and then ${after} to ${name}, but ${cast.name(longestReader)} read them the other way round`;
    return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
  });
}

/** A transaction read what it appended only later. */
function findFutureRead(log: TransactionLog, order: ListOrder, read: number, append: number, findings: Findings): void {
  const version = log.valueAt(append);
  if (isAmbiguous(log, version)) return;
  const position = order.positions[version] as number;
  const value = log.valueAt(read);
  const { list } = log.listAt(read);
  if (value <= ODD ? !list.includes(log.versionValues[version] ?? null) : position === -1 || position >= value) return;
  findings.add('future-read', () => {
    const { name } = log.key(log.keyAt(append));
    const cast = new Cast(log);
    const title = `${cast.name(log.versionWriters.at(version))} read ${name} with ${showValue(log.versionValues[version])} in it before it appended that itself`;
    return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
  });
}

function intermediateRead(log: TransactionLog, operation: number, reader: number, writer: number, version: number) {
  const { name } = log.key(log.keyAt(operation));
  const cast = new Cast(log);
  const title = `${cast.name(reader)} read ${name} = ${found(log, operation)}, ending with ${showValue(log.versionValues[version])}, before ${cast.name(writer)} had made its last append to ${name}`;
  return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
}

/**
 * Axiom INT (Cerone, Bernardi & Gotsman, CONCUR 2015): a read finds what the transaction's last read of the key found,
 * and its own appends since.
 */
function findInternal(
  log: TransactionLog,
  touches: Touches,
  operation: number,
  reader: number,
  findings: Findings,
): void {
  if (log.valueAt(operation) === -1) return;
  const { list, length } = log.listAt(operation);
  let end = length;
  let before = touches.previous[operation] as number;
  let agrees = true;
  for (; before !== -1 && log.writesAt(before); before = touches.previous[before] as number) {
    end--;
    if (end < 0 || list[end] !== log.versionValues[log.valueAt(before)]) agrees = false;
    if (!agrees) break;
  }
  if (agrees && before !== -1) {
    const earlier = log.listAt(before);
    agrees = earlier.length === end;
    // Two prefixes of one list need no look at their elements.
    if (agrees && earlier.list !== list) {
      for (let index = 0; agrees && index < end; index++) agrees = earlier.list[index] === list[index];
    }
  }
  if (agrees) return;
  findings.add('internal', () => {
    const { name } = log.key(log.keyAt(operation));
    const cast = new Cast(log);
    const title = `${cast.name(reader)} read ${name} = ${found(log, operation)}, which contradicts its own earlier steps`;
    return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
  });
}
