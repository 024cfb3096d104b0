import { describe, expect, it } from 'vitest';
import { explore } from '../../../../spec/explore.js';
import { DEFECTS, type Defect } from '../../../../spec/pbft/defects.js';
import { type PbftSpecification, pbft } from '../../../../spec/pbft/pbft.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';
import { simulate } from '../../../../spec/simulate.js';
import { Random } from '../../../../src/kernel/random.js';
import { expectReplay } from '../expect-replay.js';
import { asItIs, BACKUP, bounds, CONFLICT, EXPECTED, NEXT, PRIMARY } from './expected-defects.js';

describe('the invariants of PBFT', () => {
  for (const [defect, { bounds, rule, shortest, from = asItIs }] of Object.entries(EXPECTED)) {
    it(`notice the defect ${defect}: ${rule} fails with ${JSON.stringify(bounds)}`, () => {
      const specification = from(pbft(bounds, defect as Defect));
      const { violation } = explore(specification, { symmetry: true });
      expect(violation?.rule).toBe(rule);
      expect(violation?.path.length).toBe(shortest + 1);
      if (violation) expectReplay(specification, violation);
    });
  }

  it('are tried with every defect that there is', () => {
    expect(Object.keys(EXPECTED).sort()).toEqual(Object.keys(DEFECTS).sort());
  });

  it('hold without a defect as far as they were looked at for one, and further', () => {
    const seen = new Set<string>();
    for (const { bounds, from = asItIs } of Object.values(EXPECTED)) {
      const model = JSON.stringify(bounds);
      if (seen.has(model)) continue;
      seen.add(model);
      const { verdict } = explore(from(pbft(bounds)), { symmetry: true, maxStates: 5000 });
      expect([model, verdict]).not.toEqual([model, 'invalid']);
    }
  });
});

/** What a defect leads to, also where nobody thought of the rules that forbid it. */
describe('Agreement alone', () => {
  const cases: Partial<Record<Defect, PbftBounds>> = {
    'prepares-of-any-digest': bounds(PRIMARY, 1, CONFLICT),
    'accepts-second-pre-prepare': bounds(PRIMARY, 0, CONFLICT),
    'quorum-of-2f+1': { ...bounds(PRIMARY, 0, CONFLICT), replicas: 5 },
    'executes-prepared': bounds(BACKUP, 1, CONFLICT),
    'unproved-certificates': bounds(NEXT, 1, CONFLICT),
    'drops-prepared': bounds(NEXT, 1, CONFLICT),
    'lowest-certificate': bounds(PRIMARY, 2, CONFLICT),
    'new-view-of-few': bounds(NEXT, 1, CONFLICT),
    'unverified-new-view': bounds(NEXT, 1, CONFLICT),
    'votes-after-view-change': bounds(NEXT, 1, CONFLICT),
  };
  for (const [defect, model] of Object.entries(cases)) {
    it(`notices ${defect} on walks with ${JSON.stringify(model)}`, () => {
      const specification = agreementAlone(pbft(model, defect as Defect));
      const random = new Random(1).fork('walks');
      const options = { walks: 5000, steps: 60, random: () => random.float() };
      const { violation } = simulate(specification, options);
      expect(violation?.rule).toBe('Agreement');
      if (violation) expectReplay(specification, violation);
    });
  }

  it('fails with two traitors among four, without any defect: f is one', () => {
    const { violation } = explore(agreementAlone(pbft(bounds([0, 1], 0, CONFLICT))));
    expect(violation?.what).toBe('n3 has r1 as request 1, and n4 has r2');
    // Each of two accepts its pre-prepare, and traitors do the rest.
    expect(violation?.path.slice(1).map(({ action }) => action)).toEqual([
      ...['TraitorPrePrepare', 'TraitorVotes', 'TraitorVotes', 'TraitorPrePrepare', 'TraitorVotes', 'TraitorVotes'],
    ]);
  });

  it('holds with two traitors among seven, who are f', () => {
    const specification = agreementAlone(pbft({ ...bounds([0, 1], 0, CONFLICT), replicas: 7 }));
    expect(explore(specification, { symmetry: true }).verdict).toBe('valid');
  });
});

function agreementAlone(whole: PbftSpecification): PbftSpecification {
  return {
    ...whole,
    invariants: whole.invariants.filter(({ name }) => name === 'Agreement'),
    stepInvariants: [],
  };
}
