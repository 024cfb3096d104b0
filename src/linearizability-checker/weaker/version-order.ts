import { LOOK, type Pulse } from '../deadline.js';
import type { Guarantee } from './guarantees.js';
import { type Demands, demandsOf, type SessionHistory } from './sessions.js';
import type { Versions } from './versions.js';

export type Decision =
  | { readonly verdict: 'holds'; readonly order: readonly number[] }
  /** `operations`: the first contradiction found, before it is made smaller. */
  | { readonly verdict: 'violated'; readonly operations: readonly number[]; readonly because?: string };

/**
 * Decides a guarantee for one key whose versions are known, in nearly linear time. All operations of one version stand
 * together in an order, and so do the versions of a *block*: those of which each must come right behind the one before
 * (compare-and-sets, appends that were read). Blocks can stand in any order that the sessions allow, the one with the
 * initial version first. So the guarantee holds exactly when no session goes back inside a block and the blocks can be
 * emitted one after another, each once everything that its operations have to wait for is out, or inside it.
 *
 * Compare-and-sets that found another value are left aside for that, and then put where they fit; `undefined` when
 * they do not.
 */
export function orderVersions(
  history: SessionHistory<unknown, unknown>,
  versions: Versions,
  guarantee: Guarantee,
  pulse: Pulse,
): Decision | undefined {
  const blocks = new Blocks(history, versions, pulse);
  const demands = demandsOf(history, guarantee, pulse);
  const back = goesBack(history, blocks, guarantee, pulse);
  if (back) return { verdict: 'violated', operations: withMakers(back, versions, blocks) };
  const emission = new Emission(history, blocks, demands, pulse);
  const circle = emission.run();
  if (circle) return { verdict: 'violated', operations: withMakers(circle, versions, blocks) };
  const order = placeRefused(history, versions, demands, blocks.operations(emission.order, pulse), pulse);
  return order && { verdict: 'holds', order };
}

class Blocks {
  readonly count: number;
  /** Of each operation; −1 for one that is of no version. */
  readonly of: Int32Array;
  /** Where an operation stands inside its block: a version's maker comes before those who saw it. */
  readonly place: Int32Array;
  readonly versions: number[][] = [];
  private readonly seers: number[][];

  constructor(
    history: SessionHistory<unknown, unknown>,
    private readonly source: Versions,
    pulse: Pulse,
  ) {
    const blockOf = new Int32Array(source.count);
    const position = new Int32Array(source.count);
    for (let root = 0; root < source.count; root++) {
      if ((root & LOOK) === 0) pulse();
      if ((source.previous[root] as number) >= 0) continue;
      const members: number[] = [];
      for (let version = root; version >= 0; version = source.next[version] as number) {
        blockOf[version] = this.versions.length;
        position[version] = members.push(version) - 1;
      }
      this.versions.push(members);
    }
    this.count = this.versions.length;
    this.of = new Int32Array(history.size).fill(-1);
    this.place = new Int32Array(history.size);
    this.seers = Array.from({ length: source.count }, () => []);
    for (let op = 0; op < history.size; op++) {
      if ((op & LOOK) === 0) pulse();
      const version = source.of[op] as number;
      if (version < 0) continue;
      this.of[op] = blockOf[version] as number;
      const makes = source.maker[version] === op;
      this.place[op] = 2 * (position[version] as number) + (makes ? 0 : 1);
      if (!makes) (this.seers[version] as number[]).push(op);
    }
  }

  /** By their first calls. */
  inTime(pulse: Pulse): number[] {
    const known = new Uint8Array(this.count);
    const order: number[] = [];
    for (let op = 0; op < this.of.length; op++) {
      if ((op & LOOK) === 0) pulse();
      const block = this.of[op] as number;
      if (block < 0 || known[block] === 1) continue;
      known[block] = 1;
      order.push(block);
    }
    return order;
  }

  /** All operations of these blocks. */
  operations(order: readonly number[], pulse: Pulse): number[] {
    const operations: number[] = [];
    for (let index = 0; index < order.length; index++) {
      if ((index & LOOK) === LOOK) pulse();
      const block = order[index] as number;
      for (const version of this.versions[block] as readonly number[]) {
        const maker = this.source.maker[version] as number;
        if (maker >= 0) operations.push(maker);
        for (const seer of this.seers[version] as readonly number[]) operations.push(seer);
      }
    }
    return operations;
  }
}

/** Two operations of one process and one block in the wrong order. */
function goesBack(
  history: SessionHistory<unknown, unknown>,
  blocks: Blocks,
  { before, after }: Guarantee,
  pulse: Pulse,
): [number, number] | undefined {
  /** By process and block: the awaited operation that stands last. */
  const latest = new Map<number, number>();
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    const block = blocks.of[op] as number;
    if (block < 0) continue;
    const kind = history.kind[op] as number;
    const slot = (history.process[op] as number) * blocks.count + block;
    const earlier = latest.get(slot);
    const further = earlier !== undefined && (blocks.place[earlier] as number) > (blocks.place[op] as number);
    if (further && kind & after) return [earlier, op];
    if (kind & before && history.returned[op] === 1 && !further) latest.set(slot, op);
  }
  return undefined;
}

/** What a block waits for: the first `until` awaited operations of a process, save its own. */
interface Demand {
  readonly process: number;
  until: number;
  /** The operation that asks for it. */
  asker: number;
}

class Emission {
  readonly order: number[] = [];
  private readonly demands: Demand[][];
  /** For each process and each number n: n itself while its n-th awaited operation is not out, else a smaller one. */
  private readonly open: Int32Array[];
  private readonly awaitedIndex: Int32Array;
  private readonly waiters: number[][];
  private readonly process: Int32Array;
  private readonly waitsFor: ({ readonly awaited: number; readonly asker: number } | undefined)[];

  constructor(
    history: SessionHistory<unknown, unknown>,
    private readonly blocks: Blocks,
    private readonly source: Demands,
    private readonly pulse: Pulse,
  ) {
    this.demands = Array.from({ length: blocks.count }, () => []);
    this.waiters = Array.from({ length: blocks.count }, () => []);
    this.waitsFor = new Array(blocks.count).fill(undefined);
    this.awaitedIndex = new Int32Array(history.size).fill(-1);
    this.process = history.process;
    this.open = source.awaited.map((awaited) => {
      const open = new Int32Array(awaited.length + 1);
      awaited.forEach((op, index) => {
        if ((index & LOOK) === 0) pulse();
        // What is of no version is not waited for here.
        open[index + 1] = (blocks.of[op] as number) < 0 ? index : index + 1;
        this.awaitedIndex[op] = index;
      });
      return open;
    });
    const known = new Map<number, Demand>();
    for (let op = 0; op < history.size; op++) {
      if ((op & LOOK) === 0) pulse();
      const until = source.needs[op] as number;
      const block = blocks.of[op] as number;
      if (until === 0 || block < 0) continue;
      const process = history.process[op] as number;
      const slot = process * blocks.count + block;
      const demand = known.get(slot);
      if (demand === undefined) {
        const fresh: Demand = { process, until, asker: op };
        known.set(slot, fresh);
        (this.demands[block] as Demand[]).push(fresh);
      } else if (until > demand.until) {
        demand.until = until;
        demand.asker = op;
      }
    }
  }

  /** Emits all blocks, the initial one first, or returns operations whose blocks wait for one another in a circle. */
  run(): number[] | undefined {
    const first = this.missing(0);
    if (first) return [first.awaited, first.asker];
    this.emit(0);
    const ready: number[] = [];
    for (const block of this.blocks.inTime(this.pulse)) {
      if ((block & LOOK) === 0) this.pulse();
      if (block === 0) continue;
      ready.push(block);
      while (ready.length > 0) {
        const candidate = ready.pop() as number;
        const missing = this.missing(candidate);
        this.waitsFor[candidate] = missing;
        if (missing) (this.waiters[this.blocks.of[missing.awaited] as number] as number[]).push(candidate);
        else {
          this.emit(candidate);
          for (const waiter of this.waiters[candidate] as number[]) ready.push(waiter);
        }
      }
    }
    return this.order.length === this.blocks.count ? undefined : this.circle();
  }

  private missing(block: number): { awaited: number; asker: number } | undefined {
    for (const demand of this.demands[block] as Demand[]) {
      const awaited = this.source.awaited[demand.process] as readonly number[];
      // The last of them, for it is usually the last to come out.
      let index = this.lastOpen(demand.process, demand.until);
      while (index >= 0 && this.blocks.of[awaited[index] as number] === block) {
        index = this.lastOpen(demand.process, index);
      }
      demand.until = index + 1;
      if (index >= 0) return { awaited: awaited[index] as number, asker: demand.asker };
    }
    return undefined;
  }

  /** The last place before this one whose operation is not out yet; −1 when there is none. */
  private lastOpen(process: number, before: number): number {
    const open = this.open[process] as Int32Array;
    let place = before;
    while ((open[place] as number) !== place) {
      const further = open[place] as number;
      open[place] = open[further] as number;
      place = further;
    }
    return place - 1;
  }

  private emit(block: number): void {
    this.order.push(block);
    for (const op of this.blocks.operations([block], this.pulse)) {
      const index = this.awaitedIndex[op] as number;
      if (index >= 0) (this.open[this.process[op] as number] as Int32Array)[index + 1] = index;
    }
  }

  /** The shortest of the circles that the waits make. */
  private circle(): number[] {
    const { pulse } = this;
    const visited = new Int32Array(this.blocks.count);
    let shortest: number[] | undefined;
    for (let start = 1; start < this.blocks.count; start++) {
      if ((start & LOOK) === 0) pulse();
      let block = start;
      while (visited[block] === 0 && this.waitsFor[block] !== undefined) {
        visited[block] = start;
        block = this.blocks.of[this.waitsFor[block]?.awaited as number] as number;
      }
      if (visited[block] !== start || this.waitsFor[block] === undefined) continue;
      const members: number[] = [];
      const end = block;
      do {
        const wait = this.waitsFor[block] as { awaited: number; asker: number };
        members.push(wait.awaited, wait.asker);
        block = this.blocks.of[wait.awaited] as number;
      } while (block !== end);
      if (shortest === undefined || members.length < shortest.length) shortest = members;
    }
    if (shortest === undefined) throw new Error('blocks wait, but not for one another');
    return shortest;
  }
}

/** With the operations that made the versions in question, and those between them in a block. */
function withMakers(operations: readonly number[], versions: Versions, blocks: Blocks): number[] {
  const result = new Set(operations);
  const range = new Map<number, { from: number; to: number }>();
  for (const op of operations) {
    const block = blocks.of[op] as number;
    const position = (blocks.place[op] as number) >> 1;
    const known = range.get(block);
    range.set(block, {
      from: Math.min(position, known?.from ?? position),
      to: Math.max(position, known?.to ?? position),
    });
  }
  for (const [block, { from, to }] of range) {
    const members = blocks.versions[block] as readonly number[];
    for (let position = from; position <= to; position++) {
      const maker = versions.maker[members[position] as number] as number;
      if (maker >= 0) result.add(maker);
    }
  }
  return [...result];
}

/** Each goes to the first place where its process may call it and the value is another; then it must not be late. */
function placeRefused(
  history: SessionHistory<unknown, unknown>,
  versions: Versions,
  { awaited, needs }: Demands,
  order: readonly number[],
  pulse: Pulse,
): readonly number[] | undefined {
  const refused: number[] = [];
  for (let op = 0; op < history.size; op++) {
    if ((op & LOOK) === 0) pulse();
    if (versions.of[op] === -1) refused.push(op);
  }
  if (refused.length === 0) return order;
  const result: number[] = [];
  const done = new Uint8Array(history.size);
  const met = new Int32Array(history.processes);
  const mayBeCalled = (op: number) => {
    const process = history.process[op] as number;
    const mine = awaited[process] as readonly number[];
    let count = met[process] as number;
    while (count < mine.length && done[mine[count] as number] === 1) count++;
    met[process] = count;
    return count >= (needs[op] as number);
  };
  /** Of each process, the latest first; and those that may be called, but the value is the wrong one. */
  const later: number[][] = Array.from({ length: history.processes }, () => []);
  for (const op of refused.reverse()) (later[history.process[op] as number] as number[]).push(op);
  let eligible: number[] = [];
  let version = 0;
  const call = (process: number) => {
    const mine = later[process] as number[];
    for (let op = mine.at(-1); op !== undefined && mayBeCalled(op); op = mine.at(-1)) {
      mine.pop();
      if (versions.not[op] === version) {
        eligible.push(op);
        // In the sessions where the order of observations does not matter, the next may go before it.
      } else put(op);
    }
  };
  const put = (op: number) => {
    done[op] = 1;
    result.push(op);
  };
  for (let process = 0; process < history.processes; process++) call(process);
  for (let index = 0; index < order.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = order[index] as number;
    if (!mayBeCalled(op)) return undefined;
    put(op);
    const process = history.process[op] as number;
    if (versions.of[op] !== version) {
      version = versions.of[op] as number;
      const placed = eligible.filter((waiting) => versions.not[waiting] !== version);
      eligible = eligible.filter((waiting) => versions.not[waiting] === version);
      for (const waiting of placed) {
        put(waiting);
        call(history.process[waiting] as number);
      }
    }
    call(process);
  }
  return eligible.length === 0 && later.every((rest) => rest.length === 0) ? result : undefined;
}
