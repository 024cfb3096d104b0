import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { Column } from './column.js';

/** Kinds of edges, as bits: a search names those that it may follow. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
export const PROCESS = 8;
export const REALTIME = 16;

/**
 * Which transactions come before which, and why. Vertices from `transactions` on are auxiliary: *hubs*, through which
 * all readers of a state come before all that overwrite it, and *barriers*, moments between transactions. They keep the
 * graph linear where edges between all pairs would be quadratic. An edge that leaves an auxiliary vertex has the kind
 * of the edges that enter it: it is the second half of one step.
 */
export interface Graph {
  readonly transactions: number;
  readonly vertices: number;
  /** Edges of vertex v: from `offsets[v]` to `offsets[v + 1]`. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly kinds: Uint8Array;
  /** The key that an edge of dependency is about, else -1. */
  readonly keys: Int32Array;
}

export class GraphBuilder {
  private readonly from: Column;
  private readonly to: Column;
  private readonly kind: Column;
  private readonly key: Column;
  private vertices: number;

  /** @param expected how many edges to make room for: more may come, but growing costs time and memory */
  constructor(
    private readonly transactions: number,
    expected: number,
  ) {
    this.vertices = transactions;
    this.from = new Column(expected);
    this.to = new Column(expected);
    this.kind = new Column(expected);
    this.key = new Column(expected);
  }

  get edges(): number {
    return this.from.length;
  }

  auxiliary(): number {
    return this.vertices++;
  }

  add(from: number, to: number, kind: number, key = -1): void {
    if (from === to) return;
    this.from.push(from);
    this.to.push(to);
    this.kind.push(kind);
    this.key.push(key);
  }

  /** Each of these readers comes before each of these writers, itself aside. */
  antiDependencies(readers: ArrayLike<number>, writers: ArrayLike<number>, key: number): void {
    const pairs = readers.length * writers.length;
    if (pairs === 0) return;
    if (pairs <= 2 * (readers.length + writers.length)) {
      for (let reader = 0; reader < readers.length; reader++) {
        for (let writer = 0; writer < writers.length; writer++) {
          this.add(readers[reader] as number, writers[writer] as number, RW, key);
        }
      }
      return;
    }
    const hub = this.auxiliary();
    for (let reader = 0; reader < readers.length; reader++) this.add(readers[reader] as number, hub, RW, key);
    for (let writer = 0; writer < writers.length; writer++) this.add(hub, writers[writer] as number, RW, key);
  }

  build(pulse: Pulse = unhurried): Graph {
    const { vertices, transactions } = this;
    return compressed(
      vertices,
      transactions,
      this.from.view(),
      this.to.view(),
      this.kind.view(),
      this.key.view(),
      pulse,
    );
  }
}

/** The edges in the order of the vertices that they leave, by a counting sort. */
export function compressed(
  vertices: number,
  transactions: number,
  from: Int32Array,
  to: Int32Array,
  kind: Int32Array | Uint8Array,
  key: Int32Array,
  pulse: Pulse = unhurried,
): Graph {
  const offsets = new Int32Array(vertices + 1);
  for (let edge = 0; edge < from.length; edge++) {
    if ((edge & LOOK) === 0) pulse();
    (offsets[(from[edge] as number) + 1] as number)++;
  }
  for (let vertex = 0; vertex < vertices; vertex++) (offsets[vertex + 1] as number) += offsets[vertex] as number;
  const next = offsets.slice(0, vertices);
  const targets = new Int32Array(from.length);
  const kinds = new Uint8Array(from.length);
  const keys = new Int32Array(from.length);
  for (let edge = 0; edge < from.length; edge++) {
    if ((edge & LOOK) === 0) pulse();
    const place = (next[from[edge] as number] as number)++;
    targets[place] = to[edge] as number;
    kinds[place] = kind[edge] as number;
    keys[place] = key[edge] as number;
  }
  return { transactions, vertices, offsets, targets, kinds, keys };
}
