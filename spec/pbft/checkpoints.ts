import { withSigner } from './facts.js';
import { type Outcome, onMessage, type PbftHandler } from './outcome.js';
import { type CheckpointVotes, type Digest, type History, historyOf, type Replica } from './replica.js';
import { stepRule } from './rules.js';
import type { Setting } from './setting.js';

/** §4.3: stable checkpoints, and what they make superfluous. */
export function checkpointHandlers(setting: Setting): PbftHandler[] {
  const handleCheckpoint: PbftHandler = {
    ...stepRule('HandleCheckpoint'),
    ...onMessage(setting, 'Checkpoint', (node, { sequence, history, from }) =>
      sequence > node.low ? withCheckpointVote(setting, node, sequence, history, from) : undefined,
    ),
  };
  return [handleCheckpoint];
}

/** What a replica does that has executed up to a checkpoint. */
export function checkpointTaken(setting: Setting, node: Replica, self: number, sequence: number): Outcome {
  const { defect } = setting;
  const history = historyOf(node, sequence);
  const counted = withCheckpointVote(setting, node, sequence, history, self)?.node ?? node;
  const after = defect === 'stable-by-itself' ? stabilized(counted, sequence, history) : counted;
  return {
    node: defect === 'discards-at-checkpoint' ? { ...after, prepared: above(after.prepared, sequence) } : after,
    tells: [{ type: 'Checkpoint', sequence, history }],
  };
}

function withCheckpointVote(
  setting: Setting,
  node: Replica,
  sequence: number,
  history: History,
  from: number,
): Outcome | undefined {
  const checkpoints = withSigner(node.checkpoints, { sequence, history, replicas: [] }, from);
  if (checkpoints === node.checkpoints) return undefined;
  const counted = { ...node, checkpoints };
  const votes = checkpoints.find((each) => each.sequence === sequence && each.replicas.includes(from));
  return { node: votes && isStable(setting, votes) ? stabilized(counted, sequence, history) : counted };
}

/** With the CHECKPOINTs of traitors, which are there for every digest. */
export function isStable({ bounds, quorums }: Setting, { replicas }: CheckpointVotes): boolean {
  return replicas.length + bounds.traitors.length >= quorums.quorum;
}

/** With a checkpoint that is stable; a replica that has not executed so far gets the state from others. */
export function stabilized(node: Replica, sequence: number, history: History): Replica {
  if (sequence <= node.low) return node;
  const caughtUp = node.executed.length < sequence ? transferred(node, history) : node;
  return {
    ...caughtUp,
    low: sequence,
    slots: above(node.slots, sequence),
    prepared: above(node.prepared, sequence),
    committed: above(node.committed, sequence),
    checkpoints: above(node.checkpoints, sequence),
  };
}

function transferred(node: Replica, history: History): Replica {
  const requests = history.filter((digest): digest is Digest => digest !== null);
  return {
    ...node,
    executed: history.map((digest, index) => ({ sequence: index + 1, view: null, digest })),
    service: [...new Set(requests)],
  };
}

function above<Item extends { readonly sequence: number }>(list: readonly Item[], low: number): Item[] {
  return list.filter(({ sequence }) => sequence > low);
}
