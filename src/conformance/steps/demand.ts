import type { EntryRef } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';

/**
 * What a message that was received makes of the node, by the state in which it was received: steps that must follow
 * before the node takes its next input, and those that may. Zero and null where there is nothing.
 */
export class Demand {
  /** Of the receipt, for the story. */
  eventNumber = 0;
  timeUs: Micros = 0;
  from: NodeId = '';
  type = '';
  /** The term that must be entered, and the one that may: a request for a vote may be ignored (thesis §4.2.3). */
  mustEnter = 0;
  mayEnter = 0;
  entered = false;
  /** The leader that is heard from; whether the node is to become its follower. */
  leader: NodeId | null = null;
  mustFollow = false;
  /** Whom to vote for, in which term, once that is entered. */
  candidate: NodeId | null = null;
  voteTerm = 0;
  /** False: it may ignore the candidate in the term that it is in (thesis §4.2.3). */
  mustVote = true;
  /** Who asked for a pre-vote: nothing has to be durable first, so the answer leaves at once. */
  answers: NodeId | null = null;
  /** What §5.3 appends: `entries` without the first `known`, from `appendFrom` on. */
  appendFrom = 0;
  entries: readonly EntryRef[] = NOTHING;
  known = 0;
  /** What the commit index becomes. */
  commit = 0;
  /** The snapshot to install. */
  snapshotIndex = 0;
  snapshotTerm = 0;

  clear(): void {
    this.mustEnter = 0;
    this.mayEnter = 0;
    this.entered = false;
    this.leader = null;
    this.mustFollow = false;
    this.candidate = null;
    this.answers = null;
    this.appendFrom = 0;
    this.entries = NOTHING;
    this.commit = 0;
    this.snapshotIndex = 0;
    this.type = '';
  }
}

const NOTHING: readonly EntryRef[] = [];
