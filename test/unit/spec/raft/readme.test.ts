import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURES, type Feature } from '../../../../spec/raft/features.js';
import { raft } from '../../../../spec/raft/raft.js';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const core = read('src/consensus/raft/raft.ts');
const raftPart =
  read('spec/README.md')
    .split(/^## /m)
    .find((part) => part.startsWith('Raft: rules')) ?? '';
/** Plain Raft, then what features leave out, then the features one by one. */
const [plain = '', leftOut = '', ...byFeature] = raftPart.split(/^### Features$|^#### /m);

interface Row {
  readonly name: string;
  readonly section: string;
}

/** Of tables: a rule, its section, and functions. */
function rows(text: string): (Row & { readonly functions: string[] })[] {
  return [...text.matchAll(/^\| `(\w+)` *\| ([^|]*?) *\| (`[^|]*?) *\|$/gm)].map(
    ([, name = '', section = '', functions = '']) => ({
      name,
      section,
      functions: [...functions.matchAll(/`(\w+)`/g)].map(([, each = '']) => each),
    }),
  );
}

function rulesWith(features: readonly Feature[]): Row[] {
  const bounds = { servers: 3, elections: 1, values: 1, restarts: 0, features };
  const { actions, handlers, invariants, stepInvariants } = raft(bounds);
  return [...actions, ...handlers, ...invariants, ...stepInvariants].map(({ name, section }) => ({ name, section }));
}

function told(text: string): Row[] {
  return rows(text).map(({ name, section }) => ({ name, section }));
}

describe("the specification's README", () => {
  it('lists every action and invariant of Raft with its section, and no other', () => {
    expect(told(plain)).toEqual(rulesWith([]));
  });

  it('lists every feature, what it leaves out, and every rule that it adds', () => {
    const features = Object.keys(FEATURES) as Feature[];
    expect(byFeature.map((text) => /^`([\w-]+)`/.exec(text)?.[1])).toEqual(features);
    expect([...leftOut.matchAll(/^\| `([\w-]+)` *\|/gm)].map(([, name]) => name)).toEqual(features);
    const always = new Set(rulesWith([]).map(({ name }) => name));
    for (const [place, feature] of features.entries()) {
      expect(told(byFeature[place] ?? '')).toEqual(rulesWith([feature]).filter(({ name }) => !always.has(name)));
    }
  });

  it('names functions that the core has', () => {
    const functions = new Set([plain, ...byFeature].flatMap(rows).flatMap((row) => row.functions));
    expect(functions.size).toBeGreaterThan(35);
    for (const name of functions) expect(core).toMatch(new RegExp(`^  (private )?${name}\\(`, 'm'));
  });
});
