import { describe, expect, it } from 'vitest';
import {
  accepts,
  answersVote,
  become,
  breaks,
  commits,
  E1,
  E2,
  enters,
  entriesAfter,
  eventsOf,
  holds,
  judgeEvents,
  judgeSteps,
  LEGAL,
  n2Leads,
  rejects,
  snapshot,
  votes,
} from './steps.js';
import { append, durable, entry, init, type Line, NODES, receive, send } from './trace.js';

const E3 = entry(1, 12);
const E4 = entry(1, 13);
const compacts = (node: string, index: number, term: number): Line => [node, { name: 'Compact', index, term }];

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
    const replaces = (...behind: { term: number; digest: number }[]): Line[] => [
      append('n1', 1, 3, ...behind),
      durable('n1', 1, 'n1', 2 + behind.length),
      ...n2Leads,
      send('n2', 'n1', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
      receive('n1', 'n2', entriesAfter(2, 2, 1, [entry(2, 0)], 1)),
      enters('n1', 2),
      become.follower('n1', 2, 'n2'),
      durable('n1', 2, null, 2 + behind.length),
      append('n1', 2, 3, entry(2, 0)),
    ];
    const before = { ...entriesAfter(2, 1, 1, [E2], 1), round: 2 };
    const toTwo = [receive('n1', 'n2', before), send('n1', 'n2', { ...accepts(2, 2), round: 2 })];
    for (const behind of [[E3], [E3, E4]]) {
      await breaks('PersistentBeforeAnswer', [...replaces(...behind), send('n1', 'n2', accepts(2, 3))]);
    }
    await holds([...replaces(E3, E4), send('n2', 'n1', before), ...toTwo]);
    await holds([...replaces(E3, E4), durable('n1', 2, null, 3), send('n1', 'n2', accepts(2, 3))]);
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
    const twice = [append('n1', 1, 3, E3), compacts('n1', 1, 1), compacts('n1', 2, 1)];
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

  it('AdvanceCommitIndex: is not less because an earlier answer comes late', async () => {
    const held = [...leads, durable('n2', 2, 'n2', 4), receive('n2', 'n3', accepts(2, 4))];
    await holds([...held, receive('n2', 'n3', accepts(2, 3)), commits('n2', 2, 4, true)]);
    await holds([...held, receive('n2', 'n3', rejects(2, 3, 0, 3)), commits('n2', 2, 4, true)]);
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
