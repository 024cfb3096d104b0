import { describe, expect, it } from 'vitest';
import { after, broken, entry, follow, init, judge, type Line, NODES, PROLOGUE } from '../trace.js';

const BOTH = [entry(1, 0), entry(1, 11)];
const commits = (node: string, commitIndex: number): Line => [
  node,
  { name: 'AdvanceCommit', term: 1, commitIndex, leader: false },
];
const applies = (node: string, from: number, ...entries: { term: number; digest: number }[]): Line => [
  node,
  { name: 'Apply', from, entries },
];

describe('what is applied', () => {
  const committed = [...follow('n1', 'n3', 1, 1, ...BOTH), commits('n3', 2)];

  it('AppliedMonotonic: is not applied again, not even the last of it alone', async () => {
    const once = [...committed, applies('n3', 1, ...BOTH)];
    expect(await after(...once)).toEqual([]);
    expect(await after(...once, applies('n3', 2, entry(1, 11)))).toEqual(['AppliedMonotonic']);
  });

  it('AppliedContiguous: follows what was applied', async () => {
    expect(await after(...committed, applies('n3', 1, entry(1, 0)), applies('n3', 2, entry(1, 11)))).toEqual([]);
    expect(await after(...committed, applies('n3', 2, entry(1, 11)))).toEqual(['AppliedContiguous']);
  });

  it('StateMachineSafety: is what was committed, whether or not anybody applied that', async () => {
    const unapplied = PROLOGUE.filter(([, { name }]) => name !== 'Apply');
    expect(await broken([...unapplied, ...committed, applies('n3', 1, ...BOTH)])).toEqual([]);
    for (const other of [entry(1, 9), entry(2, 11)])
      expect(await broken([...unapplied, ...committed, applies('n3', 1, entry(1, 0), other)])).toEqual([
        'StateMachineSafety',
      ]);
  });

  it('StateMachineSafety: may be known as committed by a snapshot alone, which does not tell the entry', async () => {
    const started = NODES.map((node) => init(node));
    const installed: Line[] = [['n3', { name: 'InstallSnapshot', index: 2, term: 1, log: [] }], commits('n3', 2)];
    const rest = PROLOGUE.slice(NODES.length);
    expect(await broken([...started, ...installed, ...rest])).toEqual([]);
  });

  it('StateMachineSafety: is the same on all nodes, also where no commit was recorded', async () => {
    const started = NODES.map((node) => init(node));
    const both = async (other: { term: number; digest: number }) => {
      const { anomalies, facts } = await judge([...started, applies('n1', 1, entry(1, 5)), applies('n2', 1, other)]);
      return [facts.StateMachineSafety, anomalies[1]?.title];
    };
    // Each applied what it did not know as committed.
    expect(await both(entry(1, 5))).toEqual([2, 'n2 applied index 1, though it knew only 0 as committed']);
    expect(await both(entry(1, 6))).toEqual([3, 'n2 applied another entry at index 1 than n1 applied']);
    expect(await both(entry(2, 5))).toEqual([3, 'n2 applied another entry at index 1 than n1 applied']);
  });
});
