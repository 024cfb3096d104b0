import { describe, expect, it } from 'vitest';
import { healToleranceMs, judgeDatagrams, judgeRoundTrip } from '../../../src/backends/docker/link-probes.js';
import type { LinkState } from '../../../src/backends/docker/links.js';

const whole: LinkState = { cut: false, loss: 0, delay: { meanMs: 0, jitterMs: 0 } };

describe('a probe of datagrams', () => {
  it('confirms a cut only when nothing at all arrived', () => {
    const cut = { ...whole, cut: true };
    expect(judgeDatagrams(cut, 20, 0)).toEqual({ confirmed: true, detail: '0 of 20 datagrams arrived' });
    expect(judgeDatagrams(cut, 20, 1).confirmed).toBe(false);
  });

  it('confirms a whole link when all but a stray one arrived', () => {
    expect(judgeDatagrams(whole, 20, 20).confirmed).toBe(true);
    expect(judgeDatagrams(whole, 20, 19).confirmed).toBe(true);
    expect(judgeDatagrams(whole, 20, 10).confirmed).toBe(false);
    expect(judgeDatagrams(whole, 20, 0).confirmed).toBe(false);
  });

  it('tells a loss of 30 % from none and from 70 %', () => {
    const lossy = { ...whole, loss: 0.3 };
    expect(judgeDatagrams(lossy, 300, 208).confirmed).toBe(true);
    expect(judgeDatagrams(lossy, 300, 300).confirmed).toBe(false);
    expect(judgeDatagrams(lossy, 300, 90).confirmed).toBe(false);
  });
});

describe('a probe of round trips', () => {
  const slow = { ...whole, delay: { meanMs: 80, jitterMs: 10 } };

  it('confirms a delay of one direction and of both', () => {
    expect(judgeRoundTrip(slow, whole, 84, 40).confirmed).toBe(true);
    expect(judgeRoundTrip(slow, slow, 167, 40).confirmed).toBe(true);
  });

  it('does not confirm a delay that is not there, nor a heal that healed nothing', () => {
    expect(judgeRoundTrip(slow, whole, 0.6, 2000).confirmed).toBe(false);
    expect(judgeRoundTrip(whole, whole, 84, healToleranceMs(slow.delay)).confirmed).toBe(false);
  });

  it('confirms a heal on a busy machine by less than half of what the fault had added', () => {
    const toleranceMs = healToleranceMs({ meanMs: 100, jitterMs: 0 });
    expect(judgeRoundTrip(whole, whole, 60, toleranceMs).confirmed).toBe(true);
    expect(judgeRoundTrip(whole, whole, 100, toleranceMs).confirmed).toBe(false);
  });

  it('takes silence for an answer only where another fault explains it', () => {
    expect(judgeRoundTrip(slow, whole, null, 40).confirmed).toBe(false);
    expect(judgeRoundTrip({ ...slow, cut: true }, whole, null, 40).confirmed).toBe(true);
  });
});
