import { describe, expect, it } from 'vitest';
import type { Checker, CheckResult } from '../../../src/plugin/checker.js';
import { GuardedChecker } from '../../../src/runner/guarded-checker.js';

const event = { kind: 'note', timeUs: 1, text: 'x' } as const;
const valid: CheckResult = { checker: 'mine', verdict: 'valid', summary: 'Fine.', anomalies: [], facts: {} };

function guarded(own: Partial<Checker>): GuardedChecker {
  return new GuardedChecker({ name: 'mine', reads: 'history', observe: () => {}, conclude: () => valid, ...own });
}

describe('GuardedChecker', () => {
  it('hands on what a sound checker concludes', async () => {
    expect(await guarded({}).conclude(1000)).toEqual(valid);
  });

  it('keeps what a checker throws while it observes from the run, and tells it instead of a verdict', async () => {
    const checker = guarded({
      observe: () => {
        throw new Error('boom');
      },
    });
    expect(() => checker.observe(event)).not.toThrow();
    await expect(checker.conclude(1000)).rejects.toThrow(
      expect.objectContaining({ code: 'plugin', message: 'the checker mine threw while it observed: boom' }),
    );
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a word that is no verdict', { ...valid, verdict: 'OK!' }],
    ['no anomalies', { ...valid, anomalies: null }],
  ])('takes %s for no result', async (_, result) => {
    const checker = guarded({ conclude: () => result as CheckResult });
    if (result === undefined) expect(await checker.conclude(1000)).toMatchObject({ verdict: 'unknown' });
    else await expect(checker.conclude(1000)).rejects.toThrow(expect.objectContaining({ code: 'plugin' }));
  });

  it('does not wait for ever, and a user can interrupt it', async () => {
    const hanging = guarded({ conclude: () => new Promise<CheckResult>(() => {}) });
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 20);
    await expect(hanging.conclude(60_000, interrupt.signal)).rejects.toThrow('interrupted');
    expect(await guarded({}).conclude(1000, interrupt.signal)).toEqual(valid);
    expect(await guarded({ conclude: () => new Promise<CheckResult>(() => {}) }).conclude(-4990)).toMatchObject({
      verdict: 'unknown',
      checker: 'mine',
    });
  });
});
