import type { NodeId } from '../../kernel/ids.js';
import type { Checkpoint, Digest } from './messages.js';

/**
 * CHECKPOINT messages above the stable checkpoint: of each replica those within the window, and the latest beyond it,
 * which tells a replica that fell far behind where to go on.
 */
export class CheckpointVotes {
  private readonly byReplica = new Map<NodeId, Map<number, Checkpoint>>();

  constructor(
    private readonly window: number,
    private readonly interval: number,
  ) {}

  add(vote: Checkpoint, stable: number): void {
    if (vote.sequence <= stable) return;
    let votes = this.byReplica.get(vote.replica);
    if (votes === undefined) {
      votes = new Map();
      this.byReplica.set(vote.replica, votes);
    }
    if (vote.sequence <= stable + this.window) {
      // The first that a replica says of a sequence number is what it said.
      if (vote.sequence % this.interval === 0 && !votes.has(vote.sequence)) votes.set(vote.sequence, vote);
      return;
    }
    for (const sequence of votes.keys()) {
      if (sequence <= stable + this.window) continue;
      if (sequence >= vote.sequence) return;
      votes.delete(sequence);
    }
    votes.set(vote.sequence, vote);
  }

  for(sequence: number, digest: Digest): Checkpoint[] {
    const votes: Checkpoint[] = [];
    for (const ofReplica of this.byReplica.values()) {
      const vote = ofReplica.get(sequence);
      if (vote?.digest === digest) votes.push(vote);
    }
    return votes;
  }

  forgetUpTo(stable: number): void {
    for (const votes of this.byReplica.values()) {
      for (const sequence of votes.keys()) if (sequence <= stable) votes.delete(sequence);
    }
  }
}
