import { NEVER, type RankedHistory } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import { eventsInOrder } from './events.js';

/** The operations of each owner, one after another. */
export class Lanes {
  private constructor(
    private readonly lanes: ReadonlyMap<Scalar, readonly number[]>,
    private readonly ownerOf: (op: number) => Scalar,
    private readonly history: RankedHistory<unknown, unknown>,
  ) {}

  /** `undefined` when operations of one owner overlap, or one that never returned is not its last. */
  static of(history: RankedHistory<unknown, unknown>, ownerOf: (op: number) => Scalar): Lanes | undefined {
    const { callRank, returnRank } = history;
    const lanes = new Map<Scalar, number[]>();
    for (const event of eventsInOrder(history)) {
      if ((event & 1) === 1) continue;
      const op = event >> 1;
      const lane = lanes.get(ownerOf(op));
      if (lane === undefined) {
        lanes.set(ownerOf(op), [op]);
        continue;
      }
      if ((returnRank[lane[lane.length - 1] as number] as number) > (callRank[op] as number)) return undefined;
      lane.push(op);
    }
    return new Lanes(lanes, ownerOf, history);
  }

  all(): Iterable<readonly number[]> {
    return this.lanes.values();
  }

  /** What the owner of an operation did until then, and that with it: what never returned left out. */
  upTo(op: number): number[] {
    const calledBefore = (other: number) =>
      (this.history.callRank[other] as number) <= (this.history.callRank[op] as number);
    return this.whole(op).filter(calledBefore);
  }

  /** All that the owner of an operation did, but what never returned. */
  whole(op: number): number[] {
    const lane = this.lanes.get(this.ownerOf(op)) as readonly number[];
    return lane.filter((other) => this.history.returnRank[other] !== NEVER);
  }
}
