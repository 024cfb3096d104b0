import type { NodeState } from './view.js';

/** What a protocol calls that which its nodes are, the numbered times that they lead in, and how far they are. */
export interface NodeWords {
  readonly leader: string;
  readonly candidate: string;
  /** The same for who has never heard of it. */
  readonly candidateMeans: string;
  readonly follower: string;
  readonly term: string;
  readonly progress: string;
}

export const LEADER_WORDS: NodeWords = {
  leader: 'leader',
  candidate: 'candidate',
  candidateMeans: 'candidate',
  follower: 'follower',
  term: 'term',
  progress: 'commit index',
};

/** Where views follow each other, each with its primary. */
export const PRIMARY_WORDS: NodeWords = {
  leader: 'primary',
  candidate: 'waiting',
  candidateMeans: 'waiting for a view to begin',
  follower: 'backup',
  term: 'view',
  progress: 'executed',
};

/** What a stretch is labelled with, the longest first: the first that has room is drawn. */
export function stateLabels(words: NodeWords, state: NodeState, term: number | undefined): string[] {
  if (state === 'down') return ['no answer'];
  const name = state === 'unknown' ? '' : words[state];
  if (term === undefined) return state === 'leader' || state === 'candidate' ? [name] : [];
  const number = `${words.term} ${term}`;
  return state === 'leader' || state === 'candidate' ? [`${name}, ${number}`, String(term)] : [number, String(term)];
}

/** What a node is, in full: "primary, view 3", "does not answer". */
export function stateText(words: NodeWords, state: NodeState, term?: number): string {
  if (state === 'down') return 'no answer';
  return `${state === 'unknown' ? state : words[state]}${term === undefined ? '' : `, ${words.term} ${term}`}`;
}
