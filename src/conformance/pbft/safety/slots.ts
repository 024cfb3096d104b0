import type { PbftStep } from '../../../history/pbft-trace.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import { claim, inView } from './claims.js';
import type { PbftCluster } from './cluster.js';
import type { Replica } from './replica.js';
import type { SafetyRule } from './rules.js';
import {
  ACCEPTED,
  COMMIT_HEARD,
  COMMIT_SENT,
  PREPARE_HEARD,
  PREPARE_SENT,
  PREPARED,
  PROPOSAL_HEARD,
  type SequenceFacts,
  STANDS_ACCEPTED,
  STANDS_PREPARED,
} from './sequence.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** A vote or what it leads to: for one view, sequence number and digest. */
interface Slot {
  readonly view: number;
  readonly sequence: number;
  readonly digest: string;
}

export function acceptPrePrepare(
  cluster: PbftCluster,
  replica: Replica,
  step: Step<'AcceptPrePrepare'>,
  timeUs: Micros,
): void {
  const { view, sequence, digest, requests } = step;
  takesPart(cluster, replica, step, 'accepted a pre-prepare', timeUs);
  withinWatermarks(cluster, replica, sequence, timeUs);
  const facts = cluster.sequence(sequence);
  if (facts === undefined) return;
  acceptsOne(cluster, replica, facts, step, timeUs);
  facts.did(replica, view, digest, ACCEPTED | STANDS_ACCEPTED);
  cluster.requests.accepts(cluster, replica, digest, requests, sequence, timeUs);
}

/** PreparedUnique: in one view, a replica accepts one digest for a sequence number. */
export function acceptsOne(
  cluster: PbftCluster,
  replica: Replica,
  facts: SequenceFacts,
  { view, digest }: { readonly view: number; readonly digest: string },
  timeUs: Micros,
): void {
  const other = facts.otherDigest(replica, view, digest, STANDS_ACCEPTED);
  if (other === undefined) return;
  cluster.report(
    'PreparedUnique',
    `${replica.id} accepted two digests for ${facts.sequence} in view ${view}`,
    [replica],
    timeUs,
    [
      `${replica.id} had accepted digest ${other} for sequence number ${facts.sequence} in view ${view}.`,
      `${seconds(timeUs)}: it accepted ${digest} there.`,
    ],
  );
}

export function prepared(cluster: PbftCluster, replica: Replica, step: Step<'Prepared'>, timeUs: Micros): void {
  const { view, sequence, digest, by } = step;
  takesPart(cluster, replica, step, 'prepared', timeUs);
  distinct(cluster, replica, by, `prepared ${sequence} in view ${view}`, 'QuorumDistinct', timeUs);
  replica.prepared.set(sequence, { view, digest });
  const facts = cluster.sequence(sequence);
  if (facts === undefined) return;
  preparedOnce(cluster, replica, facts, step, timeUs);
  facts.did(replica, view, digest, PREPARED | STANDS_PREPARED);
  const primary = cluster.primaryOf(view);
  for (const id of by) {
    const voter = cluster.named(id);
    if (voter === undefined || voter === replica) continue;
    const isPrimary = voter === primary;
    const heard = isPrimary
      ? hasProposal(replica, facts, step, primary)
      : facts.mayHaveHeard(replica, voter.place, view, digest, PREPARE_HEARD);
    if (!heard) unheard(cluster, 'QuorumAuth', replica, voter, isPrimary ? 'pre-prepare' : 'PREPARE', step, timeUs);
    claim(cluster, facts, 'QuorumAuth', voter, isPrimary ? ACCEPTED : PREPARE_SENT, step, replica, timeUs);
  }
}

/** PreparedUnique: in one view, no two digests prepare for a sequence number, at whichever correct replicas. */
export function preparedOnce(
  cluster: PbftCluster,
  replica: Replica,
  facts: SequenceFacts,
  { view, digest }: { readonly view: number; readonly digest: string },
  timeUs: Micros,
): void {
  for (const other of cluster.replicas) {
    const conflict = facts.otherDigest(other, view, digest, STANDS_PREPARED);
    if (conflict === undefined) continue;
    cluster.report(
      'PreparedUnique',
      `${replica.id} prepared another digest for ${facts.sequence} in view ${view} than ${other.id}`,
      [other, replica],
      timeUs,
      [
        `At ${other.id}, digest ${conflict} had prepared with sequence number ${facts.sequence} in view ${view}.`,
        `${seconds(timeUs)}: at ${replica.id}, digest ${digest} did.`,
      ],
    );
    return;
  }
}

export function committedLocal(
  cluster: PbftCluster,
  replica: Replica,
  step: Step<'CommittedLocal'>,
  timeUs: Micros,
): void {
  const { view, sequence, digest, by } = step;
  takesPart(cluster, replica, step, 'committed', timeUs);
  distinct(cluster, replica, by, `committed ${sequence} in view ${view}`, 'QuorumDistinct', timeUs);
  const facts = cluster.sequence(sequence);
  if (facts === undefined) return;
  for (const id of by) {
    const voter = cluster.named(id);
    if (voter === undefined) continue;
    if (voter !== replica) {
      if (!facts.mayHaveHeard(replica, voter.place, view, digest, COMMIT_HEARD)) {
        unheard(cluster, 'CommitAuthentic', replica, voter, 'COMMIT', step, timeUs);
      }
      claim(cluster, facts, 'CommitAuthentic', voter, COMMIT_SENT, step, replica, timeUs);
    }
    claim(cluster, facts, 'CommittedImpliesPrepared', voter, PREPARED, step, replica, timeUs);
  }
  decide(cluster, facts, { digest, by: replica, timeUs, how: 'committed' });
  if (!facts.committed.some((other) => other.view === view && other.digest === digest)) {
    facts.committed.push({ view, digest, by: replica, timeUs });
    for (const begun of cluster.views)
      if (begun.view > view) carried(cluster, facts, begun, { view, digest, by: replica, timeUs });
  }
}

/** Agreement: one digest for each sequence number, over all views. */
export function decide(
  cluster: PbftCluster,
  facts: SequenceFacts,
  decision: NonNullable<SequenceFacts['decision']>,
): void {
  const known = facts.decision;
  if (known === undefined) {
    facts.decision = decision;
    return;
  }
  if (known.digest === decision.digest) return;
  const { by, digest, timeUs, how } = decision;
  cluster.report(
    'Agreement',
    `${by.id} ${how} another request with sequence number ${facts.sequence} than ${known.by.id}`,
    [known.by, by],
    timeUs,
    [
      `${seconds(known.timeUs)}: ${known.by.id} ${known.how} digest ${known.digest} with sequence number ${facts.sequence}.`,
      `${seconds(timeUs)}: ${by.id} ${how} digest ${digest}.`,
    ],
  );
}

/** NewViewJustified: what committed below a view is in its O. */
export function carried(
  cluster: PbftCluster,
  { sequence }: SequenceFacts,
  begun: PbftCluster['views'][number],
  commitment: SequenceFacts['committed'][number],
): void {
  if (sequence <= begun.stable) return;
  const proposed = begun.proposals.get(sequence);
  if (proposed === commitment.digest) return;
  const latest = begun.timeUs > commitment.timeUs ? begun : commitment;
  cluster.report(
    'NewViewJustified',
    `view ${begun.view} began at ${begun.by.id} without ${sequence}, which ${commitment.by.id} committed in view ${commitment.view}`,
    [commitment.by, begun.by],
    latest.timeUs,
    [
      `${seconds(commitment.timeUs)}: ${commitment.by.id} committed digest ${commitment.digest} with sequence number ${sequence} in view ${commitment.view}.`,
      `${seconds(begun.timeUs)}: ${begun.by.id} entered view ${begun.view}, which begins with checkpoint ${begun.stable} and has ${proposed === undefined ? 'nothing' : `digest ${proposed}`} for that sequence number.`,
    ],
  );
}

/** NoVoteAfterViewChange and ViewMatch: what a replica does is of the view that it takes part in. */
export function takesPart(
  cluster: PbftCluster,
  replica: Replica,
  { view, sequence }: Slot,
  did: string,
  timeUs: Micros,
): void {
  if (replica.active && replica.view === view) return;
  const isOver = view < replica.view;
  cluster.report(
    isOver ? 'NoVoteAfterViewChange' : 'ViewMatch',
    `${replica.id} ${did} for ${sequence} in view ${view}, which ${isOver ? 'it had left' : 'had not begun there'}`,
    [replica],
    timeUs,
    [`${replica.id} was ${replica.describe()}.`, `${seconds(timeUs)}: it ${did} for ${sequence} in view ${view}.`],
  );
}

/** WatermarksHold, where sequence numbers are taken on; it may know of a stable checkpoint above what it has itself. */
function withinWatermarks(cluster: PbftCluster, replica: Replica, sequence: number, timeUs: Micros): void {
  const { stable, proved } = replica;
  const high = cluster.window === undefined ? Number.POSITIVE_INFINITY : proved + cluster.window;
  if (sequence > stable && sequence <= high) return;
  cluster.report(
    'WatermarksHold',
    `${replica.id} accepted a pre-prepare for ${sequence}, which is not between its watermarks`,
    [replica],
    timeUs,
    [
      `The stable checkpoint of ${replica.id} was ${stable}, and so its low watermark.`,
      `${seconds(timeUs)}: it accepted a pre-prepare for ${sequence}${sequence > high ? `; the high watermark was ${high}` : ''}.`,
    ],
  );
}

/** Whether the primary's word for this came here, as a pre-prepare or in a NEW-VIEW. */
function hasProposal(
  replica: Replica,
  facts: SequenceFacts,
  { view, sequence, digest }: Slot,
  primary: Replica,
): boolean {
  const { entered } = replica;
  if (entered.view === view && entered.proposals.get(sequence) === digest) return true;
  return facts.mayHaveHeard(replica, primary.place, view, digest, PROPOSAL_HEARD);
}

export function unheard(
  cluster: PbftCluster,
  rule: SafetyRule,
  replica: Replica,
  voter: Replica,
  what: string,
  { view, sequence, digest }: Slot,
  timeUs: Micros,
): void {
  cluster.report(
    rule,
    `${replica.id} counts a ${what} of ${voter.id} for ${sequence}${inView(view)} that it never received`,
    [replica, voter],
    timeUs,
    [
      `${replica.id} had received no ${what} of ${voter.id} for sequence number ${sequence}${inView(view)} with digest ${digest}.`,
      `${seconds(timeUs)}: it counted one.`,
    ],
  );
}

/** A list of replicas that a certificate rests on: members of the cluster, each once, and enough of them. */
export function distinct(
  cluster: PbftCluster,
  replica: Replica,
  by: readonly NodeId[],
  did: string,
  tooFew: SafetyRule,
  timeUs: Micros,
  enough = cluster.quorums.quorum,
): void {
  let known = 0;
  for (let index = 0; index < by.length; index++) {
    const id = by[index] as NodeId;
    if (by.indexOf(id) === index && cluster.named(id) !== undefined) known++;
  }
  if (known < by.length) {
    cluster.report(
      'QuorumDistinct',
      `${replica.id} ${did} by ${by.join(', ')}, which are not that many replicas`,
      [replica],
      timeUs,
      [`${seconds(timeUs)}: ${replica.id} ${did} by ${by.join(', ')}; of these ${known} are different replicas.`],
    );
  } else if (known < enough) {
    cluster.report(tooFew, `${replica.id} ${did} by ${known} replicas`, [replica], timeUs, [
      `${seconds(timeUs)}: ${replica.id} ${did} by ${by.join(', ') || 'nobody'}; ${enough === cluster.quorums.quorum ? 'a quorum is' : 'it takes'} ${enough}.`,
    ]);
  }
}
