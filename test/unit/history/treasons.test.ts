import { expect, it } from 'vitest';
import type { RunEvent } from '../../../src/history/events.js';
import { type Treason, Treasons } from '../../../src/history/treasons.js';
import type { Behaviour } from '../../../src/ports/corruption.js';

/** Times are in seconds. */
const turns = (
  at: number,
  id: number,
  phase: 'inject' | 'heal',
  nodes: readonly string[],
  behaviour: Behaviour = 'equivocate',
): RunEvent => ({
  kind: 'fault',
  timeUs: at * 1e6,
  id,
  nemesis: 'byzantine',
  phase,
  fault: { kind: 'byzantine', nodes, behaviour, against: ['n4'] },
  probe: { confirmed: true, detail: 'says so itself' },
});
const tells = (at: number, node: string, misdeeds: number, behaviour?: Behaviour): RunEvent => ({
  kind: 'status',
  timeUs: at * 1e6,
  node,
  status: { up: true, misdeeds, ...(behaviour && { behaviour }) },
});

function told(...events: RunEvent[]): Treason[] {
  const treasons = new Treasons();
  for (const event of events) treasons.observe(event);
  return treasons.list();
}

it('a treason is from its fault to the heal, one for each node of the fault', () => {
  expect(told(turns(1, 7, 'inject', ['n2', 'n3']), turns(4, 7, 'heal', ['n2', 'n3']))).toEqual(
    ['n2', 'n3'].map((node) => ({
      node,
      behaviour: 'equivocate',
      against: ['n4'],
      fromUs: 1e6,
      toUs: 4e6,
      confirmed: true,
      misdeeds: 0,
    })),
  );
});

it('what is never healed has no end', () => {
  expect(told(turns(1, 7, 'inject', ['n2']))[0]?.toUs).toBeNull();
});

it('misdeeds add up over the processes of a node, and count for the treason that they were done in', () => {
  const all = told(
    turns(1, 1, 'inject', ['n2']),
    tells(2, 'n2', 5, 'equivocate'),
    tells(3, 'n2', 9, 'equivocate'),
    // Started again, it begins to count anew.
    tells(4, 'n2', 2, 'equivocate'),
    turns(5, 1, 'heal', ['n2']),
    tells(6, 'n2', 3),
    turns(7, 2, 'inject', ['n2'], 'silent'),
    tells(8, 'n2', 13, 'silent'),
    tells(8, 'n3', 0),
  );
  expect(all.map(({ behaviour, misdeeds }) => [behaviour, misdeeds])).toEqual([
    ['equivocate', 12],
    ['silent', 10],
  ]);
});

it('of a campaign of treasons only the first are kept, and the others counted', () => {
  const treasons = new Treasons();
  for (let id = 0; id < 250; id++) treasons.observe(turns(id, id, 'inject', ['n1']));
  expect([treasons.list().length, treasons.dropped]).toEqual([200, 50]);
});
