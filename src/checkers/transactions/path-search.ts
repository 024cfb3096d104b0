import { type Graph, PROCESS, RW, WR, WW } from './graph.js';

/** One step of a cycle, from a transaction to the next. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
  /** The key of a dependency, else -1. */
  readonly key: number;
}

/** The parent of what the first edge leads to. */
const START = -2;

/** Which paths close a cycle: any, those with one anti-dependency, or those without two in a row. */
export type PathRule = 'any' | 'single' | 'nonadjacent';

/**
 * Shortest cycles through a given edge, by a breadth-first search for the way back. Auxiliary vertices cost nothing, so
 * that the cycle has as few transactions as possible. A search state is a vertex and one bit: whether an anti-dependency
 * was taken (`single`), or was taken last (`nonadjacent`).
 */
export class PathSearch {
  private readonly stamps: Int32Array;
  private readonly parents: Int32Array;
  private readonly edges: Int32Array;
  private stamp = 0;
  /** Edges looked at so far. */
  work = 0;

  constructor(private readonly graph: Graph) {
    this.stamps = new Int32Array(2 * graph.vertices);
    this.parents = new Int32Array(2 * graph.vertices);
    this.edges = new Int32Array(2 * graph.vertices);
  }

  /**
   * @param source a transaction
   * @param first an edge that leaves it
   * @param component the way back stays in the source's component
   */
  cycleThrough(
    source: number,
    first: number,
    mask: number,
    rule: PathRule,
    component: Int32Array,
  ): readonly Step[] | undefined {
    const { offsets, targets, kinds, transactions } = this.graph;
    const inside = component[source];
    const stamp = ++this.stamp;
    const startVertex = targets[first] as number;
    const startAnti = kinds[first] === RW;
    const start = 2 * startVertex + (startAnti && rule !== 'any' ? 1 : 0);
    // A hub at the start stays unvisited: another reader may come to it and go on to the source.
    if (startVertex < transactions || !startAnti) this.stamps[start] = stamp;
    let level = [start];
    let opening = true;
    while (level.length > 0) {
      const next: number[] = [];
      for (let state = level.pop(); state !== undefined; state = level.pop()) {
        const vertex = state >> 1;
        const taken = state & 1;
        const half = vertex >= transactions;
        const parent = opening ? START : state;
        // Who entered a hub does not come before itself.
        const entered = !half ? -1 : opening ? source : (this.parents[state] as number) >> 1;
        opening = false;
        const end = offsets[vertex + 1] as number;
        this.work += end - (offsets[vertex] as number);
        for (let edge = offsets[vertex] as number; edge < end; edge++) {
          const kind = kinds[edge] as number;
          const target = targets[edge] as number;
          if ((kind & mask) === 0 || component[target] !== inside) continue;
          const anti = kind === RW;
          if (anti && half && target === entered) continue;
          if (anti && !half && taken === 1 && rule !== 'any') continue;
          const bit = rule === 'any' ? 0 : anti || (rule === 'single' && taken === 1) ? 1 : 0;
          if (target === source) {
            if (rule === 'single' && bit === 0) continue;
            return this.steps(source, first, parent, edge);
          }
          const reached = 2 * target + bit;
          if (this.stamps[reached] === stamp) continue;
          this.stamps[reached] = stamp;
          this.parents[reached] = parent;
          this.edges[reached] = edge;
          (target < transactions ? next : level).push(reached);
        }
      }
      level = next;
    }
    return undefined;
  }

  private steps(source: number, first: number, last: number, closing: number): Step[] {
    const backwards: number[] = [closing];
    for (let state = last; state !== START; state = this.parents[state] as number) {
      backwards.push(this.edges[state] as number);
    }
    backwards.push(first);
    const { targets, kinds, keys, transactions } = this.graph;
    const steps: Step[] = [];
    let from = source;
    let open: { kind: number; key: number } | undefined;
    for (const edge of backwards.reverse()) {
      open ??= { kind: kinds[edge] as number, key: keys[edge] as number };
      const to = targets[edge] as number;
      if (to >= transactions) continue;
      steps.push({ from, to, ...open });
      from = to;
      open = undefined;
    }
    return steps;
  }
}

const PLAINEST_FIRST: readonly number[] = [WW, WR, PROCESS];

/** The same cycle, each step by the plainest reason that the graph has for it. */
export function plainest(graph: Graph, steps: readonly Step[], mask: number): readonly Step[] {
  return steps.map((step) => {
    let best = step;
    for (let edge = graph.offsets[step.from] as number; edge < (graph.offsets[step.from + 1] as number); edge++) {
      if (graph.targets[edge] !== step.to || ((graph.kinds[edge] as number) & mask) === 0) continue;
      const kind = graph.kinds[edge] as number;
      if (rank(kind) < rank(best.kind)) best = { ...step, kind, key: graph.keys[edge] as number };
    }
    return best;
  });
}

function rank(kind: number): number {
  const index = PLAINEST_FIRST.indexOf(kind);
  return index === -1 ? PLAINEST_FIRST.length : index;
}
