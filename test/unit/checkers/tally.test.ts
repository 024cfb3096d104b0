import { expect, it } from 'vitest';
import { Tally } from '../../../src/checkers/tally.js';
import type { RunEvent } from '../../../src/history/events.js';
import { done, kill, leads, phase } from './events.js';

function tallyOf(...events: RunEvent[]): Tally {
  const tally = new Tally();
  for (const event of events) tally.observe(event);
  return tally;
}

it('an operation counts as acknowledged under faults only while a fault is in force that its probe confirmed', () => {
  const { ok, okDuringFaults, faults } = tallyOf(
    ...done(0, 5, 1, 'read'),
    kill(10, 1, 'inject', false),
    ...done(20, 25, 1, 'read'),
    kill(30, 1, 'heal'),
    kill(40, 2, 'inject'),
    ...done(50, 55, 1, 'read'),
    kill(60, 2, 'heal'),
    ...done(70, 75, 1, 'read'),
  );
  expect({ ok, okDuringFaults }).toEqual({ ok: 4, okDuringFaults: 1 });
  expect([...faults]).toEqual([['kill', { injected: 2, confirmed: 1 }]]);
});

it('the first leader, in the setup, is no change; one of a later term is', () => {
  const { leaders } = tallyOf(phase(0, 'setup'), leads(5, 'n1', 1), phase(10, 'load'), leads(20, 'n2', 2));
  expect(leaders.changes).toBe(1);
});

it('effects of a known bug add up over the processes of a node, as far as each told', () => {
  const tells = (atMs: number, node: string, bugEffects?: number): RunEvent => ({
    kind: 'status',
    timeUs: atMs * 1000,
    node,
    status: bugEffects === undefined ? { up: false } : { up: true, bugEffects },
  });
  const { bugEffects } = tallyOf(
    tells(0, 'n1', 0),
    tells(0, 'n2', 2),
    tells(5, 'n2', 5),
    tells(10, 'n2'),
    tells(15, 'n2', 1),
    tells(20, 'n2', 4),
  );
  expect(bugEffects.counts()).toEqual({ n1: 0, n2: 9 });
  expect(tallyOf(leads(0, 'n1', 1)).bugEffects.counts()).toEqual({});
});
