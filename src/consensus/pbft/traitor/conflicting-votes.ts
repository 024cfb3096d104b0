import { NULL_DIGEST } from '../authentication.js';
import type { Commit, Decided, Digest, Prepare } from '../messages.js';
import type { Deceit, Effects } from './deceit.js';
import type { Means } from './means.js';
import { Memo } from './memo.js';

/**
 * Votes for two digests at one sequence number, and says of both that it executed them: each side is told both, the
 * other one first.
 */
export function conflictingVotes(means: Means): Deceit {
  const lies = new Memo<Prepare | Commit | Decided, Prepare | Commit | Decided>();
  /** What was voted on before: a digest that is real, only not here. */
  let former: Digest = NULL_DIGEST;

  function otherDigest(digest: Digest): Digest {
    const candidates = [former, NULL_DIGEST, means.digestOfNothing(digest)].filter((other) => other !== digest);
    former = digest;
    return means.random.pick(candidates);
  }

  return {
    send(to, message): Effects {
      if (message.type !== 'Prepare' && message.type !== 'Commit' && message.type !== 'Decided') {
        return [{ kind: 'send', to, message }];
      }
      const other = lies.of(message, () => means.restate(message, { digest: otherDigest(message.digest) }));
      const votes = [means.lie(to, other), { kind: 'send', to, message }] as const;
      return means.isAgainst(to) ? votes : votes.toReversed();
    },
  };
}
