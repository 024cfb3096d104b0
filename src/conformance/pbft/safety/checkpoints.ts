import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import type { PbftCluster } from './cluster.js';
import { stateAfter } from './execution.js';
import type { Replica } from './replica.js';
import { distinct } from './slots.js';
import { lowers } from './views.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

export function takeCheckpoint(
  cluster: PbftCluster,
  replica: Replica,
  { sequence, digest }: Step<'TakeCheckpoint'>,
  timeUs: Micros,
): void {
  cluster.checkpoint(sequence)?.holds(cluster, replica, digest, timeUs, true);
}

/** StableCheckpointCert: a quorum said so, and those of it that are correct had that checkpoint. */
export function stabilizeCheckpoint(
  cluster: PbftCluster,
  replica: Replica,
  { sequence, digest, by }: Step<'StabilizeCheckpoint'>,
  timeUs: Micros,
): void {
  if (sequence <= replica.stable) lowers(cluster, replica, sequence, 'found stable', replica.stable, timeUs);
  distinct(cluster, replica, by, `found checkpoint ${sequence} stable`, 'StableCheckpointCert', timeUs);
  const facts = cluster.checkpoint(sequence);
  for (const id of by) {
    const voter = cluster.named(id);
    if (voter === undefined) continue;
    if (voter !== replica && !replica.checkpointVotes.mayHave(sequence, digest, voter.place)) {
      cluster.report(
        'StableCheckpointCert',
        `${replica.id} counts a CHECKPOINT ${sequence} of ${voter.id} that it never received`,
        [replica, voter],
        timeUs,
        [
          `${replica.id} had received no CHECKPOINT ${sequence} of ${voter.id} with digest ${digest}, nor a proof with one.`,
          `${seconds(timeUs)}: it counted one.`,
        ],
      );
    }
    facts?.counts(cluster, { by: voter, digest, told: replica, timeUs });
  }
  replica.stabilize(sequence);
  cluster.forget();
}

/** InstallStable, CheckpointDigest and StateHash. */
export function installState(
  cluster: PbftCluster,
  replica: Replica,
  { sequence, digest, stateHash }: Step<'InstallState'>,
  timeUs: Micros,
): void {
  if (sequence < replica.executed) {
    cluster.report(
      'AppliedContiguous',
      `${replica.id} installed the state after ${sequence}, having executed ${replica.executed}`,
      [replica],
      timeUs,
      [
        `${replica.id} had executed everything up to ${replica.executed}.`,
        `${seconds(timeUs)}: it went back to the state after ${sequence}.`,
      ],
    );
  }
  const facts = cluster.checkpoint(sequence);
  facts?.relies(cluster, { replica, digest, timeUs, did: 'installed the state of checkpoint' });
  facts?.holds(cluster, replica, digest, timeUs);
  replica.executed = sequence;
  stateAfter(cluster, replica, sequence, stateHash, timeUs, 'installed the state after');
}
