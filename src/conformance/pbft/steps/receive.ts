import { type CheckpointVote, readNewView, readStateProof, readViewChange } from '../message.js';
import type { PbftReader } from '../reader.js';
import { countCheckpoint } from './checkpoints.js';
import type { StepContext } from './context.js';
import { NO_VIEW } from './decisions.js';
import { demand } from './demands.js';
import { statementDigest, voteDigest } from './digest-set.js';
import { contentOf } from './heard-view-changes.js';
import { changeProblem } from './new-views.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';
import { CHECKPOINT, COMMIT, DECISION, PREPARE, PROPOSAL } from './sends.js';
import { demandBeginning, demandEntering, demandJoin } from './views.js';

/** Sees that what is received was said, and remembers it. */
interface Hearsay {
  /** `author` states something with this digest. */
  said(replica: StepReplica, author: number, digest: number, what: string): void;
}

/** What a replica hears: that it is authentic was looked at before it is received. */
export function receive(context: StepContext, replica: StepReplica, reader: PbftReader, receipts: Hearsay): void {
  const { type, author, view, sequence, digest, timeUs } = reader;
  replica.received = undefined;
  switch (type) {
    case 'Prepare':
    case 'Commit': {
      if (author < 0) return;
      const kind = type === 'Prepare' ? PREPARE : COMMIT;
      receipts.said(replica, author, voteDigest(author, kind, view, sequence, digest), type);
      if (!isNear(context, replica, sequence)) return;
      const slot = replica.slot(sequence);
      const counts = view >= replica.view && isWithin(context, replica, sequence);
      (type === 'Prepare' ? slot.prepares : slot.commits).add(author, view, digest, counts);
      if (counts) replica.touch(slot);
      break;
    }
    case 'PrePrepare':
      if (author < 0) return;
      receipts.said(replica, author, voteDigest(author, PROPOSAL, view, sequence, digest), type);
      replica.received = reader.message;
      if (isNear(context, replica, sequence)) {
        replica.slot(sequence).proposals.add(author, view, digest, true);
        demandAccept(context, replica, reader);
      }
      break;
    case 'Batch':
      replica.received = reader.message;
      break;
    case 'Checkpoint':
      if (author < 0) return;
      receipts.said(replica, author, voteDigest(author, CHECKPOINT, 0, sequence, digest), type);
      if (sequence > replica.stable + context.options.window) context.coverage.times.behind++;
      if (sequence > replica.stable) {
        replica.checkpointVotes.add(sequence, digest, author, true);
        countCheckpoint(context, replica, author, sequence, digest, timeUs);
      }
      break;
    case 'ViewChange':
      hearViewChange(context, replica, reader, receipts);
      break;
    case 'NewView':
      hearNewView(context, replica, reader, receipts);
      break;
    case 'StateChunk':
      hearProof(context, replica, readStateProof(reader.message));
      break;
    case 'Decided':
      if (author < 0) return;
      receipts.said(replica, author, voteDigest(author, DECISION, NO_VIEW, sequence, digest), type);
      hearDecision(context, replica, reader);
      break;
    case 'Status':
      replica.statuses++;
      break;
  }
}

/** Between its watermarks, whichever checkpoint it takes for the low one. */
function isWithin({ options }: StepContext, { stable, proved }: StepReplica, sequence: number): boolean {
  return sequence > Math.max(stable, proved - options.window) && sequence <= stable + options.window;
}

/** What may come to be between them soon; what a traitor says of others is not remembered. */
function isNear({ options }: StepContext, { stable, proved }: StepReplica, sequence: number): boolean {
  return sequence > stable && sequence <= proved + 2 * options.window;
}

/** Of what it has not executed. */
function hearDecision(context: StepContext, replica: StepReplica, { author, sequence, digest }: PbftReader): void {
  if (sequence <= replica.executed || !isNear(context, replica, sequence)) return;
  const slot = replica.slot(sequence);
  slot.decisions.add(author, NO_VIEW, digest, isWithin(context, replica, sequence));
  replica.touch(slot);
}

/** §4.2: a correct primary's pre-prepare is accepted, where nothing hinders; with MACs, who made a request may be open. */
function demandAccept(context: StepContext, replica: StepReplica, reader: PbftReader): void {
  const { view, sequence, digest, author, timeUs } = reader;
  const primary = context.primaryOf(view);
  if (author !== primary.place) return;
  const slot = replica.slot(sequence);
  const other = slot.otherAccepted(view, digest);
  if (other !== undefined) context.coverage.times.equivocationSeen++;
  if (context.options.authentication === 'macs' || !replica.active || view !== replica.view || other !== undefined)
    return;
  if (replica.proposals.has(sequence) || !isWithin(context, replica, sequence)) return;
  demand(context, replica, {
    rule: RULES.acceptPrePrepare,
    timeUs,
    verb: `accept digest ${digest} for ${sequence}`,
    after: `the pre-prepare of ${primary.id}`,
    // Who passes it on may pass another batch on with it: only the digest is signed.
    of: [primary, ...context.replicas.filter(({ place }) => place === reader.peer)],
    isMet: () => replica.view > view || replica.stable >= sequence || (slot.accepted?.view ?? -1) >= view,
  });
}

function hearViewChange(context: StepContext, replica: StepReplica, reader: PbftReader, receipts: Hearsay): void {
  const change = readViewChange(reader.message);
  const { author, timeUs } = reader;
  if (change === undefined || author < 0) return;
  receipts.said(replica, author, statementDigest(author, 'ViewChange', contentOf(change)), 'ViewChange');
  hearProof(context, replica, change.proof);
  if (changeProblem(context, change) !== undefined) {
    context.coverage.times.viewChangeInvalid++;
    return;
  }
  if (change.view < replica.view || (change.view === replica.view && replica.active)) return;
  replica.hearsViewChange(author, change);
  demandJoin(context, replica, timeUs);
  demandBeginning(context, replica, timeUs);
}

function hearNewView(context: StepContext, replica: StepReplica, reader: PbftReader, receipts: Hearsay): void {
  const { author, timeUs } = reader;
  const newView = readNewView(reader.message);
  if (newView === undefined || author < 0) return;
  const { view, proposals, viewChanges } = newView;
  receipts.said(replica, author, statementDigest(author, 'NewView', [view, proposals]), 'NewView');
  for (const { proof } of viewChanges) hearProof(context, replica, proof);
  if (author !== context.primaryOf(view).place) return;
  replica.hearsNewView(newView);
  demandEntering(context, replica, view, timeUs);
}

/** What is in a message was not looked at when it was received: it may count, if its receiver finds it authentic. */
function hearProof(context: StepContext, replica: StepReplica, proof: readonly CheckpointVote[] | undefined): void {
  for (const { sequence, digest, replica: id } of proof ?? []) {
    const author = context.reader.placeOf(id);
    if (author >= 0 && sequence >= replica.stable) replica.checkpointVotes.add(sequence, digest, author, false);
  }
}
