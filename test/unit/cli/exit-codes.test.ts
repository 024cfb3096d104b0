import { describe, expect, it } from 'vitest';
import { exitCodeOfError, exitCodeOfRun } from '../../../src/cli/exit-codes.js';
import { AssayError } from '../../../src/kernel/errors.js';

describe('exit codes', () => {
  it('are 0, 1 and 2 for the verdicts', () => {
    expect((['valid', 'invalid', 'unknown'] as const).map((verdict) => exitCodeOfRun({ verdict }))).toEqual([0, 1, 2]);
  });

  it('say that a violation was found even if the harness failed afterwards', () => {
    expect(exitCodeOfRun({ verdict: 'invalid', error: { code: 'engine-lost' } })).toBe(1);
    expect(exitCodeOfRun({ verdict: 'unknown', error: { code: 'engine-lost' } })).toBe(255);
  });

  it('tell what the user can mend from what the harness could not do', () => {
    expect(exitCodeOfError(new AssayError('unknown-name', 'there is no system "rfat"'))).toBe(254);
    expect(exitCodeOfError(new AssayError('no-engine', 'no engine answers'))).toBe(255);
    expect(exitCodeOfError(new TypeError('x is not a function'))).toBe(255);
  });
});
