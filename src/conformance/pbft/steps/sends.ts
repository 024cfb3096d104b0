import { hash53 } from '../../../kernel/hash.js';
import type { Micros } from '../../../kernel/units.js';
import { readNewView, readStatus, readViewChange, type ViewChangeRef } from '../message.js';
import type { PbftReader } from '../reader.js';
import type { StepContext } from './context.js';
import { NO_VIEW, tellDecision } from './decisions.js';
import { statementDigest, voteDigest } from './digest-set.js';
import { contentOf } from './heard-view-changes.js';
import { beginningProblem, minSOf } from './new-views.js';
import type { OwnViewChange, StepReplica } from './replica.js';
import { RULES, type StepRule } from './rules.js';
import { ACCEPTED, PREPARED, type Sends } from './slot.js';
import { sameProposals } from './views.js';

export const PROPOSAL = 1;
export const PREPARE = 2;
export const COMMIT = 3;
export const CHECKPOINT = 4;
export const DECISION = 5;

/** What a replica tells another: what it decided, as it is. */
export function send(context: StepContext, replica: StepReplica, reader: PbftReader): void {
  const { type, author, view, sequence, digest, timeUs } = reader;
  if (author !== replica.place) {
    relay(context, replica, reader);
    return;
  }
  switch (type) {
    case 'PrePrepare':
      context.sent.add(voteDigest(author, PROPOSAL, view, sequence, digest));
      vote(context, replica, reader, RULES.prePrepare, ACCEPTED, 'pre-prepare');
      break;
    case 'Prepare':
      context.sent.add(voteDigest(author, PREPARE, view, sequence, digest));
      vote(context, replica, reader, RULES.acceptPrePrepare, ACCEPTED, 'PREPARE');
      break;
    case 'Commit':
      context.sent.add(voteDigest(author, COMMIT, view, sequence, digest));
      vote(context, replica, reader, RULES.handlePrepare, PREPARED, 'COMMIT');
      break;
    case 'Checkpoint':
      context.sent.add(voteDigest(author, CHECKPOINT, 0, sequence, digest));
      checkpoint(context, replica, reader);
      break;
    case 'ViewChange': {
      const change = readViewChange(reader.message);
      if (change === undefined) break;
      context.sent.add(statementDigest(author, type, contentOf(change)));
      viewChange(context, replica, change, timeUs);
      break;
    }
    case 'NewView':
      newView(context, replica, reader);
      break;
    case 'Decided':
      context.sent.add(voteDigest(author, DECISION, NO_VIEW, sequence, digest));
      tellDecision(context, replica, reader);
      break;
    case 'Status':
      status(context, replica, reader);
      break;
  }
}

function vote(
  context: StepContext,
  replica: StepReplica,
  reader: PbftReader,
  rule: StepRule,
  decided: typeof ACCEPTED | typeof PREPARED,
  what: string,
): void {
  const { view, sequence, digest, timeUs } = reader;
  if (view > replica.promisedView) replica.promisedView = view;
  // What became stable while it waited for the disk is sent none the less.
  if (sequence <= replica.stable) return;
  const act = replica.slots.get(sequence)?.find(view, digest);
  const isPrimary = context.primaryOf(view) === replica;
  const allowed =
    (rule === RULES.prePrepare) !== isPrimary && rule !== RULES.handlePrepare
      ? `${isPrimary ? 'no PREPARE' : 'no pre-prepare'} of ${replica.id} in view ${view}, whose primary is ${context.primaryOf(view).id}`
      : act === undefined || (act.what & decided) === 0
        ? `only for what it had ${decided === ACCEPTED ? 'accepted' : 'prepared'} there`
        : undefined;
  if (allowed !== undefined) {
    const did = `sent a ${what} for digest ${digest}, sequence number ${sequence} and view ${view}`;
    context.diverges(replica, { rule, timeUs, allowed, did });
  }
  if (act === undefined) return;
  act.promised |= decided;
  once(
    context,
    replica,
    decided === PREPARED ? act.commit : act.vote,
    `${what} for ${sequence} in view ${view}`,
    reader,
  );
}

/** A vote is sent to each once, and again only when some other said how far it is (thesis §4.5). */
function once(
  context: StepContext,
  replica: StepReplica,
  sends: Sends,
  what: string,
  { peer, timeUs }: PbftReader,
): void {
  const times = (sends.times[peer] ?? 0) + 1;
  sends.times[peer] = times;
  if (times === 1) return;
  context.coverage.times.voteSentAgain++;
  if (times - 1 <= replica.statuses - sends.statuses) return;
  const to = context.at(peer)?.id ?? 'a stranger';
  context.diverges(replica, {
    rule: RULES.sendAgain,
    timeUs,
    allowed: `nothing, for it had sent ${to} that, and not heard since that somebody lacks it`,
    did: `sent ${to} its ${what} again`,
  });
}

/** §4.3: of a checkpoint that it has. */
function checkpoint(context: StepContext, replica: StepReplica, { sequence, digest, timeUs }: PbftReader): void {
  const { checkpoints, earlierCheckpoints } = replica;
  const own =
    sequence === replica.stable
      ? replica.stableDigest
      : (checkpoints.get(sequence) ?? earlierCheckpoints.get(sequence));
  // What became stable while it waited for the disk is sent none the less.
  if (own === digest || sequence < replica.stable) return;
  context.diverges(replica, {
    rule: RULES.execute,
    timeUs,
    allowed: own === undefined ? 'only checkpoints that it has' : `only digest ${own} for checkpoint ${sequence}`,
    did: `sent a CHECKPOINT ${sequence} with digest ${digest}`,
  });
}

/** §4.4: its stable checkpoint, and what prepared above it, when it left its view. */
function viewChange(context: StepContext, replica: StepReplica, change: ViewChangeRef, timeUs: Micros): void {
  replica.promisedView = Math.max(replica.promisedView, change.view);
  // It may tell of one whose state it lacks.
  replica.promisedStable = Math.max(replica.promisedStable, Math.min(change.stable, replica.stable));
  const own = replica.ownViewChanges.filter(({ view }) => view === change.view);
  const problems = own.map((known) => tellsProblem(context, replica, known, change));
  if (problems.includes(undefined)) return;
  context.diverges(replica, {
    rule: RULES.viewChange,
    timeUs,
    allowed: problems[0] ?? `none for view ${change.view}, which it does not wait for`,
    did: `sent a VIEW-CHANGE for view ${change.view} with checkpoint ${change.stable} and ${change.prepared.length} prepared`,
  });
}

function tellsProblem(
  { options }: StepContext,
  replica: StepReplica,
  known: OwnViewChange,
  { stable, prepared, prePrepared }: ViewChangeRef,
): string | undefined {
  if (stable < known.stable || (stable > known.stable && stable > replica.proved)) {
    return `only checkpoint ${known.stable}, or one that others proved to it`;
  }
  const due = known.prepared.filter(({ sequence }) => sequence > stable);
  const isWhole =
    prepared.length === due.length &&
    prepared.every(({ sequence, view, digest }, index) => {
      const own = due[index];
      return own?.sequence === sequence && own.view === view && own.digest === digest;
    });
  if (!isWhole)
    return `only with what prepared: ${due.map(({ sequence, view }) => `${sequence} in view ${view}`).join(', ') || 'nothing'}`;
  const told = new Map(prePrepared.map(({ sequence, digest, view }) => [`${sequence} ${digest}`, view]));
  if (options.authentication === 'signatures')
    return told.size === 0 ? undefined : 'no pre-prepared batches beside proofs';
  for (const [key, view] of known.prePrepared) {
    const isAbove = Number.parseInt(key, 10) > stable;
    if (isAbove && told.get(key) !== view) return `only with all that it pre-prepared, ${key} in view ${view} among it`;
  }
  const extra = [...told.keys()].some((key) => !known.prePrepared.has(key));
  return extra && !replica.restarted ? 'only what it pre-prepared' : undefined;
}

/** §4.4: V of a quorum, as it received them, and what follows from it. */
function newView(context: StepContext, replica: StepReplica, { message, timeUs, author }: PbftReader): void {
  const told = readNewView(message);
  if (told === undefined) return;
  const { view, viewChanges, proposals } = told;
  context.sent.add(statementDigest(author, 'NewView', [view, proposals]));
  for (const { sequence, digest } of proposals) {
    context.sent.add(voteDigest(author, PROPOSAL, view, sequence, digest));
  }
  replica.promisedView = Math.max(replica.promisedView, view);
  if (view < replica.view) return;
  // What it has told once it may tell again, whatever it has heard since from who says first this and then that.
  const digest = hash53(JSON.stringify([view, viewChanges.map(contentOf), proposals]));
  if (replica.toldNewView === digest) return;
  const unheard = viewChanges.filter((change) => {
    const place = context.reader.placeOf(change.replica);
    if (place === replica.place)
      return !replica.ownViewChanges.some((own) => tellsProblem(context, replica, own, change) === undefined);
    return !replica.viewChanges[place]?.mayHold(change);
  });
  const own = [...replica.proposals].map(([sequence, digest]) => ({ sequence, digest }));
  const allowed =
    context.primaryOf(view) !== replica
      ? `none of ${replica.id} for view ${view}, whose primary is ${context.primaryOf(view).id}`
      : !replica.active || view !== replica.view
        ? 'only of the view that it has begun'
        : !sameProposals(own, proposals) || minSOf(told) !== replica.minS
          ? `only what it began view ${view} with`
          : unheard.length > 0 && !replica.restarted
            ? `only with VIEW-CHANGEs as it received them; that of ${unheard.map((change) => change.replica).join(', ')} it had not`
            : problem(context, told);
  if (allowed === undefined) {
    replica.toldNewView = digest;
    return;
  }
  context.diverges(replica, {
    rule: RULES.newView,
    timeUs,
    allowed,
    did: `sent a NEW-VIEW for view ${view} with ${viewChanges.length} VIEW-CHANGEs and ${proposals.length} pre-prepares`,
  });
}

function problem(context: StepContext, told: NonNullable<ReturnType<typeof readNewView>>): string | undefined {
  const wrong = beginningProblem(context, told);
  return wrong === undefined ? undefined : `only a NEW-VIEW that is valid; ${wrong}`;
}

function status(context: StepContext, replica: StepReplica, { message, timeUs }: PbftReader): void {
  const told = readStatus(message);
  if (told === undefined) return;
  const { view, active, stable, executed } = replica;
  const isOwn = told.view === view && told.active === active && told.stable === stable && told.executed === executed;
  if (isOwn) return;
  context.diverges(replica, {
    rule: RULES.status,
    timeUs,
    allowed: `only that it is ${replica.describe()}`,
    did: `sent a STATUS of view ${told.view}${told.active ? '' : ', waiting for it'}, with checkpoint ${told.stable} and ${told.executed} executed`,
  });
}

/** What others stated is passed on as it is: a pre-prepare that was accepted, or the NEW-VIEW of the view. */
function relay(
  context: StepContext,
  replica: StepReplica,
  { type, author, view, sequence, digest, timeUs, message }: PbftReader,
): void {
  if (author < 0) return;
  const whose = context.at(author)?.id;
  if (type === 'PrePrepare') {
    if (sequence <= replica.stable || replica.slots.get(sequence)?.did(view, digest, ACCEPTED)) return;
    const did = `passed on a pre-prepare of ${whose} for digest ${digest}, sequence number ${sequence} and view ${view}`;
    context.diverges(replica, { rule: RULES.sendAgain, timeUs, allowed: 'only what it had accepted', did });
  } else if (type === 'NewView') {
    const told = readNewView(message);
    // The one before a restart is on the disk.
    if (told === undefined || replica.restarted) return;
    if (replica.begunBy.some((begun) => begun.view === view && sameProposals(begun.proposals, told.proposals))) return;
    const did = `passed on a NEW-VIEW of ${whose} for view ${view}`;
    context.diverges(replica, {
      rule: RULES.sendAgain,
      timeUs,
      allowed: 'only those with which views began here',
      did,
    });
  }
}
