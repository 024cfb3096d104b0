import { describe, expect, it } from 'vitest';
import { EtcdTrace, isEtcdLine } from '../../../../src/history/traces/etcd.js';

const event = (name: string, over: object = {}) => ({
  name,
  nid: '1',
  state: { term: 3, vote: '2', commit: 4 },
  role: 'StateFollower',
  log: 5,
  ...over,
});
const STATE = { name: 'State', role: 'follower', term: 3, votedFor: 'n2', lastIndex: 5, commitIndex: 4 };
const msg = (type: string, over: object = {}) => ({
  ...{ type, term: 3, from: '1', to: '2', entries: 2, logTerm: 1, index: 6, commit: 4, reject: false },
  ...over,
});
const stepsOf = (...told: readonly object[]) => {
  const trace = new EtcdTrace();
  return told
    .map((each) => trace.read(each))
    .flatMap((read): readonly unknown[] => (read.is === 'steps' ? read.steps : [read.is]));
};

describe('an event of etcd-io/raft', () => {
  it.each<[type: string, over: object, message: object]>([
    ['MsgVote', {}, { type: 'RequestVote', term: 3, preVote: false, lastLogIndex: 6, lastLogTerm: 1 }],
    ['MsgVoteResp', {}, { type: 'RequestVoteResponse', term: 3, preVote: false, granted: true }],
    ['MsgVoteResp', { reject: true }, { type: 'RequestVoteResponse', term: 3, preVote: false, granted: false }],
    [
      'MsgApp',
      {},
      { type: 'AppendEntries', term: 3, prevLogIndex: 6, prevLogTerm: 1, entries: [{}, {}], leaderCommit: 4 },
    ],
    ['MsgHeartbeat', {}, { type: 'AppendEntries', term: 3, leaderCommit: 4 }],
    ['MsgAppResp', {}, { type: 'AppendEntriesResponse', term: 3, success: true, matchIndex: 6 }],
    ['MsgAppResp', { reject: true }, { type: 'AppendEntriesResponse', term: 3, success: false, prevLogIndex: 6 }],
    ['MsgHeartbeatResp', {}, { type: 'AppendEntriesResponse', term: 3 }],
    ['MsgSnap', {}, { type: 'InstallSnapshot', term: 3, lastIncludedIndex: 2 }],
  ])('is a message of Raft: %s %o', (type, over, message) => {
    const content = { msg: msg(type, over) };
    expect(stepsOf(event('SendSomething', content))).toEqual([STATE, { name: 'Send', to: 'n2', message }]);
    const back = { msg: msg(type, { ...over, from: '2', to: '1' }) };
    expect(stepsOf(event('ReceiveSomething', back))).toEqual([STATE, { name: 'Receive', from: 'n2', message }]);
  });

  it('is foreign where its message, or what it does with one, is not known', () => {
    const read = (told: object) => new EtcdTrace().read(told);
    const foreign = (name: string) => ({ is: 'foreign', name, node: 'n1' });
    expect(read(event('SendSomething', { msg: msg('MsgTimeoutNow') }))).toEqual(foreign('SendSomething'));
    expect(read(event('DropSomething', { msg: msg('MsgVote') }))).toEqual(foreign('DropSomething'));
    expect(read(event('Ready', { msg: msg('MsgVote') }))).toEqual(foreign('Ready'));
    expect(read(event('Sing'))).toEqual(foreign('Sing'));
  });

  it.each(['BecomeFollower', 'BecomeCandidate', 'BecomeLeader'])('is a change of role: %s', (name) => {
    expect(stepsOf(event(name))).toEqual([{ name, term: 3 }, STATE]);
  });

  it.each(['Commit', 'Replicate', 'ChangeConf', 'ApplyConfChange', 'Ready', 'Advance', 'ReduceNextIndex'])(
    'is what the node says of itself: %s',
    (name) => {
      expect(stepsOf(event(name))).toEqual([STATE]);
    },
  );

  it('says role, vote, what is applied and who votes', () => {
    const told = (over: object) => stepsOf(event('Ready', over))[0];
    for (const [theirs, ours] of [
      ['StatePreCandidate', 'pre-candidate'],
      ['StateCandidate', 'candidate'],
      ['StateLeader', 'leader'],
    ]) {
      expect(told({ role: theirs })).toEqual({ ...STATE, role: ours });
    }
    expect(told({ state: { term: 3, vote: '0', commit: 4 } })).toEqual({ ...STATE, votedFor: null });
    expect(told({ applied: 0 })).toEqual({ ...STATE, applied: 0 });
    expect(told({ conf: [['1', 'two'], null] })).toEqual({ ...STATE, voters: [['n1', 'two']] });
    expect(told({ conf: [['1'], ['2']] })).toEqual({ ...STATE, voters: [['n1'], ['n2']] });
    expect(told({ conf: [[], null] })).toEqual(STATE);
    // Names may be numbers, and have numbers in them.
    expect(new EtcdTrace().read(event('Ready', { nid: 7 }))).toMatchObject({ node: 'n7' });
    expect(new EtcdTrace().read(event('Ready', { nid: 'node7' }))).toMatchObject({ node: 'node7' });
    expect(new EtcdTrace().read(event('Ready', { nid: '7b' }))).toMatchObject({ node: '7b' });
  });

  it('does not say the vote where an answer grants it: that is written down later', () => {
    const { votedFor: _, ...open } = STATE;
    const answers = (name: string, over: object) => stepsOf(event(name, { msg: msg('MsgVoteResp', over) }))[0];
    expect(answers('SendRequestVoteResponse', {})).toEqual(open);
    expect(answers('SendRequestVoteResponse', { reject: true })).toEqual(STATE);
    expect(answers('SendAppendEntriesResponse', {})).toEqual(STATE);
    expect(answers('ReceiveRequestVoteResponse', {})).toEqual(STATE);
  });

  it('tells what a start loaded only once the node takes part', () => {
    const [init, loads] = [event('InitState', { log: 0 }), event('BecomeFollower', { log: 7 })];
    const loaded = { ...STATE, lastIndex: 7 };
    expect(stepsOf(init, loads)).toEqual([{ name: 'InitState' }]);
    expect(stepsOf(init, loads, event('Ready'))).toEqual([{ name: 'InitState' }, loaded, STATE]);
    expect(stepsOf(init, loads, event('Ready'), event('Ready'))).toEqual([{ name: 'InitState' }, loaded, STATE, STATE]);
    expect(stepsOf(init, event('Bootstrap'), event('ApplyConfChange', { log: 8 }), event('Ready'))).toEqual([
      { name: 'InitState' },
      { ...STATE, lastIndex: 8 },
      STATE,
    ]);
    // Nothing was loaded; a follower that becomes one later does not start; nor does another node.
    expect(stepsOf(init, event('Ready'), loads)).toEqual([
      { name: 'InitState' },
      STATE,
      { name: 'BecomeFollower', term: 3 },
      loaded,
    ]);
    expect(stepsOf(init, { ...loads, nid: '2' })).toEqual([
      { name: 'InitState' },
      { name: 'BecomeFollower', term: 3 },
      loaded,
    ]);
    // Before anything started, a first configuration is nothing that is known.
    expect(stepsOf(event('Bootstrap'))).toEqual(['foreign']);
    // An event that is not known is none in which it takes part.
    expect(stepsOf(init, loads, event('Sing'), event('Ready'))).toEqual([
      { name: 'InitState' },
      'foreign',
      loaded,
      STATE,
    ]);
  });

  it('is told from other lines of a log', () => {
    const read = (json: unknown) => new EtcdTrace().read(json);
    const other = { is: 'other' };
    for (const json of ['trace', null, 7, {}, { nid: '1' }, { name: 'Ready' }, { event: null }, { tag: 'other' }]) {
      expect(isEtcdLine(json), JSON.stringify(json)).toBe(false);
      expect(read(json)).toEqual(other);
    }
    for (const json of [event('Ready'), { tag: 'trace', event: event('Ready') }, { nid: -1, name: 7 }]) {
      expect(isEtcdLine(json), JSON.stringify(json)).toBe(true);
    }
    expect(read({ tag: 'trace' })).toEqual({ is: 'malformed', what: 'event: not an event of etcd-io/raft' });
    expect(read(event('Ready', { role: 'King' }))).toMatchObject({
      is: 'malformed',
      what: expect.stringContaining('event.role: '),
    });
  });
});
