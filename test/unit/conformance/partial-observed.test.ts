import { describe, expect, it } from 'vitest';
import { Observations } from '../../../src/conformance/partial/observed.js';
import type { PartialTraceEvent, Recorded } from '../../../src/history/traces/schema.js';

type Event = Readonly<Record<string, unknown>> & { readonly name: string };

const observed = (events: readonly Event[], recorded?: readonly Recorded[], nodes?: readonly string[]) => {
  const observations = new Observations();
  for (const [line, event] of events.entries()) {
    observations.note({ kind: 'trace', node: 'a', file: 'f', line, ...event } as unknown as PartialTraceEvent);
  }
  const header = recorded || nodes ? { kind: 'header', format: 'assay-trace/1', recorded, nodes } : undefined;
  observations.settle(header as Parameters<Observations['settle']>[0]);
  return observations;
};
const send = (type: string, fields: object = {}): Event => ({ name: 'Send', to: 'b', message: { type, ...fields } });
const receive = (type: string, fields: object = {}): Event => ({
  name: 'Receive',
  from: 'c',
  message: { type, ...fields },
});
const ROLES = ['BecomeFollower', 'BecomeCandidate', 'BecomeLeader'].map((name) => ({ name }));
const MESSAGES = ['RequestVote', 'RequestVoteResponse', 'AppendEntries', 'AppendEntriesResponse'];
/** A step of each kind, with what it may tell. */
const ALL: readonly Event[] = [
  { name: 'InitState', term: 0, votedFor: null },
  ...ROLES,
  { name: 'Vote', candidate: 'b' },
  { name: 'Append', from: 1, entries: [] },
  { name: 'Durable', lastIndex: 1 },
  { name: 'AdvanceCommit', commitIndex: 1 },
  { name: 'Apply', from: 1, entries: [] },
  ...MESSAGES.flatMap((type) => [send(type), receive(type)]),
];
const leavingOut = (...names: string[]) => ALL.filter(({ name }) => !names.includes(name));

describe('what a trace has completely', () => {
  it.each<[step: Event, kind: Recorded]>([
    [{ name: 'InitState' }, 'starts'],
    [{ name: 'Append' }, 'appends'],
    [{ name: 'AdvanceCommit' }, 'commits'],
    [send('RequestVote'), 'sends'],
    [receive('RequestVote'), 'receives'],
    [{ name: 'Durable' }, 'durability'],
  ])('is of a kind of which there is one: $name', (step, kind) => {
    const observations = observed([step, { name: 'Vote', node: 'b' }]);
    expect([...observations.of('a').recorded]).toEqual([kind]);
    expect(observations.of('a').has(kind)).toBe(true);
    expect([...observations.of('b').recorded]).toEqual([]);
    expect([...observations.of('never').recorded]).toEqual([]);
  });

  it('is no change of roles where one kind of change is recorded nowhere', () => {
    for (const { name } of ROLES) expect(observed([{ name }]).of('a').has('roles')).toBe(false);
    for (const { name } of ROLES) expect(observed(leavingOut(name)).of('a').has('roles')).toBe(false);
    const apart = observed(ROLES.map((step, place) => ({ ...step, node: place === 0 ? 'b' : 'a' })));
    expect(['a', 'b', 'c'].map((node) => apart.of(node).has('roles'))).toEqual([true, true, false]);
  });

  it('is not how logs grow where snapshots pass and their installation is recorded nowhere', () => {
    const append = { name: 'Append' };
    expect(observed([append]).of('a').has('appends')).toBe(true);
    for (const snapshot of [send('InstallSnapshot'), receive('InstallSnapshot')]) {
      expect(observed([append, snapshot]).of('a').has('appends')).toBe(false);
      expect(
        observed([append, snapshot, { name: 'InstallSnapshot', node: 'b' }])
          .of('a')
          .has('appends'),
      ).toBe(true);
    }
  });

  it('is what a header says, and nothing else', () => {
    const observations = observed(ALL, ['roles', 'commits']);
    expect([...observations.of('a').recorded]).toEqual(['roles', 'commits']);
    expect([...observed(ALL, undefined, ['a']).of('a').recorded]).toContain('sends');
  });

  it('is nothing of a node of which something could not be read', () => {
    const observations = observed(ALL.flatMap((event) => [event, { ...event, node: 'b' }]));
    observations.doubt('b');
    expect(observations.of('b').recorded.size).toBe(0);
    expect(observations.of('a').recorded.size).toBe(7);
  });
});

describe('what a trace tells', () => {
  it('who is a member: whom a header names, or all that are spoken of', () => {
    const voters = { name: 'State', voters: [['e', 'd'], ['f']] };
    expect(observed([receive('RequestVote'), send('RequestVote'), voters]).members).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
    ]);
    expect(observed([send('RequestVote')], undefined, ['z', 'a']).members).toEqual(['a', 'z']);
  });

  it('whose votes count, where a state says so', () => {
    expect(observed([{ name: 'State', voters: [['a']] }, { name: 'State' }]).tellsVoters).toBe(true);
    expect(observed([{ name: 'State', term: 1 }]).tellsVoters).toBe(false);
  });

  it('steps and fields that are there, and those of messages that came', () => {
    const observations = observed([
      { name: 'Vote', term: undefined, candidate: 'b' },
      receive('AppendEntries', { leaderCommit: 1, prevLogIndex: undefined }),
      send('RequestVote', { lastLogIndex: 1 }),
    ]);
    expect(['Vote', 'candidate', 'term', 'Apply'].map((what) => observations.tells(what))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const inMessages = ['AppendEntries', 'leaderCommit', 'prevLogIndex', 'RequestVote', 'lastLogIndex'];
    expect(inMessages.map((what) => observations.messagesTell(what))).toEqual([true, true, false, false, false]);
  });

  it('which messages are recorded where they are sent', () => {
    const sent = observed([send('RequestVote'), receive('AppendEntries')]);
    expect(['RequestVote', 'AppendEntries'].map((type) => sent.sends(type))).toEqual([true, false]);
    expect(observed([], ['sends']).sends('AppendEntries')).toBe(true);
    expect(observed([], undefined, ['a']).sends('AppendEntries')).toBe(false);
  });

  it('all messages that carry a term: each kind, and none that is not recorded', () => {
    expect(observed(ALL).allMessages).toBe(true);
    for (const type of MESSAGES) {
      const others = MESSAGES.filter((other) => other !== type).map((other) => receive(other));
      expect(observed(others).allMessages, type).toBe(false);
    }
    const transfers = observed(ALL);
    transfers.otherMessages = true;
    expect(transfers.allMessages).toBe(false);
  });

  it('every kind of step that all nodes take', () => {
    expect(observed(ALL).complete).toBe(true);
    const steps = ['InitState', 'Vote', 'Append', 'Durable', 'AdvanceCommit', 'Apply', 'Send', 'Receive'];
    for (const name of steps) expect(observed(leavingOut(name)).complete, name).toBe(false);
  });

  it('what is missing: nothing of a whole trace, all of an empty one', () => {
    const whole = ALL.map((event) => ({ term: 1, ...event }));
    expect(observed(whole).missing()).toEqual([]);
    expect(observed([]).missing()).toEqual([
      'starts',
      'roles',
      'terms',
      'votes',
      "the log's length",
      'commit indexes',
      'sent messages',
      'received messages',
      'completed syncs',
      'applied entries',
    ]);
    expect(observed([...leavingOut('Receive'), receive('RequestVote'), { name: 'State', term: 1 }]).missing()).toEqual([
      'some kinds of messages',
    ]);
  });

  it.each<[what: string, told: Event]>([
    ['roles', { name: 'State', role: 'leader' }],
    ['terms', { name: 'State', term: 1 }],
    ['votes', { name: 'State', votedFor: null }],
    ['votes', { name: 'Vote', candidate: 'b' }],
    ['votes', receive('RequestVoteResponse', { granted: true })],
    ["the log's length", { name: 'State', lastIndex: 1 }],
    ["the log's length", { name: 'Append' }],
    ['commit indexes', { name: 'State', commitIndex: 1 }],
    ['applied entries', { name: 'State', applied: 1 }],
    ['applied entries', { name: 'Apply' }],
  ])('%s, be it in one way only', (what, told) => {
    expect(observed([told]).missing()).not.toContain(what);
    expect(observed([{ name: 'Compact' }]).missing()).toContain(what);
  });
});
