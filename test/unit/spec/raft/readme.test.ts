import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { raft } from '../../../../spec/raft/raft.js';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const core = read('src/consensus/raft/raft.ts');
/** Of the two tables: a rule, its section, and functions. */
const rows = [...read('spec/README.md').matchAll(/^\| `(\w+)` *\| ([^|]*?) *\| (`[^|]*?) *\|$/gm)].map(
  ([, name = '', section = '', functions = '']) => ({
    name,
    section,
    functions: [...functions.matchAll(/`(\w+)`/g)].map(([, each = '']) => each),
  }),
);

describe("the specification's README", () => {
  it('lists every action and invariant of Raft with its section, and no other', () => {
    const { actions, handlers, invariants, stepInvariants } = raft({
      servers: 3,
      elections: 1,
      values: 1,
      restarts: 0,
    });
    const rules = [...actions, ...handlers, ...invariants, ...stepInvariants];
    expect(rows.map(({ name, section }) => ({ name, section }))).toEqual(
      rules.map(({ name, section }) => ({ name, section })),
    );
  });

  it('names functions that the core has', () => {
    const functions = new Set(rows.flatMap((row) => row.functions));
    expect(functions.size).toBeGreaterThan(15);
    for (const name of functions) expect(core).toMatch(new RegExp(`^  (private )?${name}\\(`, 'm'));
  });
});
