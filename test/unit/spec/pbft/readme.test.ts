import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pbft } from '../../../../spec/pbft/pbft.js';
import { EXPECTED, PRIMARY } from './expected-defects.js';

const readme = readFileSync(new URL('../../../../spec/README.md', import.meta.url), 'utf8');
const part = readme.split(/^## /m).find((text) => text.startsWith('PBFT: rules')) ?? '';
const core = readFileSync(new URL('../../../../src/consensus/pbft/pbft.ts', import.meta.url), 'utf8');
/** Of each table row the rule, its section, in the table of rules functions of the core, and the names in the last column. */
const rows = [...part.matchAll(/^\| `(\w+)` *\| (§[^|]*?) *\|(?: ([^|]*?) *\|)? ([^|]*?) *\|$/gm)].map(
  ([, name = '', section = '', functions = '', names = '']) => ({
    ...{ name, section, functions: namesIn(functions), names: namesIn(names) },
  }),
);

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, each = '']) => each);
}

const { actions, handlers, invariants, stepInvariants } = pbft({
  ...{ replicas: 4, traitors: PRIMARY, views: 1, requests: 1, decisions: true },
});
const steps = [...actions, ...handlers];
const rules = [...invariants, ...stepInvariants];

describe("the specification's README", () => {
  it('lists every action and invariant of PBFT with its section, and no other', () => {
    const told = rows.map(({ name, section }) => ({ name, section }));
    expect(told).toEqual([...steps, ...rules].map(({ name, section }) => ({ name, section })));
  });

  it('names for each action invariants that there are', () => {
    const known = new Set(rules.map(({ name }) => name));
    for (const { name, names } of rows.slice(0, steps.length)) {
      expect([name, names.length > 0, names.filter((each) => !known.has(each))]).toEqual([name, true, []]);
    }
  });

  it('names functions that the core has, for all but what traitors do', () => {
    for (const { name, functions } of rows.slice(0, steps.length)) {
      expect([name, functions.length > 0]).toEqual([name, !name.startsWith('Traitor')]);
      for (const each of functions) expect(core).toMatch(new RegExp(`^  private ${each}\\(`, 'm'));
    }
  });

  it('names for each invariant the defects that break it first', () => {
    const broken = rules.map(({ name }) => ({
      name,
      names: Object.entries(EXPECTED).flatMap(([defect, { rule }]) => (rule === name ? defect : [])),
    }));
    expect(rows.slice(steps.length).map(({ name, names }) => ({ name, names }))).toEqual(broken);
  });
});
