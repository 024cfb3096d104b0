import { describe, expect, it } from 'vitest';
import { raft } from '../../../spec/raft/raft.js';
import { simulate } from '../../../spec/simulate.js';
import { Random } from '../../../src/kernel/random.js';
import { expectReplay } from './expect-replay.js';
import { figure8, startingFrom } from './raft/starts.js';

const BOUNDS = { servers: 3, elections: 2, values: 1, restarts: 0 };

function walks(count: number, seed: number) {
  const random = new Random(seed);
  return { walks: count, steps: 60, random: () => random.float() };
}

describe('simulate', () => {
  it('walks as often and as far as it is asked to, where nothing is wrong', () => {
    const { verdict, walks: walked, depth, generated, distinct, coverage } = simulate(raft(BOUNDS), walks(100, 1));
    expect({ verdict, walked }).toEqual({ verdict: 'valid', walked: 100 });
    expect(depth).toBeLessThanOrEqual(61);
    expect(depth).toBeGreaterThan(20);
    expect(distinct).toBeLessThan(generated);
    expect(coverage.reduce((sum, action) => sum + action.generated, 0)).toBe(generated - 100);
  });

  it('walks the same way again with the same chances, and another way with others', () => {
    const [one, again, other] = [1, 1, 2].map((seed) => simulate(raft(BOUNDS), walks(20, seed)));
    expect(again).toEqual(one);
    expect(other?.coverage).not.toEqual(one?.coverage);
  });

  it('tells of a violation not the whole walk, but steps that lead to it', () => {
    const specification = raft(BOUNDS, 'no-up-to-date-check');
    const { verdict, violation } = simulate(specification, walks(5000, 1));
    expect({ verdict, rule: violation?.rule }).toEqual({ verdict: 'invalid', rule: 'LeaderCompleteness' });
    if (violation === undefined) return;
    expectReplay(specification, violation);
    // The shortest way has 16 steps, the walk had up to 60.
    expect(violation.path.length).toBeLessThanOrEqual(26);
  });

  it('comes upon the commitment of Figure 8 (d), two elections after (b)', () => {
    const whole = raft({ servers: 3, elections: 4, values: 2, restarts: 0 }, 'commits-old-terms');
    const specification = startingFrom(whole, figure8(2));
    const { violation } = simulate(specification, walks(10_000, 1));
    expect(violation?.rule).toBe('LeaderCompleteness');
    if (violation) expectReplay(specification, violation);
  });
});
