import { durability } from './durability.js';
import type { Setting } from './extend.js';
import { leases } from './leases.js';
import { preVote } from './pre-vote.js';
import type { RaftSpecification } from './raft.js';
import { reads } from './reads.js';
import { sessions } from './sessions.js';
import { snapshots } from './snapshots.js';

interface FeatureOfRaft {
  readonly statement: string;
  /** Adds it to a specification that has those above it, as far as they are wanted. */
  readonly extend: (base: RaftSpecification, setting: Setting) => RaftSpecification;
}

/** What can be modelled besides Raft as it is in §5 of the paper: in the order in which one builds on another. */
export const FEATURES = {
  'pre-vote': {
    statement:
      'servers ask before they campaign, and ignore candidates while they hear from a leader (thesis §9.6, §4.2.3)',
    extend: preVote,
  },
  snapshots: { statement: 'snapshots take the place of logs (§7)', extend: snapshots },
  sessions: { statement: 'a state machine executes a request once that is sent again (thesis §6.3)', extend: sessions },
  reads: { statement: 'reads bypass the log after a round of messages (thesis §6.4)', extend: reads },
  leases: {
    statement: 'reads bypass the log while clocks say that nobody else is elected (thesis §6.4.1)',
    extend: leases,
  },
  durability: { statement: 'a crash loses what was not synced (Figure 2)', extend: durability },
} as const satisfies Record<string, FeatureOfRaft>;

export type Feature = keyof typeof FEATURES;
