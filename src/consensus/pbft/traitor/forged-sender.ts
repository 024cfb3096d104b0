import type { NodeId } from '../../../kernel/ids.js';
import type { Unsigned } from '../authentication.js';
import type { Checkpoint, Commit, Decided, PbftMessage, Prepare, ViewChange, Voucher } from '../messages.js';
import type { Deceit, Effects } from './deceit.js';
import type { Means } from './means.js';
import { Memo, Recent } from './memo.js';

type Vote = Prepare | Commit | Checkpoint | Decided;

const VOTES: ReadonlySet<string> = new Set<Vote['type']>(['Prepare', 'Commit', 'Checkpoint', 'Decided']);

/** How often a forged VIEW-CHANGE goes with a vote. */
const VIEW_CHANGES = 0.1;
/** How often a message goes with it that is none: the type of one kind, the fields of another. */
const MISTYPED = 0.1;
const MAX_HEARD = 100;

/**
 * Speaks in the names of others, with such proofs as it can make: its own signature, another's signature for another
 * text, or for another kind of message. Whoever believes any of it counts votes that nobody gave.
 * Now and then what it sends is no message at all.
 */
export function forgedSender(means: Means): Deceit {
  const forged = new Memo<Vote, readonly PbftMessage[]>();
  /** Real votes of others, whose proofs it tries on other texts. */
  const heard = new Recent<NodeId, Prepare | Commit>(MAX_HEARD);

  function forge(vote: Vote): readonly PbftMessage[] {
    const { random } = means;
    const replica = random.pick(means.peers);
    const forgeries: PbftMessage[] = [means.authenticator.authenticate<Vote>({ ...vote, replica })];
    const real = heard.get(replica);
    if (real !== undefined) {
      const type = real.type === 'Prepare' ? 'Commit' : 'Prepare';
      forgeries.push(random.chance(0.5) ? { ...real, type } : { ...real, digest: means.digestOfNothing(real.digest) });
    }
    if (random.chance(MISTYPED)) forgeries.push({ ...vote, type: 'NewView' } as unknown as PbftMessage);
    if (random.chance(VIEW_CHANGES)) forgeries.push(forgedViewChange(random.pick(means.peers)));
    return forgeries;
  }

  function forgedViewChange(replica: NodeId): ViewChange {
    const view = means.view() + 1;
    const empty: Unsigned<ViewChange> = {
      ...{ type: 'ViewChange', view, replica },
      ...{ stable: 0, proof: [], prepared: [], prePrepared: [] },
    };
    return means.authenticator.authenticate<ViewChange>(empty);
  }

  return {
    hear(input) {
      if (input.kind !== 'receive') return input;
      const { message } = input;
      if (message.type === 'Prepare' || message.type === 'Commit') heard.set(message.replica, message);
      return input;
    },
    send(to, message): Effects {
      if (!isVote(message)) return [{ kind: 'send', to, message }];
      const forgeries = forged.of(message, () => forge(message));
      return [{ kind: 'send', to, message }, ...forgeries.map((forgery) => means.lie(to, forgery))];
    },
    /** A client gets the reply of another replica, as far as this one can make it. */
    reply(id, response, asked) {
      if (response.type !== 'vouched' || asked === undefined) return [{ kind: 'reply', id, response }];
      means.misdeeds++;
      const voucher = { ...(response.voucher as Voucher), replica: means.random.pick(means.peers) };
      return [{ kind: 'reply', id, response: { ...response, voucher } }];
    },
  };
}

function isVote(message: PbftMessage): message is Vote {
  return VOTES.has(message.type);
}
