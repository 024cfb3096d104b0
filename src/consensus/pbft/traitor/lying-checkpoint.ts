import type { Checkpoint, PbftMessage, Proposal, StateChunk } from '../messages.js';
import type { Deceit } from './deceit.js';
import type { Means } from './means.js';
import { Memo } from './memo.js';

/** How often it claims a checkpoint that nobody reached, of its checkpoints. */
const FAR_AHEAD = 0.25;
/** How often it numbers a batch far above the high watermark, of its proposals. */
const ABOVE_WINDOW = 0.1;

/**
 * Tells wrong digests of the state, claims checkpoints far ahead, and gives forged state to those who fell behind; as
 * primary it numbers batches as if such a checkpoint were stable.
 */
export function lyingCheckpoint(means: Means): Deceit {
  const checkpoints = new Memo<PbftMessage, Checkpoint>();
  const chunks = new Memo<PbftMessage, StateChunk>();
  const proposals = new Memo<Proposal, Proposal>();
  const { checkpointInterval, logWindow } = means.options;
  const ahead = checkpointInterval * Math.ceil(logWindow / checkpointInterval) * 2;

  function farAbove(proposal: Proposal): Proposal {
    if (!means.random.chance(ABOVE_WINDOW)) return proposal;
    return means.restate(proposal, { sequence: proposal.sequence + ahead });
  }

  function falseCheckpoint(checkpoint: Checkpoint): Checkpoint {
    const sequence = checkpoint.sequence + (means.random.chance(FAR_AHEAD) ? ahead : 0);
    return means.restate(checkpoint, { sequence, digest: means.digestOfNothing(checkpoint.digest) });
  }

  /** Other data under the same digest, or a digest of its own for it: both prove nothing. */
  function falseChunk(chunk: StateChunk): StateChunk {
    const data = chunk.data.replace(/\d/g, (digit) => String((Number(digit) + 1) % 10));
    return means.random.chance(0.5) ? { ...chunk, data } : { ...chunk, data, digest: means.keys.digest(data) };
  }

  return {
    send(to, message) {
      if (message.type === 'Checkpoint') {
        return [
          means.lie(
            to,
            checkpoints.of(message, () => falseCheckpoint(message)),
          ),
        ];
      }
      if (message.type === 'StateChunk')
        return [
          means.lie(
            to,
            chunks.of(message, () => falseChunk(message)),
          ),
        ];
      if (message.type === 'PrePrepare') {
        const proposal = proposals.of(message, () => farAbove(message));
        if (proposal !== message) return [means.lie(to, proposal)];
      }
      return [{ kind: 'send', to, message }];
    },
  };
}
