import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import {
  appendList,
  casRegister,
  check,
  fifoQueue,
  LinearizabilityStream,
  type Model,
  type QueueInput,
  type QueueOutput,
  type RegisterInput,
  type RegisterOutput,
  type Scalar,
  type StreamOptions,
} from '../../../src/linearizability-checker/index.js';
import { heldBy } from './held.js';
import { listHistory, type RegisterHistory, registerHistory, spoilList, spoilRegister } from './histories.js';
import { feed, streamed } from './streamed.js';

describe('a stream', () => {
  it('agrees with the whole history on registers, whatever gives up on the way', () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 6000; seed++) {
      const random = new Random(seed);
      const history = registerHistory(seed, {
        operations: random.int(3, 30),
        clients: random.int(2, 5),
        crashes: random.pick([0, 0, 0.1]),
        times: random.int(10, 60),
        values: random.pick([0, 0, 3, 12]),
        cas: random.pick([0, 0.3]),
      });
      const spoiled = random.chance(0.5) ? spoilRegister(seed, history) : history;
      const whole = check(casRegister(), spoiled, { explain: 0 }).verdict;
      const result = streamed(casRegister(), spoiled);
      if (result.verdict !== whole)
        expect.fail(`seed ${seed}: ${result.verdict}, not ${whole}: ${JSON.stringify(spoiled)}`);
      const algorithm = `${whole} by ${result.partitions[0]?.algorithm}`;
      seen.set(algorithm, (seen.get(algorithm) ?? 0) + 1);
    }
    for (const verdict of ['legal', 'illegal']) {
      for (const algorithm of ['unique-writes monitor', 'frontier']) {
        expect(seen.get(`${verdict} by ${algorithm}`), `${verdict} by ${algorithm}`).toBeGreaterThan(200);
      }
    }
  });

  it('agrees with the whole history where much is forgotten on the way', () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 400; seed++) {
      const random = new Random(seed);
      const history = registerHistory(seed, {
        operations: random.int(80, 300),
        clients: random.int(3, 10),
        crashes: random.pick([0, 0, 0.02]),
        times: random.int(20, 90),
        values: 0,
        cas: random.pick([0, 0.3, 0.5]),
        reads: random.pick([0.2, 0.5]),
      });
      const spoiled = random.chance(0.6) ? spoilRegister(seed, history) : history;
      const whole = check(casRegister(), spoiled, { explain: 0 }).verdict;
      const result = streamed(casRegister(), spoiled);
      expect(result.verdict, `seed ${seed}`).toBe(whole);
      const algorithm = `${whole} by ${result.partitions[0]?.algorithm}`;
      seen.set(algorithm, (seen.get(algorithm) ?? 0) + 1);
    }
    expect(seen.get('legal by unique-writes monitor')).toBeGreaterThan(50);
    expect(seen.get('illegal by unique-writes monitor')).toBeGreaterThan(50);
  });

  it('agrees with the whole history on lists', () => {
    let illegal = 0;
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed);
      const shape = {
        operations: random.int(3, 16),
        clients: random.int(2, 4),
        crashes: random.pick([0, 0.1]),
        times: 40,
      };
      const history = listHistory(seed, { ...shape, values: random.pick([0, 3]) });
      const spoiled = random.chance(0.5) ? spoilList(seed, history) : history;
      const whole = check(appendList(), spoiled, { explain: 0 }).verdict;
      if (whole === 'illegal') illegal++;
      expect(streamed(appendList(), spoiled).verdict, `seed ${seed}`).toBe(whole);
    }
    expect(illegal).toBeGreaterThan(200);
  });

  it('remembers what runs, not what ran: a long history fits a small window', () => {
    for (const values of [0, 5]) {
      const history = registerHistory(3, { operations: 20_000, clients: 4, crashes: 0, times: 12, values, cas: 0.2 });
      const result = streamed(casRegister(), history, { window: 500 });
      expect(result.verdict).toBe('legal');
      const wrong = history.map((operation, index) =>
        index >= 19_000 && operation.input.f === 'read' ? { ...operation, output: -1 } : operation,
      );
      const found = streamed(casRegister(), wrong, { window: 500 });
      expect(found.verdict).toBe('illegal');
      expect(found.partitions[0]?.recorded?.length).toBeLessThanOrEqual(1000);
    }
  });

  it('knows of a violation before it ends, and names its operations by the tags given', () => {
    const stream = new LinearizabilityStream<unknown, unknown, unknown, string>(casRegister() as never);
    const operation = (f: object, output: unknown, call: number, tag: string) =>
      stream.return(stream.call(f, call, tag), output, call + 5);
    operation({ f: 'write', value: 1 }, null, 0, 'write 1');
    operation({ f: 'write', value: 2 }, null, 10, 'write 2');
    operation({ f: 'read' }, 1, 20, 'stale read');
    operation({ f: 'read' }, 2, 30, 'read');
    expect(stream.violated).toBe(true);
    const [partition] = stream.conclude().partitions;
    const named = partition?.violation?.operations.map((index) => partition.recorded?.[index]?.tag);
    expect(named).toEqual(['write 1', 'write 2', 'stale read']);
    expect(partition?.recorded?.map(({ tag }) => tag)).toEqual(named);
  });

  it('leaves unknown what it could not hold', () => {
    const history = registerHistory(5, { operations: 3000, clients: 25, crashes: 0, times: 90, values: 4, cas: 0.2 });
    const result = streamed(casRegister(), history, { window: 20, configurations: 2 });
    expect(result.verdict).toBe('unknown');
    expect(result.partitions[0]).toMatchObject({ key: '', algorithm: 'frontier' });
    expect(result.partitions[0]?.reason).toContain('window');
    const spoilt = history.map((operation) =>
      operation.input.f === 'read' ? { ...operation, input: { ...operation.input, key: 'other' } } : operation,
    );
    const both = streamed(casRegister(), spoilt, { window: 20, configurations: 2 });
    expect(both.partitions.map(({ verdict }) => verdict).sort()).toEqual(['illegal', 'unknown']);
    expect(both.verdict).toBe('illegal');
    expect(both.states).toBeGreaterThan(0);
  });

  it('refuses time that runs backwards', () => {
    const stream = new LinearizabilityStream(casRegister());
    stream.call({ f: 'read' }, 10, undefined);
    expect(() => stream.call({ f: 'read' }, 9, undefined)).toThrow('an event at 9 comes after one at 10');
    const running = stream.call({ f: 'read' }, 10, undefined);
    expect(() => stream.return(running, null, 8)).toThrow('an event at 8 comes after one at 10');
  });

  it('takes no notice of what failed, and counts what was lost as called', () => {
    const verdict = (end: 'fail' | 'lose', value: number | null) => {
      const stream = new LinearizabilityStream(casRegister());
      stream[end](stream.call({ f: 'write', value: 1 }, 0, undefined));
      stream.return(stream.call({ f: 'read' }, 1, undefined), value, 2);
      return stream.conclude().verdict;
    };
    expect([verdict('fail', null), verdict('fail', 1)]).toEqual(['legal', 'illegal']);
    expect([verdict('lose', null), verdict('lose', 1), verdict('lose', 2)]).toEqual(['legal', 'legal', 'illegal']);
    const stream = new LinearizabilityStream<Scalar, RegisterInput, RegisterOutput, string>(casRegister());
    stream.lose(stream.call({ f: 'write', value: 1 }, 0, 'lost'));
    stream.call({ f: 'write', value: 2 }, 0, 'running');
    stream.fail(stream.call({ f: 'write', value: 3 }, 0, 'failed'));
    stream.return(stream.call({ f: 'read' }, 1, 'read'), 3, 2);
    const [partition] = stream.conclude().partitions;
    expect(partition?.verdict).toBe('illegal');
    expect(partition?.recorded?.map(({ tag }) => tag)).toEqual(['lost', 'running', 'read']);
  });

  it('judges nothing before it is known what became of everything called earlier', () => {
    const stream = new LinearizabilityStream(casRegister());
    const write = stream.call({ f: 'write', value: 1 }, 0, undefined);
    stream.return(stream.call({ f: 'read' }, 1, undefined), 1, 2);
    stream.return(stream.call({ f: 'read' }, 3, undefined), null, 4);
    stream.return(stream.call({ f: 'read' }, 5, undefined), null, 6);
    expect(stream.violated).toBe(false);
    stream.lose(write);
    expect(stream.violated).toBe(true);
  });

  it('counts operations that have not ended as lost', () => {
    const stream = new LinearizabilityStream(casRegister());
    stream.call({ f: 'write', value: 1 }, 0, undefined);
    stream.return(stream.call({ f: 'read' }, 1, undefined), 1, 2);
    const { verdict, operations, states, partitions } = stream.conclude();
    expect({ verdict, operations, states }).toEqual({ verdict: 'legal', operations: 2, states: 0 });
    expect(partitions.map((partition) => partition.operations)).toEqual([2]);
  });

  it('takes an operation whose end is known beforehand, when it comes to it', () => {
    const told = (operation: { input: RegisterInput; output?: RegisterOutput; call: number; return?: number }) => {
      const stream = new LinearizabilityStream<Scalar, RegisterInput, RegisterOutput, string>(casRegister());
      const write = stream.begin(
        stream.known({ input: { f: 'write', value: 1 }, output: null, call: 0, return: 1 }, 'w'),
      );
      stream.end(write);
      const handle = stream.known(operation, 'it');
      expect(handle).toMatchObject({ tag: 'it', outcome: operation.return === undefined ? 'lost' : 'ok' });
      stream.begin(handle);
      if (operation.return !== undefined) stream.end(handle);
      return stream.conclude().verdict;
    };
    expect(told({ input: { f: 'read' }, output: 1, call: 2, return: 3 })).toBe('legal');
    expect(told({ input: { f: 'read' }, output: 2, call: 2, return: 3 })).toBe('illegal');
    expect(told({ input: { f: 'read' }, call: 2, return: 3 })).toBe('legal');
    expect(told({ input: { f: 'write', value: 2 }, call: 2 })).toBe('legal');
  });

  it('takes calls at the time of a return for earlier, wherever they are told', () => {
    const verdict = (at: number) => {
      const stream = new LinearizabilityStream(casRegister());
      const first = stream.call({ f: 'write', value: 1 }, 0, undefined);
      const second = stream.call({ f: 'write', value: 2 }, 0, undefined);
      stream.return(first, null, 5);
      stream.return(second, null, 5);
      const read = stream.call({ f: 'read' }, at, undefined);
      stream.return(read, null, at + 1);
      return stream.conclude().verdict;
    };
    expect([verdict(5), verdict(6)]).toEqual(['legal', 'illegal']);
  });

  it('of several keys tells each by itself', () => {
    const stream = new LinearizabilityStream(casRegister());
    for (const [time, key] of ['a', 'b', 'b', 'a', 'c'].entries()) {
      const value = key === 'b' ? 7 : null;
      stream.return(stream.call({ f: 'read', key }, 2 * time, undefined), value, 2 * time + 1);
    }
    expect(stream.violated).toBe(true);
    const { verdict, operations, partitions } = stream.conclude();
    expect({ verdict, operations }).toEqual({ verdict: 'illegal', operations: 5 });
    expect(partitions.map((partition) => [partition.key, partition.verdict, partition.operations])).toEqual([
      ['a', 'legal', 2],
      ['b', 'illegal', 2],
      ['c', 'legal', 1],
    ]);
  });

  it('holds no more after a long history than after a short one', () => {
    const registers = (length: number, values: number, cas: number) => {
      const stream = new LinearizabilityStream<Scalar, RegisterInput, RegisterOutput, number>(casRegister(), {
        window: 100,
      });
      const shape = { operations: length, clients: 3, crashes: 0, times: 12, values, cas };
      feed(stream, registerHistory(1, shape));
      expect(stream.violated).toBe(false);
      return heldBy(stream);
    };
    for (const [values, cas] of [
      [0, 0.2],
      [0, 0],
      [4, 0],
    ] as const) {
      expect(registers(12_000, values, cas) - registers(4_000, values, cas), `${values} values`).toBeLessThan(4_000);
    }
    const queues = (length: number) => {
      const stream = new LinearizabilityStream(fifoQueue(), { window: 100 });
      for (let time = 0; time < length; time++) {
        stream.return(stream.call({ f: 'enqueue', value: time }, 4 * time, undefined), null, 4 * time + 1);
        stream.return(stream.call({ f: 'dequeue' }, 4 * time + 2, undefined), time, 4 * time + 3);
      }
      expect(stream.conclude()).toMatchObject({ verdict: 'legal', operations: 2 * length });
      return heldBy(stream);
    };
    expect(queues(4_000) - queues(1_000)).toBeLessThan(1_000);
  });

  it('judges a return as soon as time goes on', () => {
    const stream = new LinearizabilityStream(casRegister());
    stream.return(stream.call({ f: 'write', value: 1 }, 0, undefined), null, 1);
    stream.return(stream.call({ f: 'read' }, 2, undefined), null, 3);
    expect(stream.violated).toBe(false);
    stream.call({ f: 'read' }, 4, undefined);
    expect(stream.violated).toBe(true);
  });

  it('takes no notice of a read without an answer', () => {
    const stream = new LinearizabilityStream<Scalar, RegisterInput, RegisterOutput, string>(casRegister());
    stream.lose(stream.call({ f: 'read' }, 0, 'lost'));
    stream.return(stream.call({ f: 'read' }, 1, 'unknown'), undefined, 2);
    stream.return(stream.call({ f: 'read' }, 3, 'wrong'), 1, 4);
    const [partition] = stream.conclude().partitions;
    expect(partition).toMatchObject({ verdict: 'illegal', algorithm: 'unique-writes monitor', operations: 3 });
    expect(partition?.recorded?.map(({ tag }) => tag)).toEqual(['wrong']);
  });

  it('names what is wrong, and what was held before the last operations, however many there were', () => {
    const { register: _, ...unseen } = casRegister();
    for (const model of [casRegister(), unseen]) {
      for (let count = 0; count <= 70; count++) {
        const writes = Array.from({ length: count }, (_, value) => ({ input: { f: 'write', value }, output: null }));
        const operations = [...writes, { input: { f: 'read' }, output: -1 }] as const;
        const history = operations.map((operation, index) => ({
          ...operation,
          call: 2 * index,
          return: 2 * index + 1,
        }));
        const [partition] = streamed(model, history as RegisterHistory).partitions;
        const { recorded = [], violation, before } = partition ?? {};
        expect(partition?.verdict).toBe('illegal');
        expect(recorded.length, `${count} writes`).toBeLessThanOrEqual(40);
        expect(before, `${count} writes`).toBe(recorded.length > count ? null : count - recorded.length);
        expect(violation?.operations, `${count} writes`).toContain(recorded.length - 1);
      }
    }
  });

  describe('where the state is not certain', () => {
    /** Begins with a write that is lost, and never seen; the window is small. */
    const uncertain = (count: number, last: RegisterInput, output: RegisterOutput) => {
      const stream = new LinearizabilityStream<Scalar, RegisterInput, RegisterOutput, number>(casRegister(), {
        window: 10,
      });
      stream.lose(stream.call({ f: 'write', value: -2 }, 0, -1));
      for (let index = 0; index < count; index++) {
        stream.return(stream.call({ f: 'write', value: index }, 2 * index, index), null, 2 * index + 1);
      }
      stream.return(stream.call(last, 2 * count, count), output, 2 * count + 1);
      return stream.conclude().partitions[0];
    };

    it('keeps the last operations, and does not say what was held before', () => {
      for (let count = 50; count < 70; count++) {
        const partition = uncertain(count, { f: 'read' }, 1);
        expect(partition).toMatchObject({ verdict: 'illegal', operations: count + 2 });
        expect(Object.keys(partition ?? {})).not.toContain('before');
        const tags = partition?.recorded?.map(({ tag }) => tag) ?? [];
        expect(tags.length).toBeGreaterThanOrEqual(5);
        expect(tags.length).toBeLessThanOrEqual(11);
        expect(tags).toEqual(Array.from(tags, (_, index) => count + 1 - tags.length + index));
      }
    });

    it('does not begin again with what is left', () => {
      expect(uncertain(10, { f: 'write', value: 9 }, null)).toMatchObject({ verdict: 'unknown' });
      expect(uncertain(4, { f: 'write', value: 3 }, null)).toMatchObject({ verdict: 'legal' });
    });
  });

  describe('where there are too many configurations', () => {
    const CLIENTS = 4;
    /** So many elements that the state is looked at just before the end. */
    const FORGOTTEN = 17;

    /** A queue that holds an element all the time, then many clients, then what they put in comes out again. */
    const burst = (before: number, last: number, options: StreamOptions = {}) => {
      let time = 0;
      const queue = new LinearizabilityStream<unknown, QueueInput, QueueOutput>(
        fifoQueue() as Model<unknown, QueueInput, QueueOutput>,
        {
          configurations: 1,
          ...options,
        },
      );
      const enqueue = (value: number) => queue.call({ f: 'enqueue', value }, time++, undefined);
      const dequeue = (value: number) => {
        const handle = queue.call({ f: 'dequeue' }, time++, undefined);
        queue.return(handle, value, time++);
      };
      for (let value = 0; value < before; value++) {
        queue.return(enqueue(value), null, time++);
        if (value > 0) dequeue(value - 1);
      }
      const running = Array.from({ length: CLIENTS }, (_, index) => enqueue(before + index));
      for (const handle of running.reverse()) queue.return(handle, null, time++);
      if (before > 0) dequeue(before - 1);
      for (let index = 0; index < CLIENTS - 1; index++) dequeue(before + index);
      dequeue(last);
      return queue.conclude().partitions;
    };

    it('decides at the end', () => {
      const decided = { key: '', operations: 2 * CLIENTS, algorithm: 'fifo-queue monitor' };
      expect(burst(0, CLIENTS - 1)).toEqual([{ ...decided, verdict: 'legal' }]);
      const [wrong] = burst(0, CLIENTS - 2);
      expect(wrong).toMatchObject({ ...decided, verdict: 'illegal', before: fifoQueue().init });
      expect(wrong?.recorded).toHaveLength(2 * CLIENTS);
      expect(wrong?.violation?.operations).toContain(2 * CLIENTS - 1);
    });

    it('does so from the state that was certain before, without what holds only from the first', () => {
      expect(burst(FORGOTTEN, FORGOTTEN + CLIENTS - 1)[0]).toMatchObject({ verdict: 'legal' });
      const [wrong] = burst(FORGOTTEN, FORGOTTEN + CLIENTS - 2);
      expect(wrong).toMatchObject({ verdict: 'illegal' });
      expect(wrong?.before).not.toEqual(fifoQueue().init);
      expect(wrong?.recorded?.length).toBeLessThan(30);
    });

    it('decides so, too, what it did not get through when it began again', () => {
      const told = (last: number) => {
        const stream = new LinearizabilityStream(casRegister(), { configurations: 1 });
        const write = (value: number, time: number) => stream.call({ f: 'write', value }, time, undefined);
        for (const running of [1, 2, 3].map((value) => write(value, 0))) stream.return(running, null, 1);
        const read = (value: number, time: number) =>
          stream.return(stream.call({ f: 'read' }, time, undefined), value, time + 1);
        read(3, 2);
        stream.return(write(3, 4), null, 5);
        read(last, 6);
        return stream.conclude().partitions[0];
      };
      expect(told(3)?.verdict).toBe('legal');
      expect(told(9)?.verdict).toBe('illegal');
      expect(told(3)?.algorithm).not.toBe('frontier');
    });

    it('leaves unknown what the window did not keep, or what it has no time or memory for', () => {
      const [kept] = burst(FORGOTTEN, FORGOTTEN + CLIENTS - 1, { window: 2 });
      expect(kept).toMatchObject({ verdict: 'unknown', algorithm: 'frontier' });
      expect(burst(FORGOTTEN, FORGOTTEN + CLIENTS - 1, { timeoutMs: 0 })).toMatchObject([
        { verdict: 'unknown', reason: 'out of time' },
      ]);
      expect(burst(FORGOTTEN, FORGOTTEN + CLIENTS - 1, { memoryBytes: 100 })).toMatchObject([
        { verdict: 'unknown', reason: 'out of memory' },
      ]);
    });
  });

  it('tells of a violation that it knew of, though there is no time to explain it', () => {
    const stream = new LinearizabilityStream(casRegister(), { timeoutMs: 0 });
    stream.return(stream.call({ f: 'read' }, 0, undefined), 1, 2);
    const told = { key: '', operations: 1, algorithm: 'unique-writes monitor', verdict: 'illegal' };
    expect(stream.conclude().partitions).toEqual([told]);
  });

  it('counts the configurations of a model of which it knows no more than the steps, under one key', () => {
    const { name, init, step } = casRegister();
    const stream = new LinearizabilityStream<Scalar, RegisterInput, RegisterOutput>({ name, init, step });
    for (const time of [0, 2]) {
      stream.return(stream.call({ f: 'write', value: 1, key: `${time}` }, time, undefined), null, time + 1);
    }
    const { states, partitions } = stream.conclude();
    expect(states).toBe(2);
    expect(partitions).toEqual([{ key: '', operations: 2, algorithm: 'frontier', verdict: 'legal' }]);
  });
});
