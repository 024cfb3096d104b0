import type { NodeId } from '../../../kernel/ids.js';
import type { PbftMessage } from '../messages.js';
import type { Deceit } from './deceit.js';
import type { Means } from './means.js';

const MAX_RECORDED = 400;
/** How often it sends an old message besides, of all that it sends. */
const REPLAYED = 0.25;

/**
 * Keeps what was said, by itself and by others, and says it again later: votes and proposals that were overtaken, view
 * changes and new views of views that are over. All of it is authentic; it was true once.
 */
export function replayOldView(means: Means): Deceit {
  const recorded: PbftMessage[] = [];
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

  return {
    hear(input) {
      if (input.kind === 'receive') record(input.message);
      return input;
    },
    send(to, message) {
      record(message);
      const replayed = means.random.chance(REPLAYED) ? replay(to) : [];
      return [{ kind: 'send', to, message }, ...replayed];
    },
  };
}
