import { describe, expect, it } from 'vitest';
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
  n2Leads,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, NODES, receive, send } from './trace.js';

/*
 * The edges of each rule: a step that is one short of legal, next to one that is just legal. Both matter: a check that
 * is weakened lets the first through, one that is strengthened is a false alarm on the second.
 */

const E3 = entry(1, 12);
const E4 = entry(1, 13);
const compacts = (node: string, index: number, term: number): Line => [node, { name: 'Compact', index, term }];

/** Which rules are broken after the legal beginning, each once, in the order in which they are. */
const broken = async (lines: readonly Line[], assumed?: Assumed) =>
  (await judgeSteps([...LEGAL, ...lines], assumed)).anomalies
    .map(({ kind }) => kind)
    .filter((kind, place, all) => all.indexOf(kind) === place);

describe('what is still open when a node takes its next input', () => {
  /** n2 has to append, and does something else. */
  const owesEntries = receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1));
  /** n1, which leads, has to leave its term. */
  const owesTerm = receive('n1', 'n3', answersVote(3, false));

  it.each<[what: string, owes: readonly Line[], next: Line, rule: string, assumed?: Assumed]>([
    ['a message', [owesEntries], receive('n2', 'n1', entriesAfter(1, 2, 1, [], 1)), 'AcceptAppendEntriesRequest'],
    ['a candidacy', [owesEntries], become.candidate('n2', 2), 'AcceptAppendEntriesRequest'],
    ['a pre-candidacy', [owesEntries], become.preCandidate('n2', 1), 'AcceptAppendEntriesRequest', { preVote: true }],
    ['an entry of a client', [owesTerm], append('n1', 1, 3, E3), 'UpdateTerm'],
    [
      'a commitment by the leader',
      [append('n1', 1, 3, E3), durable('n1', 1, 'n1', 3), receive('n1', 'n2', accepts(1, 3)), owesTerm],
      commits('n1', 1, 3, true),
      'UpdateTerm',
    ],
    ['a read', [owesTerm], ['n1', { name: 'ReadRequest', term: 1, read: 1, readIndex: 2, round: 2 }], 'UpdateTerm'],
    [
      'an election',
      [...n2Leads.slice(0, 10), receive('n2', 'n1', answersVote(3, false))],
      become.leader('n2', 2, 'n2', 'n3'),
      'UpdateTerm',
    ],
  ])('has not been done where %s comes first', async (_what, owes, next, rule, assumed) => {
    expect((await broken([...owes, next], assumed)).filter((kind) => kind !== 'PreVote')).toContain(rule);
  });

  it('may wait for what is no input: a sync, what is applied, an answer to an earlier message', async () => {
    const earlier = { ...entriesAfter(1, 2, 1, [], 1), round: 0 };
    await holds([
      receive('n2', 'n1', earlier),
      owesEntries,
      durable('n2', 1, 'n1', 2),
      send('n2', 'n1', { ...accepts(1, 2), round: 0 }),
      append('n2', 1, 3, E3),
      become.candidate('n2', 2),
      votes('n2', 2, 'n2'),
    ]);
  });

  it('may be the first entry, its commitment, or a snapshot of it alone', async () => {
    const told = [receive('n3', 'n1', entriesAfter(1, 0, 0, [E1], 1)), enters('n3', 1), become.follower('n3', 1, 'n1')];
    const next = receive('n3', 'n1', { ...entriesAfter(1, 0, 0, [], 0), round: 2 });
    await holds([...told, append('n3', 1, 1, E1), commits('n3', 1, 1), next]);
    await breaks('FollowerCommit', [...told, append('n3', 1, 1, E1), next]);
    expect(await broken([...told, next])).toEqual(['AcceptAppendEntriesRequest', 'FollowerCommit']);
    const sent = [receive('n3', 'n1', snapshot(1, 1, 1)), ...told.slice(1)];
    await holds([...sent, ['n3', { name: 'InstallSnapshot', index: 1, term: 1, log: [] }], next]);
    await breaks('InstallSnapshot', [...sent, next]);
  });

  it('is a vote for itself of a candidate, and told once', async () => {
    const next = receive('n2', 'n3', answersVote(2, false));
    const { facts } = await judgeSteps([...LEGAL, become.candidate('n2', 2), next, next]);
    expect(facts.RequestVote).toBe(1);
  });

  it('is told of the message that asked for it, as the node was by then', async () => {
    const [story, , happened] =
      (await judgeSteps([...LEGAL, owesEntries, become.candidate('n2', 2), votes('n2', 2, 'n2')])).anomalies[0]
        ?.story ?? [];
    const mine = LEGAL.filter(([node]) => node === 'n2').length + 1;
    expect(story).toMatch(new RegExp(`^Before event ${mine} of n2, at [^,]* s, it was follower in term 1`));
    expect(happened).toBe(
      'What happened: n2 did not append 1 entry from index 3 on after AppendEntries from n1, and next campaigned in term 2.',
    );
  });

  it('is asked for once', async () => {
    const { facts } = await judgeSteps([
      ...LEGAL,
      owesEntries,
      become.candidate('n2', 2),
      votes('n2', 2, 'n2'),
      become.candidate('n2', 3),
      votes('n2', 3, 'n2'),
    ]);
    expect(facts.AcceptAppendEntriesRequest).toBe(1);
  });
});

describe('what an earlier message asked for', () => {
  const heartbeat = receive('n2', 'n1', { ...entriesAfter(1, 2, 1, [], 1), round: 2 });
  const later = receive('n3', 'n1', answersVote(2, false));

  it('UpdateTerm: does not let a node enter a term any more', async () => {
    await breaks('UpdateTerm', [receive('n2', 'n3', asksVote(2, 2, 1)), heartbeat, enters('n2', 2)]);
    await breaks('UpdateTerm', [enters('n3', 1)]);
  });

  it('BecomeFollower: does not let it become a follower', async () => {
    const entered = [receive('n2', 'n3', answersVote(2, false)), enters('n2', 2)];
    await holds([...entered, become.follower('n2', 2, null)]);
    const other = receive('n2', 'n3', answersVote(2, false));
    await breaks('BecomeFollower', [...entered, other, become.follower('n2', 2, null)]);
    await holds([heartbeat, become.follower('n2', 1, 'n1')]);
    await breaks('BecomeFollower', [
      heartbeat,
      receive('n2', 'n3', answersVote(1, false)),
      become.follower('n2', 1, 'n1'),
    ]);
  });

  it('HandleRequestVoteRequest: does not let it vote', async () => {
    const ignored = receive('n3', 'n2', asksVote(2, 2, 1));
    await breaks('HandleRequestVoteRequest', [ignored, later, enters('n3', 2), votes('n3', 2, 'n2')]);
  });

  it('BecomeFollower: nor does a term that was entered without a message', async () => {
    const entered = [enters('n3', 5), receive('n3', 'n1', answersVote(1, false)), become.follower('n3', 5, null)];
    expect(await broken(entered)).toEqual(['UpdateTerm', 'BecomeFollower']);
  });

  it('is told as missing once, and is no excuse for doing it later', async () => {
    const ofRule = async (rule: string, lines: readonly Line[], assumed?: Assumed) => {
      const { facts } = await judgeSteps([...LEGAL, ...lines], assumed);
      return Number(facts[rule] ?? 0) - Number((await judgeSteps(LEGAL, assumed)).facts[rule] ?? 0);
    };
    const told = receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1));
    expect(await ofRule('AcceptAppendEntriesRequest', [told, heartbeat, heartbeat])).toBe(1);
    expect(await ofRule('AcceptAppendEntriesRequest', [told, heartbeat, append('n2', 1, 3, E3)])).toBe(2);
    const commit = receive('n2', 'n1', entriesAfter(1, 2, 1, [], 2));
    expect(await ofRule('FollowerCommit', [commit, heartbeat, heartbeat])).toBe(1);
    expect(await ofRule('FollowerCommit', [commit, heartbeat, commits('n2', 1, 2)])).toBe(2);
    const whole = receive('n2', 'n1', snapshot(1, 2, 1));
    const install: Line = ['n2', { name: 'InstallSnapshot', index: 2, term: 1, log: [] }];
    expect(await ofRule('InstallSnapshot', [whole, heartbeat, heartbeat])).toBe(1);
    expect(await ofRule('InstallSnapshot', [whole, heartbeat, install])).toBe(2);
    const term = receive('n1', 'n3', answersVote(3, false));
    expect(await ofRule('UpdateTerm', [term, append('n1', 1, 3, E3), receive('n1', 'n2', accepts(1, 2))])).toBe(1);
    const acked = receive('n1', 'n2', accepts(1, 2));
    expect(await ofRule('UpdateTerm', [term, acked, acked])).toBe(1);
    const campaign = [become.candidate('n2', 2), votes('n2', 2, 'n2')];
    const leads = receive('n2', 'n3', entriesAfter(2, 2, 1, []));
    const refused = receive('n2', 'n1', answersVote(2, false));
    expect(await ofRule('BecomeFollower', [...campaign, leads, refused, refused])).toBe(1);
    const asked = receive('n2', 'n3', asksVote(1, 2, 1, true));
    expect(await ofRule('PreVote', [asked, heartbeat, heartbeat], { preVote: true })).toBe(1);
  });
});

describe('the term in which a node acts', () => {
  it.each<[string, Line, Assumed?]>([
    ['appends', append('n1', 2, 3, entry(2, 9))],
    ['commits', commits('n2', 2, 2)],
    ['follows', become.follower('n2', 2, 'n1')],
    ['asks for pre-votes', become.preCandidate('n2', 2), { preVote: true }],
    ['votes', votes('n2', 2, 'n3')],
    ['wins', become.leader('n2', 2, 'n2', 'n3')],
    ['takes reads', ['n1', { name: 'ReadRequest', term: 2, read: 1, readIndex: 2, round: 2 }]],
    ['serves reads', ['n2', { name: 'ServeRead', term: 2, how: 'follower', reads: [1], index: 1 }]],
  ])('is one that it entered where it %s', async (_does, line, assumed) => {
    expect((await broken([line], assumed)).filter((kind) => kind === 'UpdateTerm')).toEqual(['UpdateTerm']);
  });

  it('UpdateTerm: is entered once', async () => {
    await breaks('UpdateTerm', [receive('n1', 'n3', answersVote(3, false)), enters('n1', 3), enters('n1', 3)]);
  });

  it('BecomeFollower: whoever hears from a leader of a later term need not say that it follows', async () => {
    await holds([
      become.candidate('n3', 1),
      votes('n3', 1, 'n3'),
      receive('n3', 'n2', entriesAfter(2, 0, 0, [], 0)),
      enters('n3', 2),
      become.candidate('n3', 3),
      votes('n3', 3, 'n3'),
    ]);
  });
});

describe('pre-votes', () => {
  it('PreVote: a vote that is late is no pre-vote', async () => {
    const preVote = true;
    const granted = receive('n2', 'n3', answersVote(2, true, true));
    const campaign = [become.preCandidate('n2', 1), granted, become.candidate('n2', 2), votes('n2', 2, 'n2')];
    const again = [become.preCandidate('n2', 2), receive('n2', 'n3', answersVote(2, true))];
    const next = [become.candidate('n2', 3), votes('n2', 3, 'n2')];
    const start = await broken(campaign, { preVote });
    const late = await judgeSteps([...LEGAL, ...campaign, ...again, ...next], { preVote });
    const asked = [...campaign, ...again, receive('n2', 'n1', answersVote(3, true, true)), ...next];
    const pre = (await judgeSteps([...LEGAL, ...asked], { preVote })).facts.PreVote;
    // n1 campaigned without, in the beginning.
    expect(start).toEqual(['PreVote']);
    expect([late.facts.PreVote, pre]).toEqual([2, 1]);
  });
});

describe('votes', () => {
  /** n3 is in term 2, and has not voted there. */
  const entered = [receive('n3', 'n1', answersVote(2, false)), enters('n3', 2)];
  const asked = (term: number) => receive('n3', 'n2', asksVote(term, 2, 1));
  const voted = [votes('n3', 2, 'n2'), durable('n3', 2, 'n2', 0)];

  it('HandleRequestVoteRequest: who has not voted in its term votes for the first that asks', async () => {
    const stickToLeader = false;
    await holds([...entered, asked(2), ...voted, send('n3', 'n2', answersVote(2, true))], { stickToLeader });
    const next = [become.candidate('n3', 3), votes('n3', 3, 'n3')];
    for (const other of [next, [send('n3', 'n2', answersVote(2, false))]]) {
      await breaks('HandleRequestVoteRequest', [...entered, asked(2), ...other], { stickToLeader });
      // Unless it hears from the leader of the term before.
      await holds([...entered, asked(2), ...other]);
    }
  });

  it('HandleRequestVoteRequest: who hears from a leader may refuse even the vote that it gave, in its own term', async () => {
    const again = [...entered, asked(2), ...voted, asked(2)];
    await holds([...again, send('n3', 'n2', answersVote(2, false))]);
    await breaks('HandleRequestVoteRequest', [...again, send('n3', 'n2', answersVote(1, false))]);
    await breaks('HandleRequestVoteRequest', [...again, send('n3', 'n2', answersVote(2, false))], {
      stickToLeader: false,
    });
  });

  it('HandleRequestVoteRequest: not in a term that is over', async () => {
    await holds([...entered, asked(1), send('n3', 'n2', answersVote(2, false))]);
    await breaks('HandleRequestVoteRequest', [...entered, asked(1), send('n3', 'n2', answersVote(2, true))]);
    await breaks('HandleRequestVoteRequest', [...entered, asked(1), ...voted]);
  });

  it('HandleRequestVoteRequest: who asks again for the vote that it has is told so, and nobody else', async () => {
    const first = [...entered, asked(2), ...voted];
    await holds([...first, asked(2), send('n3', 'n2', answersVote(2, true)), send('n3', 'n2', answersVote(2, true))]);
    const other = [...first, receive('n3', 'n1', asksVote(2, 2, 1))];
    await holds([...other, send('n3', 'n1', answersVote(2, false))]);
    await breaks('HandleRequestVoteRequest', [...other, send('n3', 'n1', answersVote(2, true))]);
    await breaks('HandleRequestVoteRequest', [...other, votes('n3', 2, 'n1')]);
  });
});

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
    await holds([...stale, send('n2', 'n1', installed(2, 2, 0, false))]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', installed(1, 2, 0, false))]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', installed(2, 2, 5, false))]);
    await breaks('InstallSnapshot', [...stale, send('n2', 'n1', installed(2, 2, 0, true))]);
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

describe('what was sent', () => {
  const read: Line = ['n1', { name: 'ReadRequest', term: 1, read: 1, readIndex: 2, round: 2 }];

  it.each<[string, object]>([
    ['entries', { ...entriesAfter(1, 2, 1, [], 2), round: 2 }],
    ['a snapshot', snapshot(1, 2, 1, { round: 2 })],
  ])('ReadIndex: a round of which %s went out before the read does not confirm it', async (_what, message) => {
    await breaks('ReadIndex', [send('n1', 'n3', message), read]);
    await holds([send('n1', 'n3', { ...message, round: 1 }), read]);
  });

  it('PreVote: an answer to another question, or to another node, is none', async () => {
    const assumed = { stickToLeader: false, preVote: true };
    const asked = receive('n2', 'n3', asksVote(1, 2, 1, true));
    const next = become.preCandidate('n2', 1);
    const former = [receive('n2', 'n3', asksVote(0, 2, 0)), receive('n2', 'n3', entriesAfter(0, 0, 0, []))];
    const answer = send('n2', 'n3', answersVote(1, false, true));
    const start = (await judgeSteps(LEGAL, assumed)).facts.PreVote;
    const others = [send('n2', 'n3', answersVote(1, false)), send('n2', 'n3', rejects(1, 0, 0, 0))];
    const ofPreVotes = async (...lines: Line[]) =>
      Number((await judgeSteps([...LEGAL, ...former, asked, ...lines, next], assumed)).facts.PreVote) - Number(start);
    expect(await ofPreVotes(...others, answer)).toBe(0);
    for (const other of others) expect(await ofPreVotes(other)).toBe(1);
  });

  it('RequestVote: requests of the last 64 candidacies are judged, those of older ones not', async () => {
    const campaigns = Array.from({ length: 65 }, (_, place) => [
      become.candidate('n3', place + 1),
      votes('n3', place + 1, 'n3'),
    ]).flat();
    await breaks('RequestVote', [...campaigns.slice(0, 4), send('n3', 'n1', asksVote(1, 7, 1))]);
    await breaks('RequestVote', [...campaigns.slice(0, 128), send('n3', 'n1', asksVote(1, 7, 1))]);
    await breaks('RequestVote', [...campaigns, send('n3', 'n1', asksVote(2, 7, 1))]);
    await holds([...campaigns, send('n3', 'n1', asksVote(1, 7, 1)), send('n3', 'n1', asksVote(2, 0, 0))]);
    await breaks('RequestVote', [...campaigns, send('n3', 'n1', asksVote(66, 0, 0))]);
  });
});

describe('the log', () => {
  it('AppendEntries: a leader need not tell all that it has', async () => {
    await holds([append('n1', 1, 3, E3), send('n1', 'n3', entriesAfter(1, 1, 1, [E2], 2))]);
    await breaks('AppendEntries', [append('n1', 1, 3, E3), send('n1', 'n3', entriesAfter(1, 1, 1, [E3], 2))]);
  });

  it('AcceptAppendEntriesRequest: each entry is compared, the first as well', async () => {
    const told = receive('n2', 'n1', entriesAfter(1, 1, 1, [E2, E3, E4], 1));
    await breaks('AcceptAppendEntriesRequest', [told, append('n2', 1, 3, entry(1, 99), E4)]);
    await breaks('AcceptAppendEntriesRequest', [told, append('n2', 1, 3, entry(2, E3.digest), E4)]);
    await breaks('AcceptAppendEntriesRequest', [told, append('n2', 1, 3, E3, entry(1, 99))]);
  });

  const owesNothing = receive('n2', 'n1', { ...entriesAfter(1, 3, 1, [], 0), round: 2 });

  it('a node is taken at its word: what it appended wrongly it does not owe any more', async () => {
    const told = receive('n2', 'n1', entriesAfter(1, 2, 1, [E3, E4], 4));
    const { facts } = await judgeSteps([...LEGAL, told, append('n2', 1, 3, E3), commits('n2', 1, 4)]);
    expect([facts.AcceptAppendEntriesRequest, facts.FollowerCommit]).toEqual([1, 1]);
    const next = await judgeSteps([...LEGAL, told, append('n2', 1, 3, E3), commits('n2', 1, 3), owesNothing]);
    expect([next.facts.AcceptAppendEntriesRequest, next.facts.FollowerCommit]).toEqual([1, 1]);
  });

  it('PersistentBeforeAnswer: what takes the place of a durable entry is not durable, what precedes it is', async () => {
    const replaces: readonly Line[] = [
      append('n1', 1, 3, E3, E4),
      durable('n1', 1, 'n1', 4),
      ...n2Leads,
      send('n2', 'n1', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
      receive('n1', 'n2', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
      enters('n1', 2),
      become.follower('n1', 2, 'n2'),
      durable('n1', 2, null, 4),
      append('n1', 2, 3, entry(2, 0)),
    ];
    const before = { ...entriesAfter(2, 1, 1, [E2], 1), round: 2 };
    const toTwo = [receive('n1', 'n2', before), send('n1', 'n2', { ...accepts(2, 2), round: 2 })];
    await breaks('PersistentBeforeAnswer', [...replaces, send('n1', 'n2', accepts(2, 3))]);
    await holds([...replaces, send('n2', 'n1', before), ...toTwo]);
    await holds([...replaces, durable('n1', 2, null, 3), send('n1', 'n2', accepts(2, 3))]);
  });

  it('PersistentBeforeAnswer: an entry does not become durable because another follows it', async () => {
    const takes = [
      receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)),
      append('n2', 1, 3, E3),
      receive('n2', 'n1', { ...entriesAfter(1, 3, 1, [E4], 1), round: 2 }),
      append('n2', 1, 4, E4),
    ];
    await breaks('PersistentBeforeAnswer', [...takes, send('n2', 'n1', accepts(1, 3))]);
    await holds([...takes, durable('n2', 1, 'n1', 3), send('n2', 'n1', accepts(1, 3))]);
  });
});

describe('the log, where it is told by hints and snapshots', () => {
  /** n2 has these behind what is committed, then hears from n3, which leads term 4, and compares them at `index`. */
  const compared = (behind: { term: number; digest: number }[], index: number, conflictIndex: number): Line[] => [
    init('n2', { term: 3, log: [E1, E2, ...behind] }),
    receive('n2', 'n3', entriesAfter(4, index, 4, [], 0)),
    enters('n2', 4),
    become.follower('n2', 4, 'n3'),
    send('n2', 'n3', rejects(4, index, behind.at(-1)?.term ?? 1, conflictIndex)),
  ];
  const OF_2 = entry(2, 7);
  const OF_3 = entry(3, 8);

  it('RejectAppendEntriesRequest: the hint is the first index of the conflicting term', async () => {
    await holds(compared([], 2, 1));
    await holds(compared([OF_2], 3, 3));
    await holds(compared([OF_2, OF_2, OF_2], 5, 3));
    await holds(compared([OF_2, OF_3, OF_3], 5, 4));
    for (const index of [2, 4]) await breaks('RejectAppendEntriesRequest', compared([OF_2, OF_2, OF_2], 5, index));
  });

  it("RejectAppendEntriesRequest: a snapshot's last entry is not the first of a term", async () => {
    const told = receive('n2', 'n3', entriesAfter(2, 3, 2, [], 0));
    const follows = [enters('n2', 2), become.follower('n2', 2, 'n3')];
    const n2Has = [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3], 1)), append('n2', 1, 3, E3), compacts('n2', 1, 1)];
    await holds([...n2Has, told, ...follows, send('n2', 'n3', rejects(2, 3, 1, 2))]);
    await breaks('RejectAppendEntriesRequest', [...n2Has, told, ...follows, send('n2', 'n3', rejects(2, 3, 1, 1))]);
  });

  it('what conflicts is gone, with all that followed it', async () => {
    const replaced: readonly Line[] = [
      append('n1', 1, 3, E3, E4),
      receive('n1', 'n2', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
      enters('n1', 2),
      become.follower('n1', 2, 'n2'),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, null, 3),
    ];
    const told = (index: number) => receive('n1', 'n2', { ...entriesAfter(2, index, 2, [], 1), round: 2 });
    await holds([...replaced, told(3), send('n1', 'n2', { ...accepts(2, 3), round: 2 })]);
    await holds([...replaced, told(4), send('n1', 'n2', { ...rejects(2, 4, 0, 4), round: 2 })]);
    await breaks('Durable', [...replaced, durable('n1', 2, null, 4)]);
  });

  it('is compacted again and again, and keeps what follows a snapshot', async () => {
    const twice = [compacts('n1', 1, 1), compacts('n1', 2, 1), append('n1', 1, 3, E3)];
    await holds([...twice, send('n1', 'n2', entriesAfter(1, 2, 1, [E3], 2))]);
    await breaks('AppendEntries', [...twice, send('n1', 'n2', entriesAfter(1, 2, 1, [E4], 2))]);
    const n2Has = [receive('n2', 'n1', entriesAfter(1, 2, 1, [E3, E4], 1)), append('n2', 1, 3, E3, E4)];
    const installs = (...log: { term: number; digest: number }[]): Line[] => [
      ...n2Has,
      compacts('n2', 1, 1),
      receive('n2', 'n1', { ...snapshot(1, 2, 1), round: 2 }),
      ['n2', { name: 'InstallSnapshot', index: 2, term: 1, log }],
    ];
    await holds(installs(E3, E4));
    await breaks('InstallSnapshot', installs(E4));
  });

  it('is taken to be what a node says that it is, also behind a gap, or where its snapshot was', async () => {
    const next = (index: number) => receive('n2', 'n1', entriesAfter(1, index, 1, [], 1));
    const told = async (...lines: Line[]) => (await judgeSteps([...LEGAL, ...lines])).anomalies.length;
    const accepted = (index: number) => [durable('n2', 1, 'n1', index), send('n2', 'n1', accepts(1, index))];
    expect(await told(append('n2', 1, 5, E3, E4), next(6), ...accepted(6))).toBe(1);
    expect(await told(compacts('n2', 1, 1), append('n2', 1, 1, E1, E2, E3), next(3), ...accepted(3))).toBe(1);
    expect(await told(append('n2', 1, 2, E2, E3), next(3), ...accepted(3))).toBe(1);
    expect(await told(compacts('n2', 7, 1), next(2), ...accepted(2))).toBe(1);
  });
});

describe('what a quorum holds', () => {
  const verdictOf = async (lines: readonly Line[], nodes: readonly string[]) =>
    (await judgeEvents(eventsOf(lines, 1000), {}, nodes)).anomalies.map(({ kind }) => kind);
  /** n2 leads term 2, and appends to its log up to index 4. */
  const leads = [...n2Leads, append('n2', 2, 4, entry(2, 1))];

  it('AdvanceCommitIndex: is the least of what the leader and one of two followers hold', async () => {
    const agreed: [own: number, from: string, acked: number, index: number][] = [
      [4, 'n1', 3, 3],
      [4, 'n3', 3, 3],
      [3, 'n1', 4, 3],
      [3, 'n3', 4, 3],
      [4, 'n1', 4, 4],
    ];
    for (const [own, from, acked, index] of agreed) {
      const held = [...leads, durable('n2', 2, 'n2', own), receive('n2', from, accepts(2, acked))];
      await holds([...held, commits('n2', 2, index, true)]);
      await breaks('AdvanceCommitIndex', [...held, commits('n2', 2, 7 - index, true)]);
    }
  });

  it('AdvanceCommitIndex: is nothing before anybody has answered', async () => {
    const place = LEGAL.findIndex(([, { name }]) => name === 'AdvanceCommit');
    const before = LEGAL.slice(0, place - 1);
    expect(await verdictOf([...before, commits('n1', 1, 1, true)], NODES)).toEqual(['AdvanceCommitIndex']);
    expect(await verdictOf(LEGAL.slice(0, place + 1), NODES)).toEqual([]);
  });

  it('AdvanceCommitIndex: is what three of five hold', async () => {
    const five = [...NODES, 'n4', 'n5'];
    const begins: Line[] = [
      ...five.map((node) => init(node)),
      become.candidate('n3', 1),
      votes('n3', 1, 'n3'),
      durable('n3', 1, 'n3', 0),
      receive('n3', 'n1', answersVote(1, true)),
      receive('n3', 'n5', answersVote(1, true)),
    ];
    const acked = (...each: [from: string, index: number][]): Line[] => [
      ...begins,
      become.leader('n3', 1, 'n1', 'n3', 'n5'),
      append('n3', 1, 1, E1, E2, E3, E4),
      durable('n3', 1, 'n3', 4),
      ...each.map(([from, index]) => receive('n3', from, accepts(1, index))),
    ];
    const cases: [lines: Line[], index: number][] = [
      [acked(['n1', 3], ['n2', 2]), 2],
      [acked(['n5', 1], ['n4', 3], ['n1', 2]), 2],
      [acked(['n1', 4], ['n2', 1], ['n4', 3], ['n5', 2]), 3],
    ];
    for (const [lines, index] of cases) {
      for (let claimed = 1; claimed <= 4; claimed++) {
        const rules = await verdictOf([...lines, commits('n3', 1, claimed, true)], five);
        expect(rules, `${claimed} for ${index}`).toEqual(claimed === index ? [] : ['AdvanceCommitIndex']);
      }
    }
    expect(await verdictOf([...acked(['n1', 4]), commits('n3', 1, 4, true)], five)).toEqual(['AdvanceCommitIndex']);
    expect(await verdictOf([...begins, become.leader('n3', 1, 'n1', 'n3')], five)).toEqual(['BecomeLeader']);
  });

  it('AdvanceCommitIndex: answers of an earlier leadership do not count', async () => {
    const again: readonly Line[] = [
      become.follower('n1', 1, null),
      become.candidate('n1', 2),
      votes('n1', 2, 'n1'),
      durable('n1', 2, 'n1', 2),
      receive('n1', 'n2', answersVote(2, true)),
      become.leader('n1', 2, 'n1', 'n2'),
      append('n1', 2, 3, entry(2, 0)),
      durable('n1', 2, 'n1', 3),
    ];
    const acked = [append('n1', 1, 3, E3), receive('n1', 'n2', accepts(1, 3)), receive('n1', 'n3', accepts(1, 3))];
    const replaced = [...acked, ...again.slice(0, 6), append('n1', 2, 4, entry(2, 0)), durable('n1', 2, 'n1', 4)];
    await holds([...again, receive('n1', 'n2', accepts(2, 3)), commits('n1', 2, 3, true)]);
    await breaks('AdvanceCommitIndex', [...again, commits('n1', 2, 3, true)]);
    await breaks('AdvanceCommitIndex', [...replaced, commits('n1', 2, 4, true)]);
  });

  it('AdvanceCommitIndex: an entry of a former term counts when one of its own follows', async () => {
    const held = [...n2Leads, durable('n2', 2, 'n2', 3)];
    await breaks('AdvanceCommitIndex', [...held, receive('n2', 'n3', accepts(2, 2)), commits('n2', 2, 2, true)]);
    await holds([
      ...held,
      receive('n2', 'n3', accepts(2, 2)),
      receive('n2', 'n3', accepts(2, 3)),
      commits('n2', 2, 3, true),
    ]);
  });
});

describe('roles', () => {
  it('a leader that stepped down is no leader', async () => {
    const stepsDown = become.follower('n1', 1, null);
    await holds([stepsDown, become.candidate('n1', 2), votes('n1', 2, 'n1')]);
    await breaks('AcceptAppendEntriesRequest', [stepsDown, append('n1', 1, 3, E3)]);
    await breaks('AppendEntries', [stepsDown, send('n1', 'n3', entriesAfter(1, 2, 1, [], 2))]);
    await breaks('InstallSnapshot', [stepsDown, send('n1', 'n3', snapshot(1, 2, 1))]);
  });

  it('BecomeLeader: a candidate that follows another wins no more', async () => {
    const campaign = n2Leads.slice(0, 10);
    const follows = [receive('n2', 'n1', entriesAfter(2, 2, 1, [])), become.follower('n2', 2, 'n1')];
    await breaks('BecomeLeader', [...campaign, ...follows, become.leader('n2', 2, 'n2', 'n3')]);
  });
});
