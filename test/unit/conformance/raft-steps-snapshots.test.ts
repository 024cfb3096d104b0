import { describe, expect, it } from 'vitest';
import { NO_ROUND } from '../../../src/consensus/raft/messages.js';
import {
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
  holds,
  installed,
  judgeSteps,
  LEGAL,
  n2Leads,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, receive, send } from './trace.js';

const E3 = entry(1, 12);
const compacts = (node: string, index: number, term: number): Line => [node, { name: 'Compact', index, term }];

describe('snapshots', () => {
  const n3Follows = [
    receive('n3', 'n1', entriesAfter(1, 0, 0, [], 0)),
    enters('n3', 1),
    become.follower('n3', 1, 'n1'),
  ];
  const piece = (index: number, term: number) => receive('n3', 'n1', snapshot(1, index, term, { done: false }));
  const rest = (index: number, term: number) => receive('n3', 'n1', snapshot(1, index, term, { offset: 5 }));
  const install = (index: number, term: number): Line => ['n3', { name: 'InstallSnapshot', index, term, log: [] }];

  it('InstallSnapshot: its pieces are of one snapshot, of one leadership', async () => {
    await holds([...n3Follows, piece(2, 1), rest(2, 1), install(2, 1)]);
    await breaks('InstallSnapshot', [...n3Follows, piece(3, 1), rest(2, 1), install(2, 1)]);
    await breaks('InstallSnapshot', [...n3Follows, piece(2, 0), rest(2, 1), install(2, 1)]);
    const ofTerm2 = [receive('n3', 'n2', snapshot(2, 2, 1, { offset: 5 })), enters('n3', 2)];
    await holds([...n3Follows, piece(2, 1), ...ofTerm2, send('n3', 'n2', installed(2, 2, 0, false))]);
    await breaks('InstallSnapshot', [...n3Follows, piece(2, 1), ...ofTerm2, install(2, 1)]);
  });

  it('InstallSnapshot: one that was not installed may come once more from its beginning', async () => {
    const again = [receive('n3', 'n1', snapshot(1, 2, 1)), install(2, 1)];
    const { facts } = await judgeSteps([...LEGAL, ...n3Follows, ...again.slice(0, 1), ...again]);
    expect(facts.InstallSnapshot).toBe(1);
  });

  it('InstallSnapshot: one of a former leader is refused, in the term of whoever refuses', async () => {
    const stale = [...n2Leads, receive('n2', 'n1', snapshot(1, 2, 1))];
    const refusal = { ...installed(2, 2, 0, false), round: NO_ROUND };
    await holds([...stale, send('n2', 'n1', refusal)]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', { ...refusal, term: 1 })]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', { ...refusal, round: 1 })]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', { ...installed(2, 2, 5, false), round: NO_ROUND })]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', { ...installed(2, 2, 0, true), round: NO_ROUND })]);
    await breaks('InstallSnapshot', [...stale, ['n2', { name: 'InstallSnapshot', index: 2, term: 1, log: [] }]]);
  });

  it("AcceptAppendEntriesRequest: entries that follow a snapshot's last are compared with its term", async () => {
    const n2Compacts = [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)),
      commits('n2', 1, 2),
      applies('n2', 2, E2),
      compacts('n2', 2, 1),
    ];
    const stamp = { round: 2 };
    const after = (prevLogTerm: number) => [
      ...n2Compacts,
      receive('n2', 'n1', { ...entriesAfter(1, 2, prevLogTerm, [], 2), ...stamp }),
    ];
    await holds([...after(1), send('n2', 'n1', { ...accepts(1, 2), ...stamp })]);
    await holds([...after(0), send('n2', 'n1', { ...rejects(1, 2, 1, 2), ...stamp })]);
    await breaks('AcceptAppendEntriesRequest', [...after(0), send('n2', 'n1', { ...accepts(1, 2), ...stamp })]);
    // What comes before the last is not known any more, and was committed.
    const before = [...n2Compacts, receive('n2', 'n1', entriesAfter(1, 1, 1, [E2, E3], 2))];
    await holds([...before, append('n2', 1, 3, E3), durable('n2', 1, 'n1', 3), send('n2', 'n1', accepts(1, 3))]);
    await breaks('RejectAppendEntriesRequest', [
      ...before,
      append('n2', 1, 3, E3),
      send('n2', 'n1', rejects(1, 1, 0, 3)),
    ]);
  });

  it("AppendEntries: what stands before the entries has its term, also where it is a snapshot's last, or nothing", async () => {
    const told = (message: object) => [compacts('n1', 2, 1), append('n1', 1, 3, E3), send('n1', 'n3', message)];
    await holds(told(entriesAfter(1, 2, 1, [E3], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 2, 0, [E3], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 0, 1, [E1, E2, E3], 2)));
    // Of what is before the snapshot, nobody knows.
    await holds(told(entriesAfter(1, 1, 7, [E2, E3], 2)));
    await breaks('AppendEntries', told(entriesAfter(1, 1, 1, [E2, entry(1, 99)], 2)));
    await breaks('AppendEntries', [send('n1', 'n3', entriesAfter(1, 0, 1, [E1, E2], 2))]);
    await holds([send('n1', 'n3', entriesAfter(1, 0, 0, [], 2))]);
  });

  it('InstallSnapshot: a leader sends an older one that it still has, with its term', async () => {
    const sent = (index: number, term: number) => [send('n1', 'n3', snapshot(1, index, term))];
    await holds([compacts('n1', 2, 1), ...sent(1, 1)]);
    await holds([compacts('n1', 2, 1), ...sent(2, 1)]);
    await breaks('InstallSnapshot', [compacts('n1', 2, 1), ...sent(2, 0)]);
    await breaks('InstallSnapshot', sent(1, 0));
  });

  it('Compact: to what was applied, not to what is only committed', async () => {
    const committed = [receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2)), commits('n2', 1, 2)];
    await breaks('Compact', [...committed, compacts('n2', 2, 1)]);
    await holds([...committed, applies('n2', 2, E2), compacts('n2', 2, 1)]);
  });
});

describe('what must be durable before an answer', () => {
  const n3Installs: readonly Line[] = [
    receive('n3', 'n1', snapshot(1, 2, 1)),
    enters('n3', 1),
    become.follower('n3', 1, 'n1'),
    durable('n3', 1, null, 0),
    ['n3', { name: 'InstallSnapshot', index: 2, term: 1, log: [] }],
  ];

  it('PersistentBeforeAnswer: the first entry, and nothing to acknowledge none', async () => {
    const takes = (...entries: { term: number; digest: number }[]): Line[] => [
      receive('n3', 'n1', entriesAfter(1, 0, 0, entries, 0)),
      enters('n3', 1),
      become.follower('n3', 1, 'n1'),
      durable('n3', 1, null, 0),
      ...(entries.length > 0 ? [append('n3', 1, 1, ...entries)] : []),
    ];
    await holds([...takes(), send('n3', 'n1', accepts(1, 0))]);
    await breaks('PersistentBeforeAnswer', [...takes(E1), send('n3', 'n1', accepts(1, 1))]);
    await holds([...takes(E1), durable('n3', 1, null, 1), send('n3', 'n1', accepts(1, 1))]);
  });

  it('PersistentBeforeAnswer: a snapshot, for its own acknowledgement', async () => {
    await breaks('PersistentBeforeAnswer', [...n3Installs, send('n3', 'n1', installed(1, 2))]);
    await holds([...n3Installs, durable('n3', 1, null, 2), send('n3', 'n1', installed(1, 2))]);
  });

  it('PersistentBeforeAnswer: a snapshot, for that of entries which come after it', async () => {
    const heartbeat = { ...entriesAfter(1, 2, 1, [], 2), round: 2 };
    const hears = [...n3Installs, receive('n3', 'n1', heartbeat)];
    const accepted = send('n3', 'n1', { ...accepts(1, 2), round: 2 });
    await breaks('PersistentBeforeAnswer', [...hears, accepted]);
    await holds([...hears, durable('n3', 1, null, 2), accepted]);
  });

  it('PersistentBeforeAnswer: a snapshot, for that of an older one which comes after it', async () => {
    const old = [...n3Installs, receive('n3', 'n1', { ...snapshot(1, 1, 1), round: 2 })];
    const answer = send('n3', 'n1', { ...installed(1, 1), round: 2 });
    await breaks('PersistentBeforeAnswer', [...old, answer]);
    await holds([...old, durable('n3', 1, null, 2), answer]);
  });

  it('PersistentBeforeAnswer: the term in which a snapshot is acknowledged, if it is an old one', async () => {
    const old = [receive('n2', 'n3', snapshot(2, 1, 1)), enters('n2', 2), become.follower('n2', 2, 'n3')];
    await breaks('PersistentBeforeAnswer', [...old, send('n2', 'n3', installed(2, 1))]);
    await holds([...old, durable('n2', 2, null, 2), send('n2', 'n3', installed(2, 1))]);
  });

  it('PersistentBeforeAnswer: nothing for a refusal, nor for a pre-vote', async () => {
    await holds([
      receive('n3', 'n1', entriesAfter(1, 2, 1, [E3], 2)),
      enters('n3', 1),
      send('n3', 'n1', rejects(1, 2, 0, 1)),
      receive('n3', 'n1', snapshot(1, 2, 1, { done: false })),
      send('n3', 'n1', installed(1, 2, 5, false)),
      receive('n3', 'n2', asksVote(2, 2, 1, true)),
      send('n3', 'n2', answersVote(2, true, true)),
    ]);
  });
});

describe('a snapshot that takes the place of a log', () => {
  /** n2 holds three entries durably, and one of them is committed. */
  const holdsThree: readonly Line[] = [
    receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)),
    append('n2', 1, 3, E3),
    durable('n2', 1, 'n1', 3),
  ];
  const installs = (term: number, ...log: { term: number; digest: number }[]): Line => [
    'n2',
    { name: 'InstallSnapshot', index: 2, term, log },
  ];
  const fits = [...holdsThree, receive('n2', 'n1', { ...snapshot(1, 2, 1), round: 2 })];
  /** Of another history than the one that n2 has at index 2. */
  const conflicts: readonly Line[] = [
    ...holdsThree,
    receive('n2', 'n3', snapshot(2, 2, 2)),
    enters('n2', 2),
    become.follower('n2', 2, 'n3'),
    durable('n2', 2, null, 3),
  ];

  it('InstallSnapshot: nothing is kept of a log that has another entry at its end (Figure 13)', async () => {
    await holds([...conflicts, installs(2)]);
    await breaks('InstallSnapshot', [...conflicts, installs(2, E3)]);
    await holds([...fits, installs(1, E3)]);
    await breaks('InstallSnapshot', [...fits, installs(1)]);
  });

  it('PersistentBeforeAnswer: what is kept is as durable as before, what is not kept is not', async () => {
    await breaks('PersistentBeforeAnswer', [...conflicts, installs(2), send('n2', 'n3', installed(2, 2))]);
    await holds([...conflicts, installs(2), durable('n2', 2, null, 2), send('n2', 'n3', installed(2, 2))]);
    const heartbeat = receive('n2', 'n1', { ...entriesAfter(1, 3, 1, [], 2), round: 3 });
    await holds([...fits, installs(1, E3), heartbeat, send('n2', 'n1', { ...accepts(1, 3), round: 3 })]);
  });

  it('InstallSnapshot: what it covers is committed and applied', async () => {
    const next = receive('n2', 'n1', { ...entriesAfter(1, 3, 1, [], 3), round: 3 });
    const known = receive('n2', 'n1', { ...entriesAfter(1, 3, 1, [], 2), round: 3 });
    await holds([...fits, installs(1, E3), known, become.candidate('n2', 2), votes('n2', 2, 'n2')]);
    await holds([...fits, installs(1, E3), next, commits('n2', 1, 3), applies('n2', 3, E3)]);
    await breaks('Apply', [...fits, installs(1, E3), next, commits('n2', 1, 3), applies('n2', 2, E2, E3)]);
  });
});

describe('what a sync covers', () => {
  it('Durable: no vote but the one that was given in its term', async () => {
    const asked = [receive('n3', 'n2', asksVote(2, 2, 1)), enters('n3', 2)];
    await breaks('Durable', [...asked, votes('n3', 2, 'n2'), durable('n3', 2, 'n1', 0)]);
    await holds([...asked, votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0)]);
  });

  it('Durable: one that began in an earlier term covers the vote of that', async () => {
    await holds([
      receive('n3', 'n2', asksVote(2, 2, 1)),
      enters('n3', 2),
      votes('n3', 2, 'n2'),
      become.candidate('n3', 3),
      votes('n3', 3, 'n3'),
      durable('n3', 2, 'n2', 0),
    ]);
  });

  it('FollowerCommit: also the first entry is committed after it was appended', async () => {
    const again = init('n3', { log: [entry(0, 5)] });
    const told = receive('n3', 'n1', entriesAfter(1, 0, 0, [E1], 1));
    const follows = [enters('n3', 1), become.follower('n3', 1, 'n1')];
    await holds([again, told, ...follows, append('n3', 1, 1, E1), commits('n3', 1, 1)]);
    await breaks('FollowerCommit', [again, told, ...follows, commits('n3', 1, 1), append('n3', 1, 1, E1)]);
  });
});
