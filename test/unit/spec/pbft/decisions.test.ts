import { describe, expect, it } from 'vitest';
import { acted, certificate } from './acting.js';

describe('what others executed', () => {
  const told = (sequence: number, digest: number | null, ...replicas: number[]) => ({ sequence, digest, replicas });
  const learns = (node: Parameters<typeof acted>[1], ...decisions: ReturnType<typeof told>[]) =>
    acted('LearnDecision', node, { decisions: true, facts: { decisions } });

  it('is told by whoever executes it', () => {
    const committed = [certificate(1, 0, 0)];
    const [after] = acted('Execute', { committed }, { decisions: true });
    expect(after?.told).toEqual([{ type: 'Decided', sequence: 1, digest: 0 }]);
    expect(acted('Execute', { committed })[0]?.told).toEqual([]);
  });

  it('is believed of f+1 others, in whichever view', () => {
    const [learnt, ...more] = learns({ view: 3, active: false }, told(1, 0, 0, 2), told(2, 1, 0), told(3, 1, 1, 2));
    expect(more).toEqual([]);
    expect(learnt).toMatchObject({ told: [], node: { committed: [{ sequence: 1, view: null, digest: 0 }] } });
    expect(learns({}, told(1, null, 2, 3)).map(({ choice }) => choice)).toEqual(['null as 1']);
  });

  it('is no news where it is known, and nothing outside of the watermarks', () => {
    for (const known of [{ committed: [certificate(1, 0, 0)] }, { executed: [certificate(1, 0, 0)] }]) {
      expect(learns(known, told(1, 0, 0, 2))).toEqual([]);
    }
    expect(learns({ low: 2 }, told(2, 0, 0, 2), told(7, 0, 0, 2))).toEqual([]);
  });

  it('may be the word of one and a traitor', () => {
    const facts = { decisions: [told(1, 0, 0), told(1, 1, 2)] };
    const choices = acted('LearnDecision', {}, { decisions: true, traitors: [3], facts }).map(({ choice }) => choice);
    expect(choices).toEqual(['r1 as 1', 'r2 as 1']);
    expect(acted('LearnDecision', {}, { decisions: true, traitors: [3] })).toEqual([]);
  });
});
