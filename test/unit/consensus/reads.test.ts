import { describe, expect, it } from 'vitest';
import type { ClientResponse } from '../../../src/consensus/protocol.js';
import type { NodeId } from '../../../src/kernel/ids.js';
import { TestCluster } from './cluster.js';

const READ = { operation: { f: 'read', key: 'x' } };
const write = (value: number) => ({ operation: { f: 'write', key: 'x', value } });

/** Wins an election at once, with whom its messages reach: as if everybody had been silent for long. */
function elect(cluster: TestCluster, id: NodeId, reached: readonly NodeId[]): void {
  cluster.nowUs += 2_000_000;
  cluster.fire(id, 'election');
  settleAmong(cluster, reached);
  expect(cluster.node(id).core?.status().role).toBe('leader');
}

/** What concerns others than these is lost. */
function settleAmong(cluster: TestCluster, ids: readonly NodeId[]): void {
  for (let quiet = false; !quiet; ) {
    quiet = true;
    for (const id of ids) while (cluster.sync(id)) quiet = false;
    cluster.messages = cluster.messages.filter(({ from, to }) => ids.includes(from) && ids.includes(to));
    if (cluster.messages.length > 0) {
      cluster.deliver();
      quiet = false;
    }
  }
}

describe('a read by ReadIndex', () => {
  it('is not confirmed by the answer to a message that the leader sent before its process ended', () => {
    const all = ['n1', 'n2', 'n3'];
    const cluster = new TestCluster(all, { reads: 'read-index', checkQuorum: false });
    const replies = new Map<number, ClientResponse>();
    cluster.onReply = (_, id, response) => replies.set(id, response);
    cluster.startAll();
    elect(cluster, 'n1', all);
    cluster.request('n1', write(1));
    settleAmong(cluster, all);
    // Ten reads, so that its rounds have come far.
    for (let reads = 0; reads < 10; reads++) {
      cluster.request('n1', READ);
      settleAmong(cluster, all);
    }
    cluster.fire('n1', 'heartbeat');
    cluster.fire('n1', 'heartbeat');
    const late = cluster.messages.filter(({ to }) => to === 'n2');
    expect(late.length).toBeGreaterThan(0);
    cluster.messages = [];
    cluster.crash('n1');
    cluster.start('n1');
    elect(cluster, 'n1', all);
    // Only now does n2 get them, and refuses them in the term that it is in.
    cluster.messages = late;
    settleAmong(cluster, all);
    // n1 is cut off, and others go on without it.
    elect(cluster, 'n2', ['n2', 'n3']);
    const written = cluster.request('n2', write(2));
    settleAmong(cluster, ['n2', 'n3']);
    expect(replies.get(written)).toEqual({ type: 'ok' });
    const read = cluster.request('n1', READ);
    settleAmong(cluster, ['n1']);
    expect(replies.get(read)).toBeUndefined();
  });
});

describe('a vote', () => {
  it('is told again to whom it was given, also by a voter that hears it as its leader by now', () => {
    const all = ['n1', 'n2', 'n3'];
    const cluster = new TestCluster(all, { checkQuorum: true, preVote: false });
    cluster.startAll();
    cluster.nowUs += 2_000_000;
    cluster.fire('n1', 'election');
    cluster.sync('n1');
    const [asked] = cluster.messages.filter(({ to }) => to === 'n2');
    if (asked === undefined) throw new Error('n1 did not ask n2');
    // What comes between does not fit, so that n2's log stays as it was when it voted.
    const append = { type: 'AppendEntries', term: 1, prevLogIndex: 2, prevLogTerm: 1, entries: [] } as const;
    const message = { ...append, leaderCommit: 0, round: 1, sentAtUs: 0 };
    cluster.messages = [asked, { from: 'n1', to: 'n2', message }];
    for (const _ of all) cluster.deliver();
    while (cluster.sync('n2'));
    expect(cluster.node('n2').core?.status().leader).toBe('n1');
    cluster.messages = [asked];
    cluster.deliver();
    while (cluster.sync('n2'));
    expect(cluster.messages.map(({ message }) => message)).toMatchObject([
      { type: 'RequestVoteResponse', granted: true },
    ]);
  });
});

describe('a read by lease', () => {
  it('is not served by a leader whose follower was led into a later term by a response, and there voted for another', () => {
    const cluster = new TestCluster(['n1', 'n2', 'n3'], { reads: 'lease', checkQuorum: true, preVote: false });
    const replies = new Map<number, ClientResponse>();
    cluster.onReply = (_, id, response) => replies.set(id, response);
    /** Delivers what `from` has sent to `to` so far; all else waits. */
    const deliver = (from: NodeId, to: NodeId) => {
      const waiting = cluster.messages.filter((message) => message.from !== from || message.to !== to);
      cluster.messages = cluster.messages.filter((message) => message.from === from && message.to === to);
      for (let left = cluster.messages.length; left > 0; left--) cluster.deliver();
      for (const id of ['n1', 'n2', 'n3']) while (cluster.sync(id));
      cluster.messages = [...waiting, ...cluster.messages];
    };
    cluster.startAll();
    cluster.nowUs += 2_000_000;
    for (const id of ['n1', 'n2']) cluster.fire(id, 'election');
    for (const id of ['n1', 'n2']) while (cluster.sync(id));
    // n1 is elected by n3; what n2 asked of n3 is late.
    for (const other of ['n3', 'n3', 'n2']) {
      deliver('n1', other);
      deliver(other, 'n1');
    }
    expect(cluster.node('n1').core?.status().role).toBe('leader');
    // n3 hears no more of n1, and n2 does.
    for (let beat = 0; beat < 40; beat++) {
      cluster.nowUs += 50_000;
      cluster.fire('n1', 'heartbeat');
      deliver('n1', 'n2');
      deliver('n2', 'n1');
      cluster.messages = cluster.messages.filter(({ from, to }) => from !== 'n1' || to !== 'n3');
    }
    const [asked] = cluster.messages.filter(({ from, to }) => from === 'n2' && to === 'n3');
    cluster.fire('n3', 'election');
    while (cluster.sync('n3'));
    const campaign = cluster.messages.filter(({ from }) => from === 'n3');
    cluster.messages = asked ? [asked] : [];
    // n3 refuses in term 2, which n2 enters by that, and then asks n2.
    deliver('n2', 'n3');
    deliver('n3', 'n2');
    expect(cluster.node('n2').core?.status().term).toBe(2);
    cluster.messages = campaign;
    deliver('n3', 'n2');
    deliver('n2', 'n3');
    expect(cluster.node('n3').core?.status().role).toBe('candidate');
    const read = cluster.request('n1', READ);
    expect(replies.get(read)?.type).toBe('ok');
  });
});
