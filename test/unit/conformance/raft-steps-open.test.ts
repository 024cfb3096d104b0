import { describe, expect, it } from 'vitest';
import {
  type Assumed,
  accepts,
  answersVote,
  asksVote,
  become,
  breaks,
  commits,
  E1,
  enters,
  entriesAfter,
  holds,
  judgeSteps,
  LEGAL,
  n2Leads,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, type Line, receive, send } from './trace.js';

const E3 = entry(1, 12);

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
    const at = (LEGAL.length / 1000).toFixed(3);
    expect(story).toMatch(new RegExp(`^Before event ${mine} of n2, at ${at} s, it was follower in term 1`));
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
