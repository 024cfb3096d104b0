import type { NodeId } from '../../kernel/ids.js';
import type { Role } from '../steps/node.js';
import { KnownLog } from './known-log.js';
import { ANY, contains, hull, inWords, type Range } from './range.js';

/** More than this are made one that allows what any of them does. */
const MOST = 12;

/**
 * One state that a node may be in, as far as its trace tells. Several are kept where the trace leaves a choice open;
 * each may leave variables open by itself. Immutable.
 */
export interface Candidate {
  readonly roles: readonly Role[];
  readonly term: Range;
  /** Undefined: not known. */
  readonly vote: NodeId | null | undefined;
  readonly log: KnownLog;
  readonly commit: Range;
  readonly applied: Range;
  /** Whether what the last message brought may still be taken. */
  readonly pending: boolean;
}

export const ROLES: readonly Role[] = ['follower', 'pre-candidate', 'candidate', 'leader'];

/** Of a node of which nothing is known. */
export const ANYTHING: Candidate = {
  roles: ROLES,
  term: ANY,
  vote: undefined,
  log: KnownLog.unknown,
  commit: ANY,
  applied: ANY,
  pending: false,
};

/** Without those that another one covers, and not too many. Never none. */
export function reduced(candidates: readonly Candidate[]): readonly Candidate[] {
  if (candidates.length === 1) return candidates;
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    if (kept.some((other) => covers(other, candidate))) continue;
    for (let place = kept.length - 1; place >= 0; place--) {
      if (covers(candidate, kept[place] as Candidate)) kept.splice(place, 1);
    }
    kept.push(candidate);
  }
  return kept.length <= MOST ? kept : [kept.reduce(joined)];
}

function covers(wide: Candidate, narrow: Candidate): boolean {
  return (
    contains(wide.term, narrow.term) &&
    contains(wide.commit, narrow.commit) &&
    contains(wide.applied, narrow.applied) &&
    (wide.pending || !narrow.pending) &&
    (wide.vote === undefined || wide.vote === narrow.vote) &&
    narrow.roles.every((role) => wide.roles.includes(role)) &&
    wide.log.covers(narrow.log)
  );
}

function joined(left: Candidate, right: Candidate): Candidate {
  return {
    roles: ROLES.filter((role) => left.roles.includes(role) || right.roles.includes(role)),
    term: hull(left.term, right.term),
    vote: left.vote === right.vote ? left.vote : undefined,
    log: left.log.common(right.log),
    commit: hull(left.commit, right.commit),
    applied: hull(left.applied, right.applied),
    pending: left.pending || right.pending,
  };
}

/** "follower in term 3, vote for n1, log to index 7, commit index 5"; what is not known is left out. */
function describe({ roles, term, vote, log, commit, applied }: Candidate): string {
  const known = [
    `${roles.length < ROLES.length ? roles.join(' or ') : 'of unknown role'} in term ${inWords(term)}`,
    vote === undefined ? 'vote unknown' : vote === null ? 'no vote' : `vote for ${vote}`,
    `log to index ${inWords(log.lastIndex)}`,
    `commit index ${inWords(commit)}`,
  ];
  if (applied.from > 0) known.push(`applied ${inWords(applied)}`);
  return known.join(', ');
}

/** The states of a node before a step: "it was …", "it was in one of 2 states: …; …". */
export function describeAll(candidates: readonly Candidate[]): string {
  const told = [...new Set(candidates.map(describe))];
  return told.length === 1
    ? `it was ${told[0]}`
    : `it was in one of ${told.length} states: ${told.slice(0, 3).join('; or ')}`;
}
