import type { NodeId } from '../../../kernel/ids.js';
import { batchDigest } from '../digests.js';
import type { Commit, Digest, PbftMessage, Proposal, Request } from '../messages.js';
import type { Deceit } from './deceit.js';
import type { Means } from './means.js';
import { Memo, Recent } from './memo.js';

const MAX_RECORDED = 400;
/** How often it sends an old message besides, of all that it sends. */
const REPLAYED = 0.25;
const MAX_PROPOSED = 100;

/**
 * Keeps what was said, by itself and by others, and says it again later: votes and proposals that were overtaken, view
 * changes and new views of views that are over. All of it is authentic; it was true once. As primary it also orders
 * requests again that were executed.
 */
export function replayOldView(means: Means): Deceit {
  const recorded: PbftMessage[] = [];
  const proposals = new Memo<Proposal, Proposal>();
  const commits = new Memo<Commit, Commit>();
  /** The first request of each batch that it proposed. */
  const proposed = new Recent<Digest, Request>(MAX_PROPOSED);
  /** The digests of its batches with an old request in them, by those without. */
  const told = new Recent<Digest, Digest>(MAX_PROPOSED);
  let recordings = 0;

  function record(message: PbftMessage): void {
    if (!('view' in message) && message.type !== 'Checkpoint') return;
    // Votes crowd out everything else: what is rare, and does most harm, has half of the places for itself.
    const rare = message.type === 'ViewChange' || message.type === 'NewView';
    const place = (recordings++ % (MAX_RECORDED / 2)) + (rare ? MAX_RECORDED / 2 : 0);
    recorded[place] = message;
  }

  function replay(to: NodeId) {
    const view = means.view();
    const old = recorded.filter((message) => !('view' in message) || message.view < view);
    return old.length === 0 ? [] : [means.lie(to, means.random.pick(old))];
  }

  /** The batch and a request of an earlier one, in an order that their digest fits. */
  function withOldRequest(proposal: Proposal): Proposal {
    const { requests, digest } = proposal;
    const old = proposed.values().filter(({ client }) => requests.every((request) => request.client !== client));
    const [first] = requests;
    if (first !== undefined) proposed.set(digest, first);
    const hasRoom = requests.length < means.options.batchRequests;
    if (old.length === 0 || !hasRoom || !means.random.chance(REPLAYED)) return proposal;
    const batch = [...requests, means.random.pick(old)];
    const other = batchDigest(means.keys, batch);
    told.set(digest, other);
    return means.restate(proposal, { requests: batch, digest: other });
  }

  /** The same in this view, but for batches to which an old request was added. */
  function altered(message: PbftMessage): PbftMessage {
    if (message.type === 'PrePrepare') return proposals.of(message, () => withOldRequest(message));
    const digest = message.type === 'Commit' ? told.get(message.digest) : undefined;
    if (message.type !== 'Commit' || digest === undefined) return message;
    return commits.of(message, () => means.restate(message, { digest }));
  }

  return {
    hear(input) {
      if (input.kind === 'receive') record(input.message);
      return input;
    },
    send(to, message) {
      record(message);
      const said = altered(message);
      const replayed = means.random.chance(REPLAYED) ? replay(to) : [];
      return [said === message ? { kind: 'send', to, message } : means.lie(to, said), ...replayed];
    },
  };
}
