import { describe, expect, it } from 'vitest';
import { patiently } from '../../../src/backends/docker/patience.js';
import { AssayError } from '../../../src/kernel/errors.js';
import type { ProbeResult } from '../../../src/ports/faults.js';

const refused = (statusCode: number, text = `refused with ${statusCode}`) =>
  new AssayError('harness', text, undefined, { cause: { statusCode } });

/** Gives these answers one after the other; the last one from then on. */
function answering(...answers: Array<ProbeResult | Error>): {
  attempt: () => Promise<ProbeResult>;
  asked: () => number;
} {
  let asked = 0;
  return {
    asked: () => asked,
    attempt: async () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] as ProbeResult | Error;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const yes: ProbeResult = { confirmed: true, detail: 'yes' };
const no: ProbeResult = { confirmed: false, detail: 'no' };

describe('patiently', () => {
  it('takes the first confirmation', async () => {
    const { attempt, asked } = answering(no, yes);
    expect(await patiently(attempt)).toEqual(yes);
    expect(asked()).toBe(2);
  });

  it('tries again when the container was killed in the middle of the attempt', async () => {
    const { attempt } = answering(refused(409), yes);
    expect(await patiently(attempt)).toEqual(yes);
  });

  it.each([
    'Container 18420d1f is not running: Exited (137) Less than a second ago',
    'OCI runtime pause failed: unable to freeze: unknown',
  ])('tries again when the engine tells it as a failure of its own: %s', async (text) => {
    const { attempt } = answering(refused(500, text), yes);
    expect(await patiently(attempt)).toEqual(yes);
  });

  it('does not hide any other error', async () => {
    const { attempt } = answering(refused(500));
    await expect(patiently(attempt)).rejects.toThrow('refused with 500');
  });

  it('gives up in time, with what the last attempt said', async () => {
    const { attempt } = answering(no, refused(409));
    expect(await patiently(attempt, 100)).toEqual({ confirmed: false, detail: 'refused with 409' });
  });
});
