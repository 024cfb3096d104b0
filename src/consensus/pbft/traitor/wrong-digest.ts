import type { PbftMessage, Proposal, Request } from '../messages.js';
import type { Deceit } from './deceit.js';
import { replyFalsely } from './false-outcomes.js';
import type { Means } from './means.js';
import { Memo } from './memo.js';

/** How often a digest is the true one and the batch is not, of its proposals. */
const OTHER_BATCH = 0.5;

/**
 * Votes for digests that nobody proposed, says that it executed such, proposes batches under a digest not theirs, and
 * vouches for wrong results. Of
 * a proposal either all are told the same wrong digest, or the other side gets another batch under the right one.
 */
export function wrongDigest(means: Means): Deceit {
  const lies = new Memo<PbftMessage, PbftMessage>();
  const others = new Memo<Proposal, { readonly proposal: Proposal | undefined }>();
  let former: readonly Request[] = [];

  const falseDigest = (message: Extract<PbftMessage, { type: 'PrePrepare' | 'Prepare' | 'Commit' | 'Decided' }>) =>
    lies.of(message, () => means.restate(message, { digest: means.digestOfNothing(message.digest) }));

  /** Of requests that clients made: fewer, or those of the batch before. */
  function withOtherBatch(proposal: Proposal): Proposal | undefined {
    const fewer = proposal.requests.slice(1);
    const requests = fewer.length > 0 ? fewer : former;
    former = proposal.requests;
    return requests.length > 0 && means.random.chance(OTHER_BATCH) ? { ...proposal, requests } : undefined;
  }

  return {
    send(to, message) {
      switch (message.type) {
        case 'PrePrepare': {
          const { proposal } = others.of(message, () => ({ proposal: withOtherBatch(message) }));
          if (proposal === undefined) return [means.lie(to, falseDigest(message))];
          return [means.isAgainst(to) ? means.lie(to, proposal) : { kind: 'send', to, message }];
        }
        case 'Prepare':
        case 'Commit':
        case 'Decided':
          return [means.lie(to, falseDigest(message))];
        default:
          return [{ kind: 'send', to, message }];
      }
    },
    reply: (id, response, asked) => replyFalsely(means, id, response, asked),
  };
}
