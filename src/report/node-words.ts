import type { NodeWords } from '../plugin/node-words.js';
import type { NodeState } from './view.js';

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
