import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import type { StepContext } from './context.js';
import { demand } from './demands.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** §4.3: of the state that it is in, after every K-th sequence number. */
export function takeCheckpoint(
  context: StepContext,
  replica: StepReplica,
  { sequence, digest }: Step<'TakeCheckpoint'>,
  timeUs: Micros,
): void {
  const { interval = 1 } = context.options;
  const allowed =
    sequence !== replica.executed
      ? `only a checkpoint of what it has executed, ${replica.executed}`
      : sequence % interval !== 0
        ? `checkpoints only after every ${interval} sequence numbers`
        : replica.checkpoints.has(sequence)
          ? 'nothing, for it has that checkpoint'
          : undefined;
  if (allowed !== undefined) {
    context.diverges(replica, { rule: RULES.execute, timeUs, allowed, did: `took checkpoint ${sequence}` });
  }
  replica.checkpoints.set(sequence, digest);
  demandStable(context, replica, sequence, digest, timeUs);
}

/** §4.3: by CHECKPOINTs of a quorum, of the state that it has itself. */
export function stabilizeCheckpoint(
  context: StepContext,
  replica: StepReplica,
  { sequence, digest, by }: Step<'StabilizeCheckpoint'>,
  timeUs: Micros,
): void {
  const unheard = by.filter((id) => {
    const voter = context.named(id);
    return (
      voter === undefined || (voter !== replica && !replica.checkpointVotes.mayHave(sequence, digest, voter.place))
    );
  });
  const { quorum } = context.quorums;
  const own = replica.checkpoints.get(sequence) ?? replica.earlierCheckpoints.get(sequence);
  const allowed =
    sequence <= replica.stable
      ? `only checkpoints above ${replica.stable}`
      : own === undefined
        ? 'only a checkpoint of a state that it has'
        : own !== digest
          ? `only the checkpoint that it has there, with digest ${own}`
          : new Set(by).size < quorum
            ? `only with CHECKPOINTs of ${quorum} replicas`
            : unheard.length > 0
              ? `only with CHECKPOINTs that it received; it had none of ${unheard.join(', ')}`
              : undefined;
  if (allowed !== undefined) {
    const did = `found checkpoint ${sequence} stable by ${by.join(', ') || 'nobody'}`;
    context.diverges(replica, { rule: RULES.handleCheckpoint, timeUs, allowed, did });
  }
  replica.stabilize(sequence, digest);
}

/** §4.3: the state that a quorum signed for, where that is beyond its own. */
export function installState(
  context: StepContext,
  replica: StepReplica,
  { sequence, digest }: Step<'InstallState'>,
  timeUs: Micros,
): void {
  const { quorums, replicas } = context;
  const voters = replicas.filter(
    (voter) => voter !== replica && replica.checkpointVotes.mayHave(sequence, digest, voter.place),
  );
  // Its own vote of before a restart may be in the proof.
  const count = voters.length + (replica.restarted ? 1 : 0);
  const allowed =
    sequence <= replica.executed
      ? `only a state beyond ${replica.executed}`
      : count < quorums.quorum
        ? `only a state for which ${quorums.quorum} replicas signed; it knew of ${voters.length}`
        : undefined;
  if (allowed !== undefined) {
    const did = `installed the state of checkpoint ${sequence} with digest ${digest}`;
    context.diverges(replica, { rule: RULES.installState, timeUs, allowed, did });
  }
  context.coverage.times.stateInstalled++;
  replica.checkpoints.set(sequence, digest);
  replica.executed = sequence;
  const next = replica.slots.get(sequence + 1);
  if (next !== undefined) replica.touch(next);
}

/** A CHECKPOINT that has to be counted. */
export function countCheckpoint(
  context: StepContext,
  replica: StepReplica,
  author: number,
  sequence: number,
  digest: string,
  timeUs: Micros,
): void {
  const { window, interval = 1 } = context.options;
  if (sequence <= replica.stable || sequence > replica.stable + window || sequence % interval !== 0) return;
  let votes = replica.countedCheckpoints.get(sequence);
  if (votes === undefined) {
    votes = [];
    replica.countedCheckpoints.set(sequence, votes);
  }
  votes[author] ??= digest;
  const own = replica.checkpoints.get(sequence);
  if (own !== undefined) demandStable(context, replica, sequence, own, timeUs);
}

function demandStable(
  context: StepContext,
  replica: StepReplica,
  sequence: number,
  digest: string,
  timeUs: Micros,
): void {
  const votes = replica.countedCheckpoints.get(sequence) ?? [];
  const of = context.replicas.filter((voter) => voter !== replica && votes[voter.place] === digest);
  if (of.length + 1 < context.quorums.quorum || sequence <= replica.stable) return;
  demand(context, replica, {
    rule: RULES.handleCheckpoint,
    timeUs,
    verb: `find checkpoint ${sequence} stable`,
    after: `CHECKPOINTs of ${of.map(({ id }) => id).join(', ')}`,
    // A traitor's word for it may not be the first that it gave, when the sequence number was too far ahead to look at.
    of,
    isMet: () => replica.stable >= sequence,
  });
}
