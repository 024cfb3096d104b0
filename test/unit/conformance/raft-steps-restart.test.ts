import { describe, expect, it } from 'vitest';
import { raftSteps } from '../../../src/conformance/raft-steps.js';
import type { RunEvent } from '../../../src/history/events.js';
import type { TraceEvent } from '../../../src/history/trace.js';
import {
  type Assumed,
  accepts,
  answersVote,
  applies,
  asksVote,
  become,
  breaks,
  commits,
  E1,
  E2,
  enters,
  entriesAfter,
  eventsOf,
  holds,
  installed,
  judgeEvents,
  judgeSteps,
  LEGAL,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, NODES, receive, send } from './trace.js';

const E3 = entry(1, 12);
/** n2 starts again, with what it had synced or with this. */
const again = (over: object = {}) => init('n2', { term: 1, votedFor: 'n1', log: [E1, E2], ...over });
const told = (index: number, commit = 0) => receive('n2', 'n1', { ...entriesAfter(1, index, 1, [], commit), round: 2 });
const accepted = (index: number) => send('n2', 'n1', { ...accepts(1, index), round: 2 });

describe('a process that starts again', () => {
  it('HandleRequestVoteRequest: has the vote that it recovered, and no other', async () => {
    const asked = receive('n2', 'n3', asksVote(1, 2, 1));
    await breaks('HandleRequestVoteRequest', [again(), asked, votes('n2', 1, 'n3')]);
    await holds([again({ votedFor: null }), asked, votes('n2', 1, 'n3')]);
  });

  it('has the log that it recovered', async () => {
    await holds([again({ log: [E1] }), told(2), send('n2', 'n1', { ...rejects(1, 2, 0, 2), round: 2 })]);
    await breaks('AcceptAppendEntriesRequest', [again({ log: [E1] }), told(2), accepted(2)]);
    await holds([again({ log: [E1, E2, E3] }), told(3), accepted(3)]);
    await holds([again({ snapshotIndex: 7, snapshotTerm: 1, log: [] }), told(7), accepted(7)]);
  });

  it('knows as committed and applied what its snapshot covers, and learns the rest once more', async () => {
    await holds([again(), told(2, 1), commits('n2', 1, 1), applies('n2', 1, E1)]);
    const fromSnapshot = again({ snapshotIndex: 1, snapshotTerm: 1, log: [E2] });
    await holds([fromSnapshot, told(2, 2), commits('n2', 1, 2), applies('n2', 2, E2)]);
    await breaks('FollowerCommit', [fromSnapshot, told(2, 1), commits('n2', 1, 1)]);
    await breaks('Apply', [fromSnapshot, told(2, 2), commits('n2', 1, 2), applies('n2', 1, E1, E2)]);
  });

  it('PersistentBeforeAnswer: need not sync what it recovered', async () => {
    const takes = [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)), append('n2', 1, 3, E3)];
    await breaks('PersistentBeforeAnswer', [...takes, told(3), accepted(3)]);
    await holds([...takes, again({ log: [E1, E2, E3] }), told(3), accepted(3)]);
    const asked = receive('n3', 'n2', asksVote(2, 2, 1));
    const voted = [asked, enters('n3', 2), votes('n3', 2, 'n2')];
    const grant = send('n3', 'n2', answersVote(2, true));
    await breaks('PersistentBeforeAnswer', [...voted, grant]);
    await holds([...voted, init('n3', { term: 2, votedFor: 'n2' }), asked, grant]);
    const heard = [receive('n3', 'n2', entriesAfter(2, 0, 0, [])), send('n3', 'n2', accepts(2, 0))];
    await breaks('PersistentBeforeAnswer', [...voted, ...heard]);
    await holds([...voted, init('n3', { term: 2 }), ...heard]);
  });

  it('InstallSnapshot: has lost the pieces of a snapshot that had come', async () => {
    const piece = receive('n2', 'n1', snapshot(1, 3, 1, { done: false }));
    const rest = receive('n2', 'n1', snapshot(1, 3, 1, { offset: 5 }));
    const install: Line = ['n2', { name: 'InstallSnapshot', index: 3, term: 1, log: [] }];
    await holds([piece, rest, install]);
    await breaks('InstallSnapshot', [piece, again(), rest, install]);
    await holds([piece, again(), rest, send('n2', 'n1', installed(1, 3, 0, false))]);
  });

  it('RequestVote: asks nobody for the votes of a candidacy that it does not remember', async () => {
    const campaign = [become.candidate('n2', 2), votes('n2', 2, 'n2')];
    const asks = send('n2', 'n3', asksVote(2, 2, 1));
    await holds([...campaign, asks]);
    await breaks('RequestVote', [...campaign, again({ term: 2, votedFor: 'n2' }), asks]);
  });

  it('leads no more, and counts no votes', async () => {
    const leader = init('n1', { term: 1, votedFor: 'n1', log: [E1, E2] });
    await breaks('AppendEntries', [leader, send('n1', 'n2', entriesAfter(1, 2, 1, []))]);
    await breaks('AcceptAppendEntriesRequest', [leader, append('n1', 1, 3, E3)]);
    const granted = [become.candidate('n2', 2), votes('n2', 2, 'n2'), receive('n2', 'n3', answersVote(2, true))];
    const next = [become.candidate('n2', 3), votes('n2', 3, 'n2'), become.leader('n2', 3, 'n2', 'n3')];
    await breaks('BecomeLeader', [...granted, again({ term: 2, votedFor: 'n2' }), ...next]);
  });
});

describe('what a verdict rests on', () => {
  const verdictOf = async (lines: readonly Line[]) => {
    const { verdict, summary } = await judgeSteps(lines);
    return [verdict, summary];
  };
  const trivial = 'has no message that was received or no entry that was appended, so it matched trivially.';

  it('is messages that were received and entries that were appended', async () => {
    const appended = LEGAL.findIndex(([, { name }]) => name === 'Append');
    expect(await verdictOf(LEGAL.slice(0, appended))).toEqual([
      'unknown',
      `The trace (${appended} events of 3 nodes) ${trivial}`,
    ]);
    expect((await verdictOf(LEGAL.slice(0, appended + 1)))[0]).toBe('valid');
    const alone: Line[] = [
      init('n1'),
      become.candidate('n1', 1),
      votes('n1', 1, 'n1'),
      ['n1', { name: 'Durable', term: 1, votedFor: 'n1', lastIndex: 0 }],
      become.leader('n1', 1, 'n1'),
      append('n1', 1, 1, E1),
    ];
    const events = alone.map(([node, step], index) => ({ ...step, kind: 'trace', timeUs: index, node }) as const);
    const { verdict, summary } = await judgeEvents(events, {}, ['n1']);
    expect([verdict, summary]).toEqual(['unknown', `The trace (6 events of 1 node) ${trivial}`]);
    // A message that is none of Raft's is none.
    const foreign: Line = ['n1', { name: 'Receive', from: 'n2', message: { type: 'Ping' } }];
    const silent = LEGAL.filter(([, { name }]) => name === 'InitState');
    expect((await verdictOf([...silent, foreign]))[0]).toBe('unknown');
  });

  it('is not less where a trace has many other messages besides', async () => {
    const pings = LEGAL.map((): Line => ['n1', { name: 'Send', to: 'n2', message: { type: 'Ping', term: 1 } }]);
    const { verdict, facts } = await judgeSteps([...LEGAL, ...pings]);
    expect([verdict, facts.unobserved]).toEqual(['valid', pings.length]);
  });

  it('is not what has no term, which is no message of Raft', async () => {
    const answer = { type: 'AppendEntriesResponse', success: true, matchIndex: 2 };
    const passes = [send('n2', 'n1', answer), receive('n1', 'n2', answer), durable('n2', 1, 'n1', 2)];
    const { verdict, facts } = await judgeSteps([...LEGAL, ...passes]);
    expect([verdict, facts.unobserved]).toEqual(['valid', 2]);
  });

  it('is what the nodes recorded, and no other event of a run', async () => {
    const checker = raftSteps({ nodes: NODES, preVote: false, stickToLeader: true });
    checker.observe({ kind: 'note', timeUs: 0, text: 'a note' } as unknown as RunEvent);
    for (const event of eventsOf(LEGAL, 1000)) checker.observe(event);
    checker.observe({ kind: 'note', timeUs: 0, text: 'another' } as unknown as RunEvent);
    const { verdict, facts } = await checker.conclude(1000);
    expect([verdict, facts.consumed, facts.foreign]).toEqual(['valid', LEGAL.length, 0]);
  });

  it('is not what was given up: receipts that waited too long for their sendings are unobserved', async () => {
    const many = 2 ** 17 + 1;
    const refusal = receive('n2', 'n3', answersVote(1, false));
    const { verdict, facts } = await judgeSteps([...LEGAL, ...Array.from({ length: many }, () => refusal)]);
    expect([verdict, facts.unobserved]).toEqual(['valid', many]);
  });

  it('is not what is called like a thing of JavaScript', async () => {
    const lines = ['toString', 'constructor', '__proto__'].map((type) => send('n2', 'n1', { type, term: 1 }));
    const { verdict, facts } = await judgeSteps([...LEGAL, ...lines]);
    expect([verdict, facts.unobserved]).toEqual(['valid', 3]);
  });

  it('ReceivedWasSent: is a later event of the sender, by the clock that all share', async () => {
    const received = eventsOf([...LEGAL, receive('n1', 'n3', answersVote(0, false))], 1000);
    const at = received.at(-1)?.timeUs ?? 0;
    const sender = (timeUs: number): TraceEvent => ({
      ...{ kind: 'trace', node: 'n3', timeUs },
      ...{ name: 'Durable', term: 0, votedFor: null, lastIndex: 0 },
    });
    const verdictAt = async (timeUs: number, assumed?: Assumed) => {
      const { verdict, facts } = await judgeEvents([...received, sender(timeUs)], assumed);
      return [verdict, facts.unobserved, facts.ReceivedWasSent];
    };
    expect(await verdictAt(at + 1)).toEqual(['invalid', 0, 1]);
    // It may have sent this when it was killed, or when its clock was another.
    expect(await verdictAt(at)).toEqual(['valid', 1, undefined]);
    expect(await verdictAt(at + 1, { oneClock: false })).toEqual(['valid', 1, undefined]);
  });

  it('is the start of each node', async () => {
    expect(await verdictOf(LEGAL.filter(([node]) => node !== 'n3'))).toEqual([
      'unknown',
      `n3 recorded no start, so the trace (${LEGAL.length - 1} events of 3 nodes) is incomplete.`,
    ]);
    expect(await verdictOf([])).toEqual(['unknown', 'The trace is empty, so no step was checked.']);
    expect(NODES).toHaveLength(3);
  });

  it('is the whole trace', async () => {
    const stranger = init('n9');
    expect(await verdictOf([...LEGAL, stranger])).toEqual([
      'unknown',
      `1 event of ${LEGAL.length + 1} events are no steps of this cluster, so the trace was not consumed whole.`,
    ]);
  });
});
