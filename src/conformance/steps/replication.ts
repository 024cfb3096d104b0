import type { EntryRef, TraceEvent } from '../../history/trace.js';
import type { Coverage } from '../reach/coverage.js';
import type { StepContext } from './context.js';
import { describeStep, entriesOf } from './describe-step.js';
import { sameEntry } from './log.js';
import type { StepNode } from './node.js';
import { RULES } from './rules.js';

type Step<Name extends TraceEvent['name']> = TraceEvent & { readonly name: Name };

export function append(context: StepContext, node: StepNode, event: Step<'Append'>): void {
  const { divergences, coverage } = context;
  const { log, demand } = node;
  const { from, entries, timeUs } = event;
  const last = log.lastIndex;
  if (node.role === 'leader') {
    coverage.times.clientRequest++;
    if (from !== last + 1 || entries.some(({ term }) => term !== node.term)) {
      divergences.add(node, {
        rule: RULES.clientRequest,
        timeUs,
        allowed: `a leader to append entries of its term ${node.term} from index ${last + 1} on`,
        did: describeStep(event),
      });
    }
  } else if (isDemanded(node, from, entries)) {
    countAppended(coverage.times, node, from, entries.length);
    demand.appendFrom = 0;
  } else {
    const added = demand.entries.length - demand.known;
    divergences.add(node, {
      rule: RULES.accept,
      timeUs,
      allowed:
        demand.appendFrom > 0
          ? `to put ${entriesOf(added)} of ${demand.from} at index ${demand.appendFrom}, and nothing else`
          : `its log to stay as it is, for no message of its term's leader lets it change`,
      did: describeStep(event),
    });
    demand.appendFrom = 0;
  }
  if (from <= node.durableIndex) node.durableIndex = from - 1;
  log.replace(from, entries);
}

function countAppended(times: Coverage['times'], { log, demand }: StepNode, from: number, added: number): void {
  const last = log.lastIndex;
  if (from <= last) {
    times.truncated++;
    if (from + added - 1 < last) times.shortened++;
  } else if (demand.known > 0) times.overlapped++;
  else times.appended++;
}

function isDemanded({ demand }: StepNode, from: number, entries: readonly EntryRef[]): boolean {
  if (demand.appendFrom !== from) return false;
  const { known, entries: told } = demand;
  if (entries.length !== told.length - known) return false;
  for (let place = 0; place < entries.length; place++) {
    if (!sameEntry(entries[place] as EntryRef, told[place + known] as EntryRef)) return false;
  }
  return true;
}

export function advanceCommit(context: StepContext, node: StepNode, event: Step<'AdvanceCommit'>): void {
  const { divergences, coverage } = context;
  const { demand, log } = node;
  const { commitIndex: index, leader: asLeader, timeUs } = event;
  if (asLeader !== (node.role === 'leader')) {
    divergences.add(node, {
      rule: RULES.advanceCommitIndex,
      timeUs,
      allowed: `to act as the ${node.role} that it is`,
      did: `${describeStep(event)} as ${asLeader ? 'leader' : 'follower'}`,
    });
  } else if (asLeader) {
    const agreed = node.agreedIndex(context.majority);
    const own = log.termAt(agreed) === node.term && agreed > node.commitIndex;
    if (!own || index !== agreed) {
      divergences.add(node, {
        rule: RULES.advanceCommitIndex,
        timeUs,
        allowed: own
          ? `to advance the commit index to ${agreed}, which a quorum holds durably`
          : `no commitment: a quorum holds the log durably up to index ${agreed}, of term ${log.termAt(agreed) ?? 'unknown'}`,
        did: describeStep(event),
      });
    } else if ((log.termAt(node.commitIndex + 1) ?? node.term) < node.term) coverage.times.committedFormer++;
    else coverage.times.committedOwn++;
    coverage.times.advanceCommitIndex++;
    if (node.leadership) node.leadership.committed = index;
  } else {
    coverage.times.followerCommit++;
    if (index !== demand.commit || demand.appendFrom > 0 || index > log.lastIndex) {
      divergences.add(node, {
        rule: RULES.followerCommit,
        timeUs,
        allowed:
          demand.commit > 0
            ? `to advance the commit index to ${demand.commit}, once the entries are appended`
            : `the commit index to stay at ${node.commitIndex}, for no message of its leader is later`,
        did: describeStep(event),
      });
    }
    demand.commit = 0;
  }
  node.commitIndex = index;
}

export function apply({ divergences }: StepContext, node: StepNode, event: Step<'Apply'>): void {
  const { from, entries, timeUs } = event;
  const { applied, commitIndex, log } = node;
  const to = from + entries.length - 1;
  if (from !== applied + 1 || to > commitIndex || !log.holds(from, entries)) {
    divergences.add(node, {
      rule: RULES.apply,
      timeUs,
      allowed:
        applied < commitIndex
          ? `to apply its own entries from index ${applied + 1} up to ${commitIndex}`
          : `nothing to apply, for all that is committed was`,
      did: describeStep(event),
    });
  }
  node.applied = to;
}

export function compact({ divergences }: StepContext, node: StepNode, event: Step<'Compact'>): void {
  const { index, term, timeUs } = event;
  const { log, applied } = node;
  if (index <= log.baseIndex || index > applied || log.termAt(index) !== term) {
    divergences.add(node, {
      rule: RULES.compact,
      timeUs,
      allowed: `to drop its log up to some index from ${log.baseIndex + 1} to ${applied}`,
      did: describeStep(event),
    });
  }
  log.compact(index);
}

/** Figure 13, steps 6 to 8. */
export function installSnapshot(context: StepContext, node: StepNode, event: Step<'InstallSnapshot'>): void {
  const { index, term, log: kept, timeUs } = event;
  const { demand, log } = node;
  const contained = log.termAt(index) === term;
  const retained = contained ? log.after(index) : [];
  const asked = demand.snapshotIndex === index && demand.snapshotTerm === term;
  if (
    !asked ||
    kept.length !== retained.length ||
    kept.some((entry, place) => !sameEntry(entry, retained[place] as EntryRef))
  ) {
    context.divergences.add(node, {
      rule: RULES.installSnapshot,
      timeUs,
      allowed:
        demand.snapshotIndex > 0
          ? `to install the snapshot to index ${demand.snapshotIndex} of term ${demand.snapshotTerm} and to keep ${entriesOf(retained.length)}`
          : 'no snapshot, for none that is newer than its commit index has arrived whole',
      did: describeStep(event),
    });
  }
  // What it retained is as durable as before; the snapshot will be with the next sync.
  node.durableIndex = contained ? node.durableIndex : Math.min(node.durableIndex, node.commitIndex);
  log.reset(index, term, kept);
  node.commitIndex = index;
  node.applied = index;
  demand.snapshotIndex = 0;
  if (retained.length > 0) context.coverage.times.snapshotKeepsSuffix++;
  else context.coverage.times.snapshotDropsLog++;
}

export function durable(
  { divergences, coverage, majority }: StepContext,
  node: StepNode,
  event: Step<'Durable'>,
): void {
  const { term, votedFor, lastIndex, timeUs } = event;
  // A sync may have begun before the latest vote: then it covers none yet.
  const otherVote = term === node.term && votedFor !== null && votedFor !== node.votedFor;
  // But no sync takes back what an earlier one made durable.
  const { durableTerm, durableVote } = node;
  const takenBack = term < durableTerm || (term === durableTerm && durableVote !== null && votedFor !== durableVote);
  if (term > node.term || otherVote || takenBack || lastIndex > node.log.lastIndex) {
    const vote = durableVote === null ? '' : ` with its vote for ${durableVote}`;
    divergences.add(node, {
      rule: RULES.durable,
      timeUs,
      allowed: takenBack
        ? `to keep term ${durableTerm}${vote}, which is durable`
        : `to sync what it had, at most term ${node.term} and its log up to index ${node.log.lastIndex}`,
      did: describeStep(event),
    });
  }
  node.durableTerm = term;
  node.durableVote = votedFor;
  node.durableIndex = Math.min(lastIndex, node.log.lastIndex);
  if (node.leadership) coverage.heldByLeader(node, majority);
}
