import { NEVER } from '../model.js';
import { CAS, type RegisterHistory, WRITE } from './view.js';

/**
 * Updates that never returned and that ask for the same: one is as good as another, so that only how many had been
 * called by then limits their uses. In a sweep that does not count them, each use has a price instead.
 */
export class CrashedKind {
  private readonly calls: readonly number[];
  /** By how many have been called: what a use costs then. */
  private readonly prices: Int32Array;

  /** @param members in the order of their calls */
  constructor(
    readonly isWrite: boolean,
    /** What a compare-and-set expects. */
    readonly expected: number,
    readonly value: number,
    readonly members: readonly number[],
    callRank: Int32Array,
  ) {
    this.calls = members.map((member) => callRank[member] as number);
    this.prices = new Int32Array(members.length + 1);
  }

  /** Whether the use after so many others can be before the return with this rank. */
  allows(uses: number, rank: number): boolean {
    return (this.calls[uses] ?? NEVER) < rank;
  }

  priceAfter(called: number): number {
    return this.prices[called] as number;
  }

  setPrice(price: number): void {
    this.prices.fill(price);
  }

  /**
   * After uses that were too many, before the returns with these ranks. The limits are: before the next one was called,
   * no more uses than had been called. Uses that count for the limit that was exceeded most become dearer by as much:
   * a step of the subgradient method on the Lagrangian dual (Held & Karp 1971).
   */
  raisePrices(ranks: readonly number[]): void {
    let excess = 0;
    let exceeded = 0;
    for (let called = 1; called <= this.calls.length; called++) {
      const end = this.calls[called] ?? NEVER;
      const over = ranks.filter((rank) => rank < end).length - called;
      if (over > excess) {
        excess = over;
        exceeded = called;
      }
    }
    for (let called = 1; called <= exceeded; called++) (this.prices[called] as number) += excess;
  }
}

export function crashedKindsOf({
  size,
  kinds,
  values,
  expected,
  callRank,
  returnRank,
}: RegisterHistory): CrashedKind[] {
  const byText = new Map<string, number[]>();
  for (let op = 0; op < size; op++) {
    if (returnRank[op] !== NEVER || (kinds[op] !== WRITE && kinds[op] !== CAS)) continue;
    const text = `${kinds[op]} ${expected[op]} ${values[op]}`;
    const members = byText.get(text);
    if (members) members.push(op);
    else byText.set(text, [op]);
  }
  return [...byText.values()].map((members) => {
    const [first] = members as [number, ...number[]];
    members.sort((left, right) => (callRank[left] as number) - (callRank[right] as number));
    return new CrashedKind(
      kinds[first] === WRITE,
      expected[first] as number,
      values[first] as number,
      members,
      callRank,
    );
  });
}
