/** What a protocol calls what its nodes are, the numbered times that they lead in, and how far they are. */
export interface NodeWords {
  readonly leader: string;
  readonly candidate: string;
  /** The same for who has never heard of it. */
  readonly candidateMeans: string;
  readonly follower: string;
  readonly term: string;
  /** That another term has a leader: "leader change". */
  readonly change: string;
  readonly progress: string;
}

/** Those of a system that has none of its own. */
export const LEADER_WORDS: NodeWords = {
  leader: 'leader',
  candidate: 'candidate',
  candidateMeans: 'candidate',
  follower: 'follower',
  term: 'term',
  change: 'leader change',
  progress: 'commit index',
};
