import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { INITIAL, NOBODY, SEVERAL, type TransactionLog } from './log.js';
import { inOrderOfInvocation, ranBefore } from './orders.js';
import type { States } from './states.js';
import type { Touches } from './touches.js';

/** What may be taken for granted of each register, besides that it begins as null. */
export interface RegisterAssumptions {
  /**
   * A transaction that read a version and then wrote the register wrote a later version. Default true: where reads come
   * from committed writes, anything else is a cycle of dependencies already (G1c), so that all conclusions hold from
   * read committed upwards, and none is drawn about read uncommitted.
   */
  readonly writesFollowReads?: boolean;
  /** Each process sees each register's versions in their order. Default false. */
  readonly sequentialKeys?: boolean;
  /** Each register by itself is linearizable, whatever transactions do over several. Default false. */
  readonly linearizableKeys?: boolean;
}

/** State v is version v, and `versions + k` the initial state of key k. */
export function registerStates(log: TransactionLog): States {
  const versions = log.versionValues.length;
  const foundBy = (operation: number) => {
    const version = log.valueAt(operation);
    const key = log.keyAt(operation);
    if (version === INITIAL) return log.key(key).nullWritten ? -1 : versions + key;
    return version < 0 || log.versionWriters.at(version) === SEVERAL ? -1 : version;
  };
  return { count: versions + log.keys.length, foundBy };
}

/** One state is older than another, by an assumption about the keys. */
export interface VersionEdge {
  readonly from: number;
  readonly to: number;
}

/** A transaction as one register saw it: its first state and its last. */
interface Visit {
  readonly transaction: number;
  readonly first: number;
  last: number;
}

/**
 * The order of each key's states in its processes or in real time: the last state of one transaction is no younger than
 * the first of the next that touches the key. Nothing follows an unknown outcome.
 */
export function assumedOrder(
  log: TransactionLog,
  touches: Touches,
  states: States,
  assumption: 'sequential' | 'linearizable',
  pulse: Pulse = unhurried,
): Map<number, VersionEdge[]> {
  const edges = new Map<number, VersionEdge[]>();
  for (const [key, visits] of visitsByKey(log, touches, states, pulse)) {
    pulse();
    const ofKey: VersionEdge[] = [];
    const link = (before: Visit, after: Visit) => {
      if (before.last !== after.first) ofKey.push({ from: before.last, to: after.first });
    };
    if (assumption === 'sequential') linkProcesses(log, visits, link);
    else linkRealTime(log, visits, link);
    edges.set(key, ofKey);
  }
  return edges;
}

function visitsByKey(log: TransactionLog, touches: Touches, states: States, pulse: Pulse): Map<number, Visit[]> {
  const visits = new Map<number, Visit[]>();
  let step = 0;
  for (const transaction of inOrderOfInvocation(log, pulse)) {
    if ((step++ & LOOK) === 0) pulse();
    if (log.isAborted(transaction)) continue;
    for (let operation = log.start(transaction); operation < log.start(transaction + 1); operation++) {
      const write = log.writesAt(operation);
      if (write ? touches.final[operation] === 0 : touches.previous[operation] !== -1) continue;
      const key = log.keyAt(operation);
      const state = write ? log.valueAt(operation) : states.foundBy(operation);
      if (state < 0 || (write && log.validWriter(state) === NOBODY)) continue;
      const ofKey = visits.get(key) ?? [];
      const visit = ofKey.at(-1);
      if (visit?.transaction === transaction) visit.last = state;
      else ofKey.push({ transaction, first: state, last: state });
      visits.set(key, ofKey);
    }
  }
  return visits;
}

type Link = (before: Visit, after: Visit) => void;

function linkProcesses(log: TransactionLog, visits: readonly Visit[], link: Link): void {
  const last = new Map<number, Visit>();
  for (const visit of visits) {
    const process = log.process(visit.transaction);
    const before = last.get(process);
    if (before && ranBefore(log, before.transaction, visit.transaction)) link(before, visit);
    if (log.isCommitted(visit.transaction)) last.set(process, visit);
  }
}

/** The transitive reduction: a transaction that a later completed one follows is covered by that one. */
function linkRealTime(log: TransactionLog, visits: readonly Visit[], link: Link): void {
  const completions = visits.filter(({ transaction }) => log.completeUs(transaction) < Number.POSITIVE_INFINITY);
  completions.sort((left, right) => log.completeUs(left.transaction) - log.completeUs(right.transaction));
  let completed = 0;
  let frontier: Visit[] = [];
  for (const visit of visits) {
    const now = log.invokeUs(visit.transaction);
    for (; completed < completions.length; completed++) {
      const done = completions[completed] as Visit;
      if (log.completeUs(done.transaction) >= now) break;
      const invoked = log.invokeUs(done.transaction);
      frontier = frontier.filter(({ transaction }) => log.completeUs(transaction) >= invoked);
      frontier.push(done);
    }
    for (const before of frontier) link(before, visit);
  }
}

/** A cycle of states over these edges, or undefined: then they are an order. */
export function cycleOfVersions(edges: readonly VersionEdge[], pulse: Pulse = unhurried): number[] | undefined {
  const after = new Map<number, number[]>();
  for (const { from, to } of edges) {
    const targets = after.get(from);
    if (targets) targets.push(to);
    else after.set(from, [to]);
  }
  const path: { readonly state: number; next: number }[] = [];
  const finished = new Set<number>();
  const onPath = new Set<number>();
  let step = 0;
  for (const root of after.keys()) {
    if ((step++ & LOOK) === 0) pulse();
    if (finished.has(root)) continue;
    path.push({ state: root, next: 0 });
    onPath.add(root);
    while (path.length > 0) {
      const top = path.at(-1) as { readonly state: number; next: number };
      const target = after.get(top.state)?.[top.next++];
      if (target === undefined) {
        path.pop();
        onPath.delete(top.state);
        finished.add(top.state);
      } else if (onPath.has(target)) {
        const states = path.map(({ state }) => state);
        return states.slice(states.indexOf(target));
      } else if (!finished.has(target)) {
        path.push({ state: target, next: 0 });
        onPath.add(target);
      }
    }
  }
  return undefined;
}
