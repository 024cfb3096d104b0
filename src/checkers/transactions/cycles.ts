import { inBudget } from '../../linearizability-checker/budget.js';
import { type Deadline, LOOK } from '../../linearizability-checker/deadline.js';
import { components, nonadjacentComponents } from './components.js';
import { TOLD } from './finding.js';
import { type Graph, PROCESS, REALTIME, RW, WR, WW } from './graph.js';
import type { CycleKind } from './levels.js';
import { type PathRule, PathSearch, plainest, type Step } from './path-search.js';
import { cyclicComponents, cyclicPart } from './subgraph.js';

export interface Cycle {
  readonly kind: CycleKind;
  /** Of the whole graph. */
  readonly steps: readonly Step[];
}

export interface FoundCycles {
  readonly cycles: readonly Cycle[];
  /** Transactions that are on some cycle or between two. */
  readonly entangled: number;
  /** False when time ran out before every kind was looked for. */
  readonly complete: boolean;
}

/** Edges that may be added to the dependencies, and which of them a cycle must then have. */
const VARIANTS = [
  { extra: 0, required: 0 },
  { extra: PROCESS, required: PROCESS },
  { extra: PROCESS | REALTIME, required: REALTIME },
] as const;

/** How many edges of a component a search starts from, at most. */
const STARTS = 64;

/**
 * A short cycle of each kind (Adya 1999, §4.2, §5.2.2; Kingsbury & Alvaro, VLDB 2020, §6.1). That some cycle of a level
 * is there, its components say in linear time; they are told by the shortest found from a bounded number of edges.
 */
export function findCycles(graph: Graph, deadline: Deadline): FoundCycles {
  const { pulse } = deadline;
  const all = WW | WR | RW | PROCESS | REALTIME;
  const part = cyclicPart(graph, components(graph, all, pulse), pulse);
  const found = new Map<string, Cycle>();
  if (part.graph.vertices === 0) return { cycles: [], entangled: 0, complete: true };
  const hunt = new Hunt(part.graph, deadline, (cycle) => {
    const steps = cycle.steps.map((step) => ({
      ...step,
      from: part.original[step.from] as number,
      to: part.original[step.to] as number,
    }));
    const members = steps.map(({ from }) => from).sort((left, right) => left - right);
    const name = `${cycle.kind} ${members.join()}`;
    if (!found.has(name)) found.set(name, { kind: cycle.kind, steps });
  });
  let complete = true;
  for (const { extra, required } of VARIANTS) {
    if (inBudget(() => hunt.variant(extra, required)) === undefined) complete = false;
  }
  const cycles = [...found.values()].sort((left, right) => left.steps.length - right.steps.length);
  return { cycles, entangled: part.graph.transactions, complete: complete && !deadline.passed() };
}

class Hunt {
  private readonly search: PathSearch;
  private readonly sources: Int32Array;

  constructor(
    private readonly graph: Graph,
    private readonly deadline: Deadline,
    private readonly report: (cycle: Cycle) => void,
  ) {
    this.search = new PathSearch(graph);
    this.sources = new Int32Array(graph.targets.length);
    for (let vertex = 0; vertex < graph.vertices; vertex++) {
      this.sources.fill(vertex, graph.offsets[vertex], graph.offsets[vertex + 1]);
    }
  }

  /** @throws OutOfBudget */
  variant(extra: number, required: number): true {
    const { pulse } = this.deadline;
    pulse();
    const { transactions } = this.graph;
    for (const [mask, starts] of [
      [WW | extra, required || WW],
      [WW | WR | extra, required || WR],
    ] as const) {
      const component = components(this.graph, mask, pulse);
      const cyclic = cyclicComponents(component, transactions);
      this.stage({ mask, rule: 'any', required, component, group: this.insideOf(component, cyclic, starts) });
    }
    const mask = WW | WR | RW | extra;
    const component = components(this.graph, mask, pulse);
    const states = nonadjacentComponents(this.graph, mask, pulse);
    const cyclicStates = cyclicComponents(states, transactions, (state) => state >> 1);
    const along = (edge: number) => nonadjacentGroup(this.graph, this.sources, states, cyclicStates, edge);
    const single = this.stage({
      mask,
      rule: 'single',
      required,
      component,
      group: (edge) => (this.kind(edge) === (required || RW) ? along(edge) : -1),
    });
    this.stage({
      mask,
      rule: 'nonadjacent',
      required,
      component,
      group: (edge) => {
        if (required ? this.kind(edge) !== required : this.kind(edge) === RW) return -1;
        const group = along(edge);
        return single.has(group) ? -1 : group;
      },
    });
    const cyclic = cyclicComponents(component, transactions);
    this.stage({ mask, rule: 'any', required, component, group: this.insideOf(component, cyclic, required || RW) });
    return true;
  }

  private kind(edge: number): number {
    return this.graph.kinds[edge] as number;
  }

  /** Edges of this kind inside a cyclic component, by component. */
  private insideOf(component: Int32Array, cyclic: Uint8Array, kind: number): (edge: number) => number {
    return (edge) => {
      if (this.kind(edge) !== kind) return -1;
      const of = component[this.sources[edge] as number] as number;
      return cyclic[of] === 1 && component[this.graph.targets[edge] as number] === of ? of : -1;
    };
  }

  /** Searches each group of start edges, small groups first. @returns the groups in which a cycle was found */
  private stage({ mask, rule, required, component, group }: Stage): Set<number> {
    const groups = new Map<number, number[]>();
    for (let edge = 0; edge < this.graph.targets.length; edge++) {
      if ((edge & LOOK) === 0) this.deadline.pulse();
      if ((this.sources[edge] as number) >= this.graph.transactions) continue;
      const of = group(edge);
      if (of === -1) continue;
      const edges = groups.get(of);
      if (edges) edges.push(edge);
      else groups.set(of, [edge]);
    }
    const found = new Set<number>();
    const limit = this.search.work + 16 * this.graph.targets.length + 1_000_000;
    const smallFirst = [...groups].sort((left, right) => left[1].length - right[1].length);
    for (const [of, edges] of smallFirst) {
      if (found.size >= TOLD) break;
      const best = new Map<CycleKind, Cycle>();
      for (const edge of spread(edges, STARTS)) {
        if ((best.size > 0 && this.search.work > limit) || this.search.work > 2 * limit) break;
        if (this.deadline.passed()) break;
        const steps = this.search.cycleThrough(this.sources[edge] as number, edge, mask, rule, component);
        if (!steps) continue;
        const plain = plainest(this.graph, steps, mask);
        if (required !== 0 && !plain.some(({ kind }) => kind === required)) continue;
        const kind = kindOf(plain);
        const known = best.get(kind);
        if (!known || plain.length < known.steps.length) best.set(kind, { kind, steps: plain });
      }
      if (best.size > 0) found.add(of);
      for (const cycle of best.values()) this.report(cycle);
    }
    return found;
  }
}

interface Stage {
  readonly mask: number;
  readonly rule: PathRule;
  /** A kind of edge that the cycle must have, or 0. */
  readonly required: number;
  readonly component: Int32Array;
  /** Which group of start edges an edge belongs to, or -1. */
  readonly group: (edge: number) => number;
}

/** The component of {@link nonadjacentComponents} that this edge is inside of, or -1. */
function nonadjacentGroup(
  graph: Graph,
  sources: Int32Array,
  states: Int32Array,
  cyclic: Uint8Array,
  edge: number,
): number {
  const anti = graph.kinds[edge] === RW;
  const to = states[2 * (graph.targets[edge] as number) + (anti ? 1 : 0)] as number;
  const from = 2 * (sources[edge] as number);
  return cyclic[to] === 1 && (states[from] === to || (!anti && states[from + 1] === to)) ? to : -1;
}

/** At most so many of the items, evenly. */
function spread(items: readonly number[], most: number): number[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)] as number);
}

function kindOf(steps: readonly Step[]): CycleKind {
  const has = (kind: number) => steps.some((step) => step.kind === kind);
  const anti = steps.filter(({ kind }) => kind === RW).length;
  const adjacent = steps.some(({ kind }, index) => kind === RW && steps[(index + 1) % steps.length]?.kind === RW);
  const base = anti === 1 ? 'G-single' : anti > 1 ? (adjacent ? 'G2-item' : 'G-nonadjacent') : has(WR) ? 'G1c' : 'G0';
  return has(REALTIME) ? `${base}-realtime` : has(PROCESS) ? `${base}-process` : base;
}
