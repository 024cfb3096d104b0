import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { compressed, type Graph } from './graph.js';

/** The part of a graph in which cycles can be, with its vertices numbered anew. */
export interface Subgraph {
  readonly graph: Graph;
  /** The vertex of the whole graph behind each vertex. */
  readonly original: Int32Array;
}

/** The components with two transactions or more: one with a single transaction holds no cycle. */
export function cyclicPart(graph: Graph, component: Int32Array, pulse: Pulse = unhurried): Subgraph {
  const cyclic = cyclicComponents(component, graph.transactions);
  const kept: number[] = [];
  const renumbered = new Int32Array(graph.vertices).fill(-1);
  let transactions = 0;
  for (let vertex = 0; vertex < graph.vertices; vertex++) {
    if ((vertex & LOOK) === 0) pulse();
    if (cyclic[component[vertex] as number] !== 1) continue;
    renumbered[vertex] = kept.length;
    kept.push(vertex);
    if (vertex < graph.transactions) transactions++;
  }
  const edges: number[] = [];
  const from: number[] = [];
  for (const vertex of kept) {
    for (let edge = graph.offsets[vertex] as number; edge < (graph.offsets[vertex + 1] as number); edge++) {
      if (component[graph.targets[edge] as number] !== component[vertex]) continue;
      edges.push(edge);
      from.push(renumbered[vertex] as number);
    }
  }
  const pick = (items: Int32Array | Uint8Array) => Int32Array.from(edges, (edge) => items[edge] as number);
  const to = pick(graph.targets).map((target) => renumbered[target] as number);
  return {
    graph: compressed(kept.length, transactions, Int32Array.from(from), to, pick(graph.kinds), pick(graph.keys), pulse),
    original: Int32Array.from(kept),
  };
}

/** By component, 1 where it has at least two transactions. `vertexOf` says which vertex a member stands for. */
export function cyclicComponents(
  component: Int32Array,
  transactions: number,
  vertexOf: (member: number) => number = (member) => member,
): Uint8Array {
  const first = new Int32Array(component.length).fill(-1);
  const cyclic = new Uint8Array(component.length);
  for (let member = 0; member < component.length; member++) {
    const vertex = vertexOf(member);
    if (vertex >= transactions) continue;
    const of = component[member] as number;
    if (first[of] === -1) first[of] = vertex;
    else if (first[of] !== vertex) cyclic[of] = 1;
  }
  return cyclic;
}
