import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import type { Scalar } from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import {
  type Container,
  type ContainerHistory,
  containerOf,
  crashedBefore,
  Kind,
  removalCall,
  withLost,
  withoutValues,
} from '../../../src/linearizability-checker/monitors/container.js';
import { eventsInOrder } from '../../../src/linearizability-checker/monitors/events.js';

const CASES = 6_000;

/** Any operations at any times: most values are put in once, and taken out where and when they please. */
function anyHistory(seed: number): ContainerHistory {
  const random = new Random(seed);
  const size = random.int(1, 10);
  const values = random.shuffle([1, 2, 3, 4, 'a', 'b', 100, 101]);
  const unreturned = random.pick([0.2, 0.4, 0.7]);
  const misfits = random.pick([0, 0, 0.1]);
  const times = random.shuffle(Array.from({ length: 2 * size }, (_, rank) => rank));
  const early = random.chance(0.7);
  const inputs: { f: string; value?: Scalar }[] = [];
  const outputs: (Scalar | undefined)[] = [];
  const calls: number[] = [];
  const returns: number[] = [];
  let put = 0;
  for (let op = 0; op < size; op++) {
    const ranks = [times[2 * op] as number, times[2 * op + 1] as number];
    calls.push(Math.min(...ranks));
    const puts = put === 0 || random.chance(0.4);
    const returned = !random.chance(puts ? 0.2 : unreturned);
    returns.push(returned ? Math.max(...ranks) : NEVER);
    if (puts) {
      inputs.push({ f: 'put', value: random.chance(misfits) ? (values[0] as Scalar) : (values[put] as Scalar) });
      outputs.push(undefined);
      put++;
    } else {
      inputs.push({ f: 'take' });
      const found = values[random.int(0, put - 1)] as Scalar;
      const unknown = random.chance(returned ? misfits : 0.4);
      outputs.push(unknown ? undefined : random.chance(0.2) ? null : random.chance(misfits) ? 'nobody' : found);
    }
  }
  // Calls of what puts in come early in most histories: few removals then come too soon.
  const at = (op: number) =>
    early && inputs[op]?.f === 'put' ? (calls[op] as number) - 2 * size : (calls[op] as number);
  const instants = [...calls.keys()].flatMap((op) => [
    { op, of: 'call', time: at(op) },
    ...(returns[op] === NEVER ? [] : [{ op, of: 'return', time: returns[op] as number }]),
  ]);
  const callRank = new Int32Array(size);
  const returnRank = new Int32Array(size).fill(NEVER);
  instants.sort((left, right) => left.time - right.time);
  instants.forEach(({ op, of }, rank) => {
    if (of === 'call') callRank[op] = rank;
    else returnRank[op] = rank;
  });
  const order = random.shuffle([...calls.keys()]);
  return {
    size,
    inputs: order.map((op) => inputs[op] as { f: string }),
    outputs: order.map((op) => outputs[op]),
    callRank: Int32Array.from(order, (op) => callRank[op] as number),
    returnRank: Int32Array.from(order, (op) => returnRank[op] as number),
    pulse() {},
  };
}

const opsOf = ({ size }: ContainerHistory) => [...Array(size).keys()];
const isPut = ({ inputs }: ContainerHistory, op: number) => inputs[op]?.f === 'put';

/** The first thing that is wrong by itself; `undefined` where answers or values do not tell. */
function contradictionIn(history: ContainerHistory): readonly number[] | 'none' | undefined {
  const { inputs, outputs, callRank, returnRank } = history;
  const puts = opsOf(history).filter((op) => isPut(history, op));
  const repeated = new Set(puts.map((op) => inputs[op]?.value)).size < puts.length;
  const takes = opsOf(history).filter((op) => !isPut(history, op) && returnRank[op] !== NEVER);
  for (const op of takes) {
    const value = outputs[op];
    if (value === undefined) return undefined;
    if (value === null) continue;
    const source = puts.find((put) => inputs[put]?.value === value);
    if (source === undefined) return [op];
    if (repeated) continue;
    const rival = takes.find((take) => take < op && outputs[take] === value);
    if (rival !== undefined) return [rival, op];
    if ((returnRank[op] as number) < (callRank[source] as number)) return [op];
  }
  return repeated ? undefined : 'none';
}

/** Which value was removed by which operation. */
function removalsIn(history: ContainerHistory): Map<number, number> {
  const { inputs, outputs, callRank, returnRank } = history;
  const pairs = new Map<number, number>();
  for (const put of opsOf(history).filter((op) => isPut(history, op))) {
    const takes = opsOf(history).filter((op) => !isPut(history, op) && outputs[op] === inputs[put]?.value);
    takes.sort((left, right) => (callRank[left] as number) - (callRank[right] as number));
    const surely = takes.find((op) => returnRank[op] !== NEVER);
    const perhaps = returnRank[put] === NEVER ? undefined : takes[0];
    const removal = surely ?? perhaps;
    if (removal !== undefined) pairs.set(put, removal);
  }
  return pairs;
}

/** The history sorted out, with these removals of these values, but without some values. */
function sortedOut(
  history: ContainerHistory,
  pairs: ReadonlyMap<number, number>,
  gone: ReadonlySet<number> = new Set(),
): Container {
  const { outputs, callRank, returnRank } = history;
  const removers = new Map([...pairs].map(([put, take]) => [take, put]));
  const kindOf = (op: number) => {
    const returned = returnRank[op] !== NEVER;
    if (isPut(history, op)) return !gone.has(op) && (returned || pairs.has(op)) ? Kind.insertion : Kind.unseen;
    if (outputs[op] === undefined) return Kind.crashedRemoval;
    if (outputs[op] === null) return returned ? Kind.emptyAnswer : Kind.unseen;
    return removers.has(op) ? Kind.removal : Kind.unseen;
  };
  const kinds = Uint8Array.from(opsOf(history), kindOf);
  const partner = Int32Array.from(opsOf(history), (op) => pairs.get(op) ?? removers.get(op) ?? -1);
  const by = (ranks: Int32Array, ops: number[]) =>
    ops.sort((left, right) => (ranks[left] as number) - (ranks[right] as number));
  const all = (kind: number) => opsOf(history).filter((op) => kinds[op] === kind);
  const uncertain = all(Kind.removal).filter((op) => returnRank[op] === NEVER);
  return {
    kinds,
    partner,
    events: eventsInOrder(history),
    lost: by(
      returnRank,
      all(Kind.insertion).filter((op) => (partner[op] as number) < 0),
    ),
    crashedRemovals: by(callRank, all(Kind.crashedRemoval)),
    emptyAnswers: by(callRank, all(Kind.emptyAnswer)),
    possiblyRemoved: by(callRank, uncertain).map((op) => partner[op] as number),
  };
}

/** Histories that are not wrong by themselves, and what becomes of them. */
function* sorted() {
  for (let seed = 1; seed <= CASES; seed++) {
    const history = anyHistory(seed);
    const container = containerOf(history, 'put', 'test');
    if (container && !('verdict' in container)) yield { seed, history, container };
  }
}

describe("a container's history", () => {
  it('is illegal at once by what two operations say at most; undecided where a value comes twice or an answer is missing', () => {
    const seen = { none: 0, one: 0, two: 0, undecided: 0 };
    for (let seed = 1; seed <= CASES; seed++) {
      const history = anyHistory(seed);
      const found = containerOf(history, 'put', 'test');
      const expected = contradictionIn(history);
      if (expected === undefined) {
        expect(found, `seed ${seed}`).toBeUndefined();
        seen.undecided++;
      } else if (expected === 'none') {
        expect(found, `seed ${seed}`).not.toHaveProperty('verdict');
        seen.none++;
      } else {
        expect(found, `seed ${seed}`).toEqual({ verdict: 'illegal', algorithm: 'test', core: expected });
        seen[expected.length === 1 ? 'one' : 'two']++;
      }
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(CASES / 20);
  });

  it('is sorted out: what was put in, what took it, what is lost, what found nothing', () => {
    const seen = { lost: 0, crashed: 0, empty: 0, possibly: 0 };
    for (const { seed, history, container } of sorted()) {
      expect(container, `seed ${seed}`).toEqual(sortedOut(history, removalsIn(history)));
      if (container.lost.length > 1) seen.lost++;
      if (container.crashedRemovals.length > 1) seen.crashed++;
      if (container.emptyAnswers.length > 1) seen.empty++;
      if (container.possiblyRemoved.length > 1) seen.possibly++;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  });

  it('is the same without some values, of which it then says nothing', () => {
    let freed = 0;
    for (const { seed, history, container } of sorted()) {
      const random = new Random(seed);
      const pairs = removalsIn(history);
      // Some lost values are given to removals that did not tell.
      for (const [index, op] of container.crashedRemovals.entries()) {
        const value = container.lost[index];
        if (value === undefined || random.chance(0.3)) continue;
        container.partner[value] = op;
        container.partner[op] = value;
        pairs.set(value, op);
      }
      const values = opsOf(history).filter((op) => container.kinds[op] === Kind.insertion && random.chance(0.5));
      const before = structuredClone(container);
      const expected = sortedOut(
        history,
        new Map([...pairs].filter(([put]) => !values.includes(put))),
        new Set(values),
      );
      expect(withoutValues(container, values), `seed ${seed}`).toEqual({
        ...expected,
        lost: container.lost.filter((op) => !values.includes(op)),
        possiblyRemoved: [],
      });
      expect(container).toEqual(before);
      if (values.some((op) => container.kinds[container.partner[op] as number] === Kind.crashedRemoval)) freed++;
    }
    expect(freed).toBeGreaterThan(50);
  });

  it('has a value more that is lost where what perhaps took it did not', () => {
    let compared = 0;
    for (const { seed, history, container } of sorted()) {
      for (const value of container.possiblyRemoved) {
        const pairs = removalsIn(history);
        pairs.delete(value);
        const before = structuredClone(container);
        expect(withLost(history, container, value), `seed ${seed}`).toEqual(sortedOut(history, pairs));
        expect(container).toEqual(before);
        if (container.lost.length > 0 && container.possiblyRemoved.length > 1) compared++;
      }
    }
    expect(compared).toBeGreaterThan(50);
  });

  it('tells when a value began to be removed, and how many unanswered removals had been called by then', () => {
    let counted = 0;
    for (const { history, container } of sorted()) {
      const { callRank } = history;
      const pairs = removalsIn(history);
      for (const op of opsOf(history).filter((op) => isPut(history, op))) {
        const removal = pairs.get(op);
        expect(removalCall(history, container, op)).toBe(removal === undefined ? NEVER : callRank[removal]);
      }
      for (let rank = 0; rank < container.events.length; rank++) {
        const before = container.crashedRemovals.filter((op) => (callRank[op] as number) <= rank).length;
        expect(crashedBefore(history, container, rank)).toBe(before);
        if (before > 1) counted++;
      }
    }
    expect(counted).toBeGreaterThan(50);
  });

  it('is sorted out with a look at the clock every 2,048 operations or events, from the first on', () => {
    const size = 4_097;
    let looks = 0;
    containerOf(
      {
        size,
        inputs: Array.from({ length: size }, (_, value) => ({ f: 'put', value })),
        outputs: [],
        callRank: Int32Array.from({ length: size }, (_, op) => 2 * op),
        returnRank: Int32Array.from({ length: size }, (_, op) => (op < size - 1 ? 2 * op + 1 : NEVER)),
        pulse: () => void looks++,
      },
      'put',
      'test',
    );
    // Two passes over operations and one over their 8,193 events, and as many to bring these in order.
    expect(looks).toBe(2 * (2 * 3 + 5));
  });
});
