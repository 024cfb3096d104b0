import { LOOK, type Pulse, unhurried } from '../../linearizability-checker/deadline.js';
import { type Graph, RW } from './graph.js';

/** Strongly connected components over the edges of the kinds in `mask`: the component of each vertex. */
export function components(graph: Graph, mask: number, pulse: Pulse = unhurried): Int32Array {
  const { vertices, offsets, targets, kinds } = graph;
  return tarjan(vertices, offsets, targets, (edge) => ((kinds[edge] as number) & mask) !== 0, pulse);
}

/**
 * Components of the graph in which no two anti-dependencies follow each other: vertex v is here 2v, reached by
 * something else, and 2v + 1, reached by an anti-dependency, which only other edges leave. Snapshot isolation excludes
 * exactly its cycles (Cerone & Gotsman, PODC 2016, theorem 9).
 */
export function nonadjacentComponents(graph: Graph, mask: number, pulse: Pulse = unhurried): Int32Array {
  const { vertices, transactions, offsets, targets, kinds } = graph;
  const from = new Int32Array(2 * vertices + 1);
  const edges = offsets[vertices] as number;
  const to = new Int32Array(2 * edges);
  let count = 0;
  for (let state = 0; state < 2 * vertices; state++) {
    if ((state & LOOK) === 0) pulse();
    from[state] = count;
    const vertex = state >> 1;
    const half = vertex >= transactions;
    const end = offsets[vertex + 1] as number;
    for (let edge = offsets[vertex] as number; edge < end; edge++) {
      const kind = kinds[edge] as number;
      if ((kind & mask) === 0) continue;
      const anti = kind === RW ? 1 : 0;
      if (anti === 1 && (state & 1) === 1 && !half) continue;
      to[count++] = 2 * (targets[edge] as number) + anti;
    }
  }
  from[2 * vertices] = count;
  return tarjan(2 * vertices, from, to, undefined, pulse);
}

/** Tarjan 1972, with its recursion on a stack of our own: a component may be as long as the history. */
function tarjan(
  vertices: number,
  offsets: Int32Array,
  targets: Int32Array,
  follows: ((edge: number) => boolean) | undefined,
  pulse: Pulse,
): Int32Array {
  const component = new Int32Array(vertices).fill(-1);
  const order = new Int32Array(vertices);
  const low = new Int32Array(vertices);
  const next = offsets.slice(0, vertices);
  const open = new Int32Array(vertices);
  const calls = new Int32Array(vertices);
  let visited = 0;
  let steps = 0;
  let opened = 0;
  let found = 0;
  for (let root = 0; root < vertices; root++) {
    if (order[root] !== 0) continue;
    let depth = 0;
    calls[0] = root;
    order[root] = low[root] = ++visited;
    open[opened++] = root;
    while (depth >= 0) {
      if ((++steps & LOOK) === 0) pulse();
      const vertex = calls[depth] as number;
      const end = offsets[vertex + 1] as number;
      let edge = next[vertex] as number;
      let lowest = low[vertex] as number;
      let deeper = -1;
      for (; edge < end; edge++) {
        if (follows && !follows(edge)) continue;
        const target = targets[edge] as number;
        const seen = order[target] as number;
        if (seen === 0) {
          deeper = target;
          edge++;
          break;
        }
        if (seen < lowest && component[target] === -1) lowest = seen;
      }
      next[vertex] = edge;
      low[vertex] = lowest;
      if (deeper >= 0) {
        order[deeper] = low[deeper] = ++visited;
        open[opened++] = deeper;
        calls[++depth] = deeper;
        continue;
      }
      if (lowest === order[vertex]) {
        let member: number;
        do {
          member = open[--opened] as number;
          component[member] = found;
        } while (member !== vertex);
        found++;
      }
      depth--;
      if (depth >= 0) {
        const caller = calls[depth] as number;
        if (lowest < (low[caller] as number)) low[caller] = lowest;
      }
    }
  }
  return component;
}
