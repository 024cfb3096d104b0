import { expect, test } from 'vitest';
import {
  check,
  type MutexInput,
  type MutexOutput,
  mutex,
  type Operation,
} from '../../../src/linearizability-checker/index.js';

test('an explanation that ran out of time does not look for origins all the same', () => {
  // Twice acquired and never released in between, after so many pairs that not even half of the list is reduced.
  const history: Operation<MutexInput, MutexOutput>[] = [];
  for (let at = 0; at < 60_000; at++) {
    history.push({
      input: { f: at % 2 === 0 ? 'acquire' : 'release' },
      output: true,
      call: 2 * at,
      return: 2 * at + 3,
    });
  }
  history.push({ input: { f: 'release' }, output: true, call: 200_000, return: 200_001 });
  // Each look at the clock is a millisecond: what the decision takes, and a little more.
  let looks = 0;
  const now = () => looks++;
  expect(check(mutex(), history, { now, explain: 0 }).verdict).toBe('illegal');
  const timeoutMs = looks + 10;
  looks = 0;
  const start = process.cpuUsage();
  const { verdict, partitions } = check(mutex(), history, { timeoutMs, now });
  expect(verdict).toBe('illegal');
  expect(partitions[0]?.violation?.minimal).toBe(false);
  const { user, system } = process.cpuUsage(start);
  // One and a half seconds of work; with a look at every operation for every other, more than eight.
  expect((user + system) / 1e6).toBeLessThan(5);
}, 20_000);
