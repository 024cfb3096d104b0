import { describe, expect, it } from 'vitest';
import type { Feature } from '../../../../spec/raft/features.js';
import type { AppendEntriesRequest, RaftMessage } from '../../../../spec/raft/messages.js';
import { raft } from '../../../../spec/raft/raft.js';
import type { Server } from '../../../../spec/raft/server.js';

/** Messages come from n2, the other of two servers, in term 3. */
const from = { from: 1, to: 0, term: 3 } as const;
const append: AppendEntriesRequest = {
  ...{ type: 'AppendEntriesRequest', ...from },
  ...{ prevLogIndex: 0, prevLogTerm: 0, entries: [], commitIndex: 0 },
};

/** In a model no message comes twice, and no two servers lead one term: in a network, and where there are defects, they do. */
describe('a server that gets what no model without defects sends', () => {
  it('grants its vote again to whom it was granted', () => {
    const [handled] = all({ votedFor: 1 }, { type: 'RequestVoteRequest', ...from, lastLogIndex: 0, lastLogTerm: 0 });
    expect(handled?.reply).toMatchObject({ type: 'RequestVoteResponse', to: 1, term: 3, voteGranted: true });
  });

  it('refuses what does not fit, and tells of no entry', () => {
    const [handled] = all({}, { ...append, prevLogIndex: 1, prevLogTerm: 1 });
    expect(handled?.reply).toMatchObject({ type: 'AppendEntriesResponse', to: 1, success: false, matchIndex: 0 });
  });

  it('counts a pre-vote once', () => {
    const message = { type: 'PreVoteResponse', ...from, term: 4, voteGranted: true } as const;
    const [once] = all({ state: 'PreCandidate', preVotesGranted: [0] }, message, ['pre-vote']);
    expect(once?.node.preVotesGranted).toEqual([0, 1]);
    const [twice] = all(once?.node ?? {}, message, ['pre-vote']);
    expect(twice?.node).toEqual(once?.node);
  });

  it('installs no snapshot of another leader of its term, as it takes no entries of one', () => {
    const snapshot = { lastIncludedIndex: 1, lastIncludedTerm: 3, snapshot: [{ term: 3, value: 0 }] };
    const messages = [append, { type: 'InstallSnapshotRequest', ...from, ...snapshot }] as const;
    for (const message of messages) {
      expect(all({ state: 'Leader' }, message, ['snapshots'])).toEqual([]);
      expect(all({ state: 'Follower' }, message, ['snapshots'])).toHaveLength(1);
    }
  });

  it('compares no term of an entry in its snapshot but the last', () => {
    const forgotten = { term: 1, value: 7 };
    const log = [forgotten, { term: 2, value: 1 }, { term: 2, value: 2 }];
    const node = { log, snapshotIndex: 2, commitIndex: 2 };
    const success = (prevLogIndex: number, prevLogTerm: number) => {
      const entries = prevLogIndex === 1 ? [{ term: 2, value: 1 }] : [];
      return all(node, { ...append, prevLogIndex, prevLogTerm, entries }, ['snapshots']).map(({ reply }) => reply);
    };
    expect(success(1, 2)).toMatchObject([{ success: true, matchIndex: 2 }]);
    expect(success(2, 2)).toMatchObject([{ success: true, matchIndex: 2 }]);
    expect(success(2, 3)).toMatchObject([{ success: false, matchIndex: 0 }]);
    expect(success(3, 3)).toMatchObject([{ success: false, matchIndex: 0 }]);
  });
});

/** What each rule makes of a message, as far as a rule has something to do with it. */
function all(node: Partial<Server>, message: RaftMessage, features: readonly Feature[] = []) {
  const { initial, handlers } = raft({ servers: 2, elections: 1, values: 0, restarts: 0, features });
  const server: Server = { ...(initial.nodes[0] as Server), currentTerm: 3, ...node };
  return handlers.flatMap(({ handle }) => handle(server, message) ?? []);
}
