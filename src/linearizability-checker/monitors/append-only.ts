import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { ListInput, ListOutput } from '../models/append-list.js';
import type { Scalar } from '../models/cas-register.js';
import { contradiction, VersionChains } from './version-chains.js';

/**
 * Decides lists where every value is appended at most once, in time linear in what was read: the longest read tells the
 * order of all appends that anyone saw. `undefined` when a value is appended twice.
 */
export function appendOnlyMonitor(history: MonitoredHistory<ListInput, ListOutput>): MonitorResult | undefined {
  const { size, inputs, outputs, returnRank, pulse } = history;
  const appends = new Map<Scalar, number>();
  const reads: number[] = [];
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as ListInput;
    if (input.f === 'append') {
      if (appends.has(input.value)) return undefined;
      appends.set(input.value, op);
    } else if (returnRank[op] !== NEVER) {
      if (outputs[op] === undefined) return undefined;
      reads.push(op);
    }
  }
  const chains = new VersionChains(history);
  const chain = chains.first;
  const isPhantom = (found: ListOutput, from: number) =>
    found.some((value, index) => index >= from && (!appends.has(value) || found.indexOf(value) < index));
  /** The longest list so far. */
  let list: ListOutput = [];
  for (const op of reads) {
    pulse();
    const found = outputs[op] as ListOutput;
    const common = Math.min(found.length, list.length);
    for (let index = 0; index < common; index++) {
      if (found[index] !== list[index]) return contradiction(isPhantom(found, index) ? [op] : [op, chain.witness]);
    }
    for (let index = common; index < found.length; index++) {
      const append = appends.get(found[index] as Scalar);
      const conflict = append === undefined ? [op] : chains.extend(chain, append, op);
      if (conflict) return contradiction(conflict);
    }
    if (found.length > list.length) {
      list = found;
      chain.witness = op;
    }
    chains.read(op, chain, found.length);
  }
  return chains.decide(appends.values());
}
