import type { NodeId } from '../kernel/ids.js';
import type { Corruption } from './corruption.js';

/** One direction of one connection between two nodes. */
export interface Link {
  readonly from: NodeId;
  readonly to: NodeId;
}

/** The vocabulary of faults that nemeses speak. Every backend says which of them it can execute. */
export type Fault =
  /** Nothing passes these links. */
  | { readonly kind: 'cut'; readonly links: readonly Link[] }
  /** SIGKILL: memory is lost, written bytes stay. The undo restarts. */
  | { readonly kind: 'kill'; readonly nodes: readonly NodeId[] }
  /** SIGSTOP: the process stands still and then goes on as if nothing had happened. */
  | { readonly kind: 'pause'; readonly nodes: readonly NodeId[] }
  /** Power failure: like kill, and what was not synced is lost, the last write perhaps torn. */
  | { readonly kind: 'power'; readonly nodes: readonly NodeId[] }
  /** The wall clock jumps. */
  | { readonly kind: 'clock-jump'; readonly nodes: readonly NodeId[]; readonly byMs: number }
  /** The monotonic clock runs `rate` times as fast. */
  | { readonly kind: 'clock-rate'; readonly nodes: readonly NodeId[]; readonly rate: number }
  /** These nodes lie, on behalf of whoever turned them. A process that is started again lies again. */
  | ({ readonly kind: 'byzantine'; readonly nodes: readonly NodeId[] } & Corruption)
  | { readonly kind: 'delay'; readonly links: readonly Link[]; readonly meanMs: number; readonly jitterMs: number }
  | { readonly kind: 'loss'; readonly links: readonly Link[]; readonly probability: number }
  | { readonly kind: 'duplicate'; readonly links: readonly Link[]; readonly probability: number }
  | { readonly kind: 'reorder'; readonly links: readonly Link[]; readonly probability: number; readonly byMs: number };

export type FaultKind = Fault['kind'];

export const FAULT_KINDS: readonly FaultKind[] = [
  'cut',
  'kill',
  'pause',
  'power',
  'clock-jump',
  'clock-rate',
  'byzantine',
  'delay',
  'loss',
  'duplicate',
  'reorder',
];

/** A probe's answer: did the world change as the fault (or its undo) said? */
export interface ProbeResult {
  readonly confirmed: boolean;
  /** What was tried and what came back, for the report: "n1→n2: connect timed out after 300 ms". */
  readonly detail: string;
}

/** A fault in force. */
export interface InjectedFault {
  /** Confirmation that it took effect. */
  readonly probe: ProbeResult;
  /** Takes it back and confirms that. Calling it twice is harmless. */
  undo(): Promise<ProbeResult>;
}

/** Support for one kind of fault: able, or not and why, with a way out where there is one. */
export type Ability = { readonly able: true } | { readonly able: false; readonly reason: string };

/** Executes faults on a running cluster. */
export interface Faults {
  inject(fault: Fault): Promise<InjectedFault>;
}

/** The links between two groups, both directions. */
export function linksBetween(left: readonly NodeId[], right: readonly NodeId[]): Link[] {
  return left.flatMap((a) =>
    right.flatMap((b) => [
      { from: a, to: b },
      { from: b, to: a },
    ]),
  );
}

/** Every link of the cluster, both directions. */
export function allLinks(nodes: readonly NodeId[]): Link[] {
  return nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
}

/** The nodes a fault touches. */
export function nodesOf(fault: Fault): NodeId[] {
  if ('nodes' in fault) return [...fault.nodes];
  return [...new Set(fault.links.flatMap((link) => [link.from, link.to]))];
}
