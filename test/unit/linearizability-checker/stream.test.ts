import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { appendList, casRegister, check, LinearizabilityStream } from '../../../src/linearizability-checker/index.js';
import { listHistory, registerHistory, spoilList, spoilRegister } from './histories.js';
import { streamed } from './streamed.js';

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
  });

  it('leaves unknown what it could not hold', () => {
    const history = registerHistory(5, { operations: 3000, clients: 25, crashes: 0, times: 90, values: 4, cas: 0.2 });
    const result = streamed(casRegister(), history, { window: 20, configurations: 2 });
    expect(result.verdict).toBe('unknown');
    expect(result.partitions[0]?.reason).toContain('window');
  });

  it('refuses time that runs backwards', () => {
    const stream = new LinearizabilityStream(casRegister());
    stream.call({ f: 'read' }, 10, undefined);
    expect(() => stream.call({ f: 'read' }, 9, undefined)).toThrow('an event at 9 comes after one at 10');
  });
});
