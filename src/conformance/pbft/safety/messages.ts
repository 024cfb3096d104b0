import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import { type CheckpointVote, readNewView, readStateProof, readViewChange, type ViewChangeRef } from '../message.js';
import type { PbftReader } from '../reader.js';
import type { PbftCluster } from './cluster.js';
import type { Replica } from './replica.js';
import {
  ACCEPTED,
  COMMIT_HEARD,
  COMMIT_SENT,
  DECISION_HEARD,
  PREPARE_HEARD,
  PREPARE_SENT,
  PREPARED,
  PROPOSAL_HEARD,
} from './sequence.js';

/** Sequence numbers above its stable checkpoint of which a replica remembers what it heard, where L is not known. */
const HEARD_ABOVE = 4096;

/** What a replica tells others; what it passes on is not its own word. */
export function send(cluster: PbftCluster, replica: Replica, reader: PbftReader): void {
  if (reader.author !== replica.place) return;
  switch (reader.type) {
    case 'PrePrepare':
      vote(cluster, replica, reader, PREPARE_SENT, ACCEPTED, 'pre-prepare');
      break;
    case 'Prepare':
      vote(cluster, replica, reader, PREPARE_SENT, ACCEPTED, 'PREPARE');
      break;
    case 'Commit':
      vote(cluster, replica, reader, COMMIT_SENT, PREPARED, 'COMMIT');
      break;
    case 'ViewChange': {
      const change = readViewChange(reader.message);
      if (change === undefined) break;
      replica.promisedView = Math.max(replica.promisedView, change.view);
      // It may tell of one whose state it lacks.
      replica.promisedStable = Math.max(replica.promisedStable, Math.min(change.stable, replica.stable));
      complete(cluster, replica, change, reader.timeUs);
      break;
    }
    case 'NewView':
      replica.promisedView = Math.max(replica.promisedView, reader.view);
      break;
  }
}

/** OneVotePerPhase, and that it is of the view that it takes part in, or was decided when it did. */
function vote(
  cluster: PbftCluster,
  replica: Replica,
  { view, sequence, digest, timeUs }: PbftReader,
  sent: typeof PREPARE_SENT | typeof COMMIT_SENT,
  decided: typeof ACCEPTED | typeof PREPARED,
  what: string,
): void {
  if (replica.promisedView < view) replica.promisedView = view;
  const facts = cluster.sequence(sequence);
  if (facts === undefined) return;
  if (!facts.has(replica, view, digest, sent)) {
    const other = facts.otherDigest(replica, view, digest, sent);
    if (other !== undefined) {
      cluster.report(
        'OneVotePerPhase',
        `${replica.id} sent a ${what} for a second digest for ${sequence} in view ${view}`,
        [replica],
        timeUs,
        [
          `${replica.id} had voted for digest ${other} with sequence number ${sequence} in view ${view}${replica.restarted ? ', maybe before it was restarted' : ''}.`,
          `${seconds(timeUs)}: it sent a ${what} for digest ${digest}.`,
        ],
      );
    }
    facts.did(replica, view, digest, sent);
  }
  if (sent === COMMIT_SENT && sequence > replica.stable) {
    const earlier = replica.committing.get(sequence);
    if (earlier === undefined || earlier.view < view) replica.committing.set(sequence, { view, digest });
  }
  if ((replica.active && replica.view === view) || facts.has(replica, view, digest, decided)) return;
  const isOver = view < replica.view;
  cluster.report(
    isOver ? 'NoVoteAfterViewChange' : 'ViewMatch',
    `${replica.id} sent a ${what} for ${sequence} in view ${view}, which ${isOver ? 'it had left' : 'had not begun there'}`,
    [replica],
    timeUs,
    [
      `${replica.id} was ${replica.describe()}, and had not decided on that vote while it was in view ${view}.`,
      `${seconds(timeUs)}: it sent a ${what} for digest ${digest} with sequence number ${sequence} in view ${view}.`,
    ],
  );
}

/** ViewChangeComplete: also what it sent a COMMIT for in an earlier process. */
function complete(cluster: PbftCluster, replica: Replica, change: ViewChangeRef, timeUs: Micros): void {
  const told = new Map(change.prepared.map((claim) => [claim.sequence, claim]));
  for (const known of [replica.prepared, replica.committing]) {
    for (const [sequence, { view, digest }] of known) {
      if (sequence <= change.stable || view >= change.view) continue;
      const claim = told.get(sequence);
      if (claim !== undefined && (claim.view > view || (claim.view === view && claim.digest === digest))) continue;
      cluster.report(
        'ViewChangeComplete',
        `${replica.id} left ${sequence} out of its VIEW-CHANGE for view ${change.view}`,
        [replica],
        timeUs,
        [
          `At ${replica.id}, digest ${digest} had prepared with sequence number ${sequence} in view ${view}.`,
          `${seconds(timeUs)}: it sent a VIEW-CHANGE for view ${change.view} with checkpoint ${change.stable} and ${claim === undefined ? 'nothing' : `digest ${claim.digest} of view ${claim.view}`} for that sequence number.`,
        ],
      );
    }
  }
}

/** Messages are authentic: what traitors say is their own word, and counts as that alone. */
export function receive(cluster: PbftCluster, replica: Replica, reader: PbftReader): void {
  switch (reader.type) {
    case 'PrePrepare':
      hear(cluster, replica, reader, PROPOSAL_HEARD);
      break;
    case 'Prepare':
      hear(cluster, replica, reader, PREPARE_HEARD);
      break;
    case 'Commit':
      hear(cluster, replica, reader, COMMIT_HEARD);
      break;
    case 'Decided':
      hear(cluster, replica, reader, DECISION_HEARD);
      break;
    case 'Checkpoint':
      if (reader.author >= 0 && reader.sequence >= replica.stable) {
        replica.checkpointVotes.add(reader.sequence, reader.digest, reader.author, true);
      }
      break;
    case 'ViewChange':
      hearProof(replica, reader, readViewChange(reader.message)?.proof);
      break;
    case 'NewView':
      for (const { proof } of readNewView(reader.message)?.viewChanges ?? []) hearProof(replica, reader, proof);
      break;
    case 'StateChunk':
      hearProof(replica, reader, readStateProof(reader.message));
      break;
  }
}

function hear(cluster: PbftCluster, replica: Replica, reader: PbftReader, what: number): void {
  const { author, view, sequence, digest } = reader;
  if (author < 0 || sequence <= replica.stable) return;
  if (sequence > replica.proved + 2 * (cluster.window ?? HEARD_ABOVE)) return;
  cluster.sequence(sequence)?.hears(replica, author, view, digest, what);
}

function hearProof(replica: Replica, reader: PbftReader, proof: readonly CheckpointVote[] | undefined): void {
  for (const { sequence, digest, replica: id } of proof ?? []) {
    const author = reader.placeOf(id);
    if (author >= 0 && sequence >= replica.stable) replica.checkpointVotes.add(sequence, digest, author, false);
  }
}
