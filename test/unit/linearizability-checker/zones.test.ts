import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { ZoneTracker } from '../../../src/linearizability-checker/register/zones.js';
import { heldBy } from './held.js';

const NONE = -1;

/** Calls and returns one after another, each with the next rank. 0 is the initial value. */
class Events {
  readonly over: number[] = [];
  readonly zones: ZoneTracker;
  private rank = 0;
  private readonly calls = new Map<number, number>();

  /** @param earlierRead given: nothing is forgotten */
  constructor(earlierRead?: Int32Array) {
    const options = { capacity: 4, over: (value: number) => this.over.push(value) };
    this.zones = new ZoneTracker({ ...options, ...(earlierRead && { earlierRead }) });
  }

  /** The moment of something that the zones are not told of. */
  now(): number {
    return this.rank++;
  }

  call(value: number, replaces = NONE): this {
    this.calls.set(value, this.rank);
    expect(this.zones.callWrite(value, value, replaces, this.rank++)).toBe(true);
    return this;
  }

  return_(value: number): this {
    expect(this.zones.returnWrite(value, value, this.calls.get(value) as number, this.rank++)).toBe(undefined);
    return this;
  }

  write(value: number, replaces = NONE): this {
    return this.call(value, replaces).return_(value);
  }

  read(value: number): this {
    expect(this.zones.returnRead(100 + value, value, this.rank++, this.rank++)).toBe(undefined);
    return this;
  }

  collect(): this {
    this.zones.collect(this.rank);
    return this;
  }
}

describe('zones know that something else than a value was held', () => {
  it('when nobody wrote it, or it is over', () => {
    const events = new Events().write(1).write(2).collect();
    expect(events.zones.heldOther(9, events.now(), events.now())).toBe(true);
    expect(events.zones.heldOther(1, events.now(), events.now())).toBe(true);
    expect(events.zones.heldOther(2, events.now(), events.now())).toBe(false);
  });

  it('before its write was called, and not from then on', () => {
    const events = new Events();
    const before = events.now();
    events.call(1);
    const after = events.now();
    events.return_(1);
    expect(events.zones.heldOther(1, before, events.now())).toBe(true);
    expect(events.zones.heldOther(1, after, events.now())).toBe(false);
  });

  it('not while its write is running and nobody saw it', () => {
    const events = new Events().call(1);
    const call = events.now();
    events.write(2).read(2);
    expect(events.zones.heldOther(1, call, events.now())).toBe(false);
  });

  it('when another value came after it and was there by then', () => {
    const events = new Events().write(1);
    const call = events.now();
    events.call(2);
    const between = events.now();
    events.return_(2);
    expect(events.zones.heldOther(1, call, between)).toBe(false);
    expect(events.zones.heldOther(1, call, events.now())).toBe(true);
    // Of two that were written at the same time nobody knows which came later.
    const both = new Events().call(1).call(2);
    const during = both.now();
    both.return_(1).return_(2);
    expect(both.zones.heldOther(1, during, both.now())).toBe(false);
    expect(both.zones.heldOther(2, during, both.now())).toBe(false);
  });

  it('when it was replaced by then, and by more than one', () => {
    const events = new Events().call(1).call(2, 1).call(3, 2);
    const call = events.now();
    events.return_(1).return_(2);
    const between = events.now();
    events.return_(3);
    expect(events.zones.heldOther(1, call, between)).toBe(true);
    expect(events.zones.heldOther(2, call, between)).toBe(false);
    expect(events.zones.heldOther(2, call, events.now())).toBe(true);
    expect(events.zones.heldOther(3, call, events.now())).toBe(false);
    // The one between was running all the time: it is known by the one that replaced it.
    const hidden = new Events().call(1).call(2, 1).call(3, 2);
    const during = hidden.now();
    hidden.return_(1).return_(3);
    expect(hidden.zones.heldOther(1, during, hidden.now())).toBe(true);
  });
});

describe('zones end', () => {
  it('when another came after them and everything that runs was called later', () => {
    expect(new Events().write(1).collect().over).toEqual([0]);
    expect(new Events().write(1).write(2).write(3).collect().over).toEqual([0, 1, 2]);
    // An operation that runs since then may have seen it.
    const events = new Events().write(1);
    const m = events.now();
    events.write(2);
    events.zones.collect(m);
    expect(events.over).toEqual([0]);
  });

  it('not by themselves: a value that is read again and again stays', () => {
    expect(new Events().read(0).read(0).collect().over).toEqual([]);
    expect(new Events().write(1).read(1).read(1).collect().over).toEqual([0]);
  });

  it('by the latest call of any other, wherever that stands', () => {
    const together = new Events().call(1).call(2).call(3).return_(1).return_(2).return_(3);
    expect(together.read(1).collect().over).toEqual([0, 2, 3]);
    // The latest call of all is a read of 1; it is 2 that comes after 1, and 3 does not say so.
    const around = new Events().call(3).write(1).call(2).read(1).return_(2).return_(3);
    expect(around.collect().over).toEqual([0, 1]);
  });

  it('of a chain by its members, but the last that was surely there', () => {
    expect(new Events().write(1).write(2, 1).write(3, 2).collect().over).toEqual([0, 2, 1]);
    expect(new Events().write(1, 0).write(2, 1).call(3, 2).collect().over).toEqual([1, 0]);
  });

  it('and leave one value where nothing runs, if it is certain which', () => {
    expect(new Events().zones.onlyValue).toBe(0);
    expect(new Events().write(1).write(2).zones.onlyValue).toBe(2);
    expect(new Events().write(1).write(2, 1).zones.onlyValue).toBe(2);
    expect(new Events().call(1).call(2).return_(1).return_(2).zones.onlyValue).toBe(undefined);
    expect(new Events().call(1).call(2).return_(1).return_(2).read(1).zones.onlyValue).toBe(1);
  });

  it('and their places and values are used again, each for one', () => {
    for (const earlierRead of [undefined, new Int32Array(200)]) {
      const events = new Events(earlierRead).write(1).write(2, 1);
      expect(events.zones.onlyValue).toBe(2);
      expect(events.write(3).zones.onlyValue).toBe(3);
      expect(events.over).toEqual([0, 1, 2]);
      events.call(4).call(1).call(6).call(7).return_(4).return_(1).return_(6).return_(7);
      expect(events.read(6).zones.onlyValue).toBe(6);
      expect(events.over).toEqual([0, 1, 2, 3, 4, 1, 7]);
      // The value of an early member, again, while the chain that it was in ends.
      const chain = new Events(earlierRead).write(1).write(2, 1);
      expect(chain.zones.onlyValue).toBe(2);
      expect(chain.write(1).zones.onlyValue).toBe(1);
      expect(chain.over).toEqual([0, 1, 2]);
      expect(chain.read(1).zones.has(1)).toBe(true);
    }
  });

  it('and a place that stood for a replacement may stand for what is replaced', () => {
    const events = new Events().call(1).call(2, 1).return_(2).return_(1).write(3);
    expect(events.zones.onlyValue).toBe(3);
    events.call(4).call(5).call(6).call(14, 4).call(15, 5).call(16, 6);
    events.return_(14).return_(15).return_(16).return_(4).return_(5).return_(6);
    expect(events.read(15).zones.onlyValue).toBe(15);
  });

  it('so what is remembered does not grow with the history', () => {
    // One value after another, and each replaced twice; numbers are used again.
    const held = (length: number) => {
      const zones = new ZoneTracker({ capacity: 4 });
      let rank = 0;
      for (let index = 0; index < length; index++) {
        const value = 1 + ((3 * index) % 60);
        const call = rank;
        zones.callWrite(0, value, NONE, rank++);
        zones.callWrite(0, value + 1, value, rank++);
        zones.callWrite(0, value + 2, value + 1, rank++);
        for (let each = 0; each < 3; each++) {
          expect(zones.returnWrite(0, value + each, call + each, rank++)).toBe(undefined);
          zones.collect(rank);
        }
      }
      return heldBy(zones);
    };
    expect(held(2000)).toBe(held(200));
    // One value that is replaced again and again.
    const chain = (length: number) => {
      const zones = new ZoneTracker({ capacity: 4 });
      for (let index = 0; index < length; index++) {
        const [value, replaced] = [1 + (index % 60), index === 0 ? NONE : 1 + ((index - 1) % 60)];
        expect(zones.callWrite(0, value, replaced, 2 * index)).toBe(true);
        expect(zones.returnWrite(0, value, 2 * index, 2 * index + 1)).toBe(undefined);
        zones.collect(2 * index + 2);
      }
      return heldBy(zones);
    };
    expect(chain(2000)).toBe(chain(200));
  });
});

describe('zones contradict each other', () => {
  const read = (zones: ZoneTracker, value: number, call: number, rank: number) =>
    zones.returnRead(100, value, call, rank);

  it('however late a read of an early member returns', () => {
    const zones = new ZoneTracker({ capacity: 4 });
    zones.callWrite(1, 1, NONE, 0);
    zones.callWrite(3, 3, NONE, 1);
    expect(zones.returnWrite(1, 1, 0, 2)).toBe(undefined);
    // A read of 1 is called at 3.
    expect(zones.returnWrite(3, 3, 1, 4)).toBe(undefined);
    zones.callWrite(2, 2, 1, 5);
    expect(zones.returnWrite(2, 2, 5, 6)).toBe(undefined);
    expect(read(zones, 1, 3, 7)).toBe(undefined);
    // 3 had returned before 2 was called, which stands right behind 1.
    expect(read(zones, 3, 8, 9)).toEqual({ operations: expect.arrayContaining([100, 2, 3]) });
  });

  it('also with the one that has been there for longest', () => {
    const zones = new ZoneTracker({ capacity: 4 });
    zones.callWrite(1, 1, NONE, 0);
    zones.callWrite(2, 2, NONE, 1);
    expect(zones.returnWrite(1, 1, 0, 2)).toBe(undefined);
    expect(zones.returnWrite(2, 2, 1, 3)).toBe(undefined);
    zones.collect(4);
    expect(zones.has(0)).toBe(false);
    expect(read(zones, 1, 4, 5)).toBe(undefined);
    expect(read(zones, 2, 6, 7)).toBeDefined();
  });

  it('by the call of a write that never returned, once someone saw its value', () => {
    const zones = new ZoneTracker({ capacity: 4 });
    zones.callWrite(2, 2, NONE, 0);
    // A read of 1 is called at 1.
    expect(zones.returnWrite(2, 2, 0, 2)).toBe(undefined);
    zones.callWrite(1, 1, NONE, 3);
    expect(read(zones, 1, 1, 4)).toBe(undefined);
    expect(zones.returnRead(101, 2, 5, 6)).toEqual({ operations: expect.arrayContaining([1, 2, 100, 101]) });
  });
});

describe('zones for more values than they were made for', () => {
  it('are there however many more', () => {
    expect(new Events().write(50).zones.onlyValue).toBe(50);
  });

  it('are the same as with room for all', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const pick = random.chance(0.5);
      const tell = (capacity: number, chance: Random): unknown[] => {
        const said: unknown[] = [];
        const over = (value: number) => said.push(['over', value]);
        const zones = new ZoneTracker({ capacity, over, ...(pick && { earlierRead: new Int32Array(2000) }) });
        const running: { value: number; call: number; read: boolean }[] = [];
        let rank = 0;
        let values = 0;
        for (let op = 0; op < 150; op++) {
          const read = chance.chance(0.4);
          const value = read ? Math.max(0, values - chance.int(0, 3)) : ++values;
          if (!read) zones.callWrite(op, value, chance.chance(0.3) ? value - 1 : NONE, rank);
          running.push({ value, call: rank++, read });
          if (running.length < 30) continue;
          const [ends] = running.splice(chance.int(0, running.length - 1), 1);
          if (ends === undefined) continue;
          const conflict = ends.read
            ? zones.returnRead(op, ends.value, ends.call, rank++)
            : zones.returnWrite(op, ends.value, ends.call, rank++);
          if (conflict) return [...said, conflict];
          zones.collect(running[0]?.call ?? rank);
          said.push(zones.heldOther(value, 0, rank));
        }
        return [...said, pick && zones.linearization(2000)];
      };
      expect(tell(1, new Random(seed)), `seed ${seed}`).toEqual(tell(500, new Random(seed)));
    }
  });
});
