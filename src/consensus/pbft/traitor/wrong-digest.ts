import type { PbftMessage } from '../messages.js';
import type { Deceit } from './deceit.js';
import { replyFalsely } from './false-outcomes.js';
import type { Means } from './means.js';
import { Memo } from './memo.js';

/** Votes for digests that nobody proposed, proposes batches under a digest not theirs, and vouches for wrong results. */
export function wrongDigest(means: Means): Deceit {
  const lies = new Memo<PbftMessage, PbftMessage>();
  return {
    send(to, message) {
      switch (message.type) {
        case 'PrePrepare':
        case 'Prepare':
        case 'Commit': {
          const digest = means.digestOfNothing(message.digest);
          return [
            means.lie(
              to,
              lies.of(message, () => means.restate(message, { digest })),
            ),
          ];
        }
        default:
          return [{ kind: 'send', to, message }];
      }
    },
    reply: (id, response, asked) => replyFalsely(means, id, response, asked),
  };
}
