import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from '../../../src/kernel/units.js';

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['5', 5000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    [' 2s ', 2000],
  ])('%j is %d ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  it.each(['', 'soon', '5 parsecs', '-1s', '1e3s', '5sm'])('%j is no duration', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it.each([
    [850, '850 µs'],
    [12_345, '12.3 ms'],
    [4_500_000, '4.50 s'],
    [200_000_000, '3 min 20 s'],
  ])('%d µs reads %j', (micros, expected) => {
    expect(formatDuration(micros)).toBe(expected);
  });
});
