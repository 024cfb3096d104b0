export type { KillHint, Mutant } from './mutant.js';
export { PBFT_MUTANTS, pbftBugs } from './pbft.js';
export { RAFT_MUTANTS, type RaftMutant, raftBugs } from './raft.js';
