import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import type { PbftCluster } from './cluster.js';
import type { Replica } from './replica.js';

interface Holder {
  readonly replica: Replica;
  readonly digest: string;
  readonly timeUs: Micros;
  /** Whether it came to this state by executing: others have it because enough did. */
  took: boolean;
}

/** Somebody rests on this being a stable checkpoint. */
interface Reliance {
  readonly replica: Replica;
  readonly digest: string | undefined;
  readonly timeUs: Micros;
  /** "installed the state", "began view 3 with checkpoint". */
  readonly did: string;
}

/** Somebody counts the CHECKPOINT of another. */
interface CountedVote {
  readonly by: Replica;
  readonly digest: string;
  readonly told: Replica;
  readonly timeUs: Micros;
}

/** What is known of the checkpoint with one sequence number. */
export class CheckpointFacts {
  /** Correct replicas that had this state: each once, with the first digest that it told. */
  private readonly holders: Holder[] = [];
  private readonly reliances: Reliance[] = [];
  private readonly counted: CountedVote[] = [];

  constructor(private readonly sequence: number) {}

  /** `replica` has a checkpoint: took it, installed it, or found it on its disk. */
  holds(cluster: PbftCluster, replica: Replica, digest: string, timeUs: Micros, took = false): void {
    const { sequence, holders } = this;
    const other = holders.find((holder) => holder.digest !== digest);
    if (other !== undefined) {
      cluster.report(
        'CheckpointDigest',
        `${replica.id} has another checkpoint ${sequence} than ${other.replica.id}`,
        [other.replica, replica],
        timeUs,
        [
          `${seconds(other.timeUs)}: ${other.replica.id} had checkpoint ${sequence} with digest ${other.digest}.`,
          `${seconds(timeUs)}: ${replica.id} had it with digest ${digest}.`,
        ],
      );
    }
    const known = holders.find((holder) => holder.replica === replica);
    if (known === undefined) holders.push({ replica, digest, timeUs, took });
    else if (took) known.took = true;
  }

  /** `told` counts the CHECKPOINT of `by`. */
  counts(cluster: PbftCluster, vote: CountedVote): void {
    if (vote.by.turned || this.has(vote)) return;
    if (cluster.inOrder) this.failVote(cluster, vote);
    else this.counted.push(vote);
  }

  /** It has to be stable: a quorum said so, of which all but the traitors had it. */
  relies(cluster: PbftCluster, reliance: Reliance): void {
    if (this.isSupported(cluster, reliance.digest)) return;
    if (cluster.inOrder) this.failReliance(cluster, reliance);
    else this.reliances.push(reliance);
  }

  /** Before it is forgotten, and at the end. */
  settle(cluster: PbftCluster): void {
    for (const vote of this.counted) if (!this.has(vote)) this.failVote(cluster, vote);
    for (const reliance of this.reliances) {
      if (this.isSupported(cluster, reliance.digest)) continue;
      // Whoever may have had it unseen counts as if it had.
      const unseen = cluster.replicas.filter((replica) => {
        const took = this.holders.some((holder) => holder.replica === replica && holder.took);
        return !took && !replica.turned && replica.mayHaveDoneUnseen(reliance.timeUs);
      });
      if (unseen.length === 0) this.failReliance(cluster, reliance);
      else cluster.findings.unobserved++;
    }
  }

  private has({ by, digest }: CountedVote): boolean {
    return this.holders.some((holder) => holder.replica === by && holder.digest === digest);
  }

  private isSupported({ quorums, traitors }: PbftCluster, digest: string | undefined): boolean {
    if (this.sequence === 0) return true;
    return this.takers(digest).length >= quorums.quorum - traitors;
  }

  private takers(digest: string | undefined): Holder[] {
    return this.holders.filter((holder) => holder.took && (digest === undefined || holder.digest === digest));
  }

  private failVote(cluster: PbftCluster, { by, digest, told, timeUs }: CountedVote): void {
    const { sequence } = this;
    cluster.suspect(
      'StableCheckpointCert',
      by,
      `${told.id} counts ${by.id} for checkpoint ${sequence}, which ${by.id} never had`,
      [told, by],
      timeUs,
      [
        `${seconds(timeUs)}: checkpoint ${sequence} with digest ${digest} became stable at ${told.id}, by the word of ${by.id} among others.`,
        `${by.id}, which is correct, never had that checkpoint.`,
      ],
    );
  }

  private failReliance(cluster: PbftCluster, { replica, digest, timeUs, did }: Reliance): void {
    const { sequence } = this;
    const who = this.takers(digest);
    cluster.report(
      'InstallStable',
      `${replica.id} ${did} ${sequence}, which is no stable checkpoint`,
      [replica],
      timeUs,
      [
        `${seconds(timeUs)}: ${replica.id} ${did} ${sequence}${digest === undefined ? '' : ` with digest ${digest}`}.`,
        `Of the correct replicas ${who.length === 0 ? 'none' : who.map((holder) => holder.replica.id).join(', ')} took that checkpoint; with ${cluster.traitors} traitors, a quorum has ${cluster.quorums.quorum - cluster.traitors} of them.`,
      ],
    );
  }
}
