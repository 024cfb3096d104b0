import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { type GraphBuilder, WR, WW } from './graph.js';
import { INITIAL, NOBODY, type TransactionLog } from './log.js';
import {
  assumedOrder,
  cycleOfVersions,
  type RegisterAssumptions,
  registerStates,
  type VersionEdge,
} from './register-order.js';
import { readersOf } from './states.js';
import type { Touches } from './touches.js';

/** States of one key that an assumption puts into a circle. */
export interface CyclicVersions {
  readonly key: number;
  readonly states: readonly number[];
  readonly assumption: 'writes-follow-reads' | 'sequential' | 'linearizable';
}

/**
 * Dependencies of rw-register transactions (Kingsbury & Alvaro, VLDB 2020, §5.3): a read depends on its value's writer
 * (wr); what is known of the order of a key's versions gives ww and rw.
 *
 * @returns keys whose versions would form a circle: an assumption that does so is dropped for its key
 */
export function addRegisterDependencies(
  log: TransactionLog,
  touches: Touches,
  assumptions: RegisterAssumptions,
  graph: GraphBuilder,
  pulse: Pulse = unhurried,
): CyclicVersions[] {
  const states = registerStates(log);
  const readers = readersOf(log, touches, states, pulse);
  const versions = log.versionValues.length;
  const readersOfState = (state: number) =>
    readers.transactions.subarray(readers.offsets[state] as number, readers.offsets[state + 1] as number);
  const { finalWriters, updaters } = writers(log, touches, pulse);
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (log.writesAt(operation)) continue;
    const state = states.foundBy(operation);
    if (state < 0 || state >= versions) continue;
    const writer = log.validWriter(state);
    if (writer !== NOBODY) graph.add(writer, touches.transaction[operation] as number, WR, log.keyAt(operation));
  }
  // Every version comes after the initial state.
  for (let key = 0; key < log.keys.length; key++) {
    pulse();
    graph.antiDependencies(readersOfState(versions + key), finalWriters[key] ?? [], key);
  }
  const certain = new Map<number, VersionEdge[]>();
  if (assumptions.writesFollowReads ?? true) {
    let step = 0;
    for (const { key, state, writers: of, versions: to } of updaters.values()) {
      if ((step++ & LOOK) === 0) pulse();
      graph.antiDependencies(readersOfState(state), of, key);
      const edges = certain.get(key) ?? [];
      for (const version of to) edges.push({ from: state, to: version });
      certain.set(key, edges);
    }
  }
  const cyclic = [...certain].flatMap(([key, edges]): CyclicVersions[] => {
    const circle = cycleOfVersions(edges, pulse);
    return circle ? [{ key, states: circle, assumption: 'writes-follow-reads' }] : [];
  });
  for (const assumption of ['sequential', 'linearizable'] as const) {
    if (!(assumption === 'sequential' ? assumptions.sequentialKeys : assumptions.linearizableKeys)) continue;
    for (const [key, edges] of assumedOrder(log, touches, states, assumption, pulse)) {
      const known = certain.get(key) ?? [];
      const initial = versions + key;
      // A version that no read of the key contradicts comes after the initial state: only edges back to it matter.
      const back = edges.filter(({ to }) => to === initial).map(({ from }) => ({ from: initial, to: from }));
      const circle = cycleOfVersions([...known, ...edges, ...back], pulse);
      if (circle) {
        cyclic.push({ key, states: circle, assumption });
        continue;
      }
      certain.set(key, [...known, ...edges]);
      addVersionEdges(log, graph, key, edges, readersOfState);
    }
  }
  return cyclic;
}

/** Who overwrites what: a state that transactions read and then wrote over. */
interface Updaters {
  readonly key: number;
  readonly state: number;
  readonly writers: number[];
  readonly versions: number[];
}

function writers(log: TransactionLog, touches: Touches, pulse: Pulse) {
  const states = registerStates(log);
  const finalWriters: number[][] = [];
  const updaters = new Map<number, Updaters>();
  for (let operation = 0; operation < log.operations; operation++) {
    if ((operation & LOOK) === 0) pulse();
    if (touches.final[operation] === 0) continue;
    const transaction = touches.transaction[operation] as number;
    const version = log.valueAt(operation);
    if (log.validWriter(version) !== transaction) continue;
    const key = log.keyAt(operation);
    const ofKey = finalWriters[key];
    if (ofKey) ofKey.push(transaction);
    else finalWriters[key] = [transaction];
    const read = firstTouch(touches, operation);
    if (log.writesAt(read) || log.valueAt(read) === INITIAL) continue;
    const state = states.foundBy(read);
    if (state < 0 || state === version || log.validWriter(state) === NOBODY) continue;
    const ofState = updaters.get(state) ?? { key, state, writers: [], versions: [] };
    ofState.writers.push(transaction);
    ofState.versions.push(version);
    updaters.set(state, ofState);
  }
  return { finalWriters, updaters };
}

function firstTouch(touches: Touches, operation: number): number {
  let first = operation;
  while (touches.previous[first] !== -1) first = touches.previous[first] as number;
  return first;
}

function addVersionEdges(
  log: TransactionLog,
  graph: GraphBuilder,
  key: number,
  edges: readonly VersionEdge[],
  readersOfState: (state: number) => Int32Array,
): void {
  const successors = new Map<number, Set<number>>();
  for (const { from, to } of edges) {
    const writer = to < log.versionValues.length ? log.validWriter(to) : NOBODY;
    if (writer === NOBODY) continue;
    const after = successors.get(from) ?? new Set();
    successors.set(from, after.add(writer));
  }
  for (const [state, after] of successors) {
    const before = state < log.versionValues.length ? log.validWriter(state) : NOBODY;
    if (before !== NOBODY) for (const writer of after) graph.add(before, writer, WW, key);
    // Who reads a state whose writer is itself depends on its own write, which the edge above says.
    const readers = readersOfState(state).filter((reader) => reader !== before);
    graph.antiDependencies(readers, [...after], key);
  }
}
