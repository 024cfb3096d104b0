import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { showValue } from '../wording.js';
import { Cast, found } from './cast.js';
import type { Findings } from './finding.js';
import { INITIAL, NOBODY, SEVERAL, type TransactionLog, UNKNOWN } from './log.js';
import type { CyclicVersions } from './register-dependencies.js';
import type { Touches } from './touches.js';

/** What single reads of registers show by themselves, without any cycle. */
export function findRegisterAnomalies(
  log: TransactionLog,
  touches: Touches,
  findings: Findings,
  pulse: Pulse = unhurried,
): void {
  const intermediate = new Uint8Array(log.versionValues.length);
  const writtenBy = new Int32Array(log.versionValues.length).fill(-1);
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (!log.writesAt(operation)) continue;
    writtenBy[log.valueAt(operation)] = operation;
    if (touches.final[operation] === 0) intermediate[log.valueAt(operation)] = 1;
  }
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    const version = log.valueAt(operation);
    if (log.writesAt(operation) || version === UNKNOWN) continue;
    const reader = touches.transaction[operation] as number;
    findInternal(log, touches, operation, reader, findings);
    const writer = version < 0 ? SEVERAL : log.versionWriters.at(version);
    if (writer === SEVERAL) continue;
    const tell = (why: (cast: Cast) => string) => () => {
      const cast = new Cast(log);
      const { name } = log.key(log.keyAt(operation));
      const title = `${cast.name(reader)} read ${name} = ${found(log, operation)}, ${why(cast)}`;
      return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
    };
    if (writer === NOBODY)
      findings.add(
        'garbage-read',
        tell(() => 'which nobody wrote'),
      );
    else if (writer === reader) {
      if ((writtenBy[version] as number) > operation)
        findings.add(
          'future-read',
          tell(() => 'before it wrote that itself'),
        );
    } else if (log.isAborted(writer)) {
      findings.add(
        'G1a',
        tell((cast) => `which the aborted ${cast.name(writer)} had written`),
      );
      findDirtyUpdate(log, touches, operation, writer, findings);
    } else if (intermediate[version] === 1) {
      findings.add(
        'G1b',
        tell((cast) => `which ${cast.name(writer)} itself overwrote`),
      );
    }
  }
}

/** A committed transaction read what an aborted one wrote, and wrote over it. */
function findDirtyUpdate(
  log: TransactionLog,
  touches: Touches,
  read: number,
  aborted: number,
  findings: Findings,
): void {
  const transaction = touches.transaction[read] as number;
  const key = log.keyAt(read);
  for (let operation = read + 1; operation < log.start(transaction + 1); operation++) {
    if (log.keyAt(operation) !== key || touches.previous[operation] !== read || !log.writesAt(operation)) continue;
    findings.add('dirty-update', () => {
      const cast = new Cast(log);
      const value = showValue(log.versionValues[log.valueAt(operation)]);
      const title = `${cast.name(transaction)} wrote ${value} to ${log.key(key).name} on top of ${found(log, read)}, which the aborted ${cast.name(aborted)} had written`;
      return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
    });
  }
}

/** Axiom INT (Cerone, Bernardi & Gotsman, CONCUR 2015): a read finds what its transaction last read or wrote. */
function findInternal(
  log: TransactionLog,
  touches: Touches,
  operation: number,
  reader: number,
  findings: Findings,
): void {
  const before = touches.previous[operation] as number;
  if (before === -1) return;
  const value = (at: number) => {
    const version = log.valueAt(at);
    return version === INITIAL ? null : (log.versionValues[version] ?? null);
  };
  if (value(before) === value(operation)) return;
  findings.add('internal', () => {
    const cast = new Cast(log);
    const { name } = log.key(log.keyAt(operation));
    const did = log.writesAt(before) ? 'had written' : 'had read';
    const title = `${cast.name(reader)} read ${name} = ${found(log, operation)}, but ${did} ${showValue(value(before))} itself just before`;
    return { title, story: [`${title}.`, ...cast.programmes()], transactions: cast.transactions };
  });
}

const ASSUMED = {
  'writes-follow-reads': 'what transactions read before they wrote',
  sequential: 'the order in each process',
  linearizable: 'the order in real time',
} as const;

const DENIED = {
  'writes-follow-reads': undefined,
  sequential: ['strong-session-serializable', 'strict-serializable'],
  linearizable: ['strict-serializable'],
} as const;

/** A register's versions in a circle: what was assumed of it does not hold. */
export function tellCyclicVersions(log: TransactionLog, cyclic: readonly CyclicVersions[], findings: Findings): void {
  for (const { key, states, assumption } of cyclic) {
    findings.add('cyclic-versions', () => {
      const { name } = log.key(key);
      const value = (state: number) => showValue(log.versionValues[state] ?? null);
      const circle = [...states, states[0] as number].map(value).join(', then ');
      const title = `${name} would have held ${circle}`;
      const writers = states.flatMap((state) => {
        const writer = state < log.versionValues.length ? log.validWriter(state) : NOBODY;
        return writer === NOBODY ? [] : [writer];
      });
      const cast = new Cast(log);
      const named = writers.map((writer) => cast.name(writer));
      return {
        title,
        story: [
          `${title}: so says ${ASSUMED[assumption]}.`,
          ...(named.length > 0 ? [`The values were written by ${named.join(', ')}.`] : []),
          ...cast.programmes(),
        ],
        transactions: cast.transactions,
        ...(DENIED[assumption] && { excludes: DENIED[assumption] }),
      };
    });
  }
}
