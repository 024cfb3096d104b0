import type { Rule } from '../specification.js';

/**
 * PBFT's rules by name: what correct replicas do, and what holds of them. Sections are those of Castro and Liskov,
 * "Practical Byzantine Fault Tolerance" (OSDI '99). `LearnDecision` goes beyond that paper, for what Berger, Reiser and
 * Bessani found in "Making Reads in BFT State Machine Replication Fast, Linearizable, and Live" (SRDS '21).
 */
export const STEP_RULES = {
  PrePrepare: {
    section: '§4.2',
    statement:
      'The primary gives a request the next sequence number between the watermarks and multicasts a PRE-PREPARE.',
  },
  AcceptPrePrepare: {
    section: '§4.2',
    statement:
      'A backup accepts a pre-prepare of its view with a sequence number between the watermarks, unless it has accepted another digest for both, and multicasts a PREPARE.',
  },
  HandlePrepare: {
    section: '§4.2',
    statement:
      'Once a pre-prepare has matching PREPAREs of so many backups that with the primary they are a quorum, the request is prepared, and the replica multicasts a COMMIT.',
  },
  HandleCommit: {
    section: '§4.2',
    statement: 'A prepared request with matching COMMITs of a quorum, its own included, is committed-local.',
  },
  Execute: {
    section: '§4.2, §4.3',
    statement:
      'A replica executes what is committed-local in the order of sequence numbers, a request that it has executed before and the null request without effect; after every K-th it multicasts a CHECKPOINT.',
  },
  LearnDecision: {
    section: '§4.2, Berger et al. 2021',
    statement:
      'A replica executes what f+1 others say that they executed, in whichever view it is: one of them is correct, so that a quorum committed it.',
  },
  HandleCheckpoint: {
    section: '§4.3',
    statement:
      'A checkpoint with CHECKPOINTs of a quorum, of one sequence number and one digest, is stable: the watermarks move up to it, and what is not above it is discarded.',
  },
  ViewChange: {
    section: '§4.4',
    statement:
      'A replica that suspects the primary stops to accept messages of its view and multicasts a VIEW-CHANGE for the next, with its stable checkpoint and all that prepared above it.',
  },
  HandleViewChange: {
    section: '§4.4, §4.5.2',
    statement:
      'A replica that has VIEW-CHANGEs of f+1 others for later views joins them in the earliest of those; the primary of a view keeps them for its NEW-VIEW.',
  },
  NewView: {
    section: '§4.4',
    statement:
      'The primary of a view that has VIEW-CHANGEs of a quorum for it multicasts a NEW-VIEW with them, and with a pre-prepare for each sequence number from their latest stable checkpoint to the last one that prepared.',
  },
  HandleNewView: {
    section: '§4.4',
    statement:
      'A backup enters a new view if the VIEW-CHANGEs in its NEW-VIEW are valid and its pre-prepares follow from them; it multicasts a PREPARE for each.',
  },
} as const satisfies Record<string, Omit<Rule, 'name'>>;

export const INVARIANT_RULES = {
  Agreement: {
    section: '§4.5.1',
    statement: 'No two correct replicas commit or execute different requests with one sequence number.',
  },
  AppliedContiguous: {
    section: '§4.2',
    statement: 'A correct replica executes sequence numbers from 1 on in order and without a gap.',
  },
  ExactlyOnce: {
    section: '§4.1, §4.2',
    statement: 'A correct replica executes each request of a client, by its timestamp, at most once.',
  },
  Validity: {
    section: '§4.2',
    statement: 'What a correct replica accepts or executes is a request that a client signed, or the null request.',
  },
  PreparedUnique: {
    section: '§4.2',
    statement:
      'No two digests can be shown to have prepared with one view and sequence number, and no correct replica signs two.',
  },
  CommittedImpliesPrepared: {
    section: '§4.2',
    statement:
      'What is committed-local at a correct replica has prepared at f+1 correct ones, or is covered by their stable checkpoints.',
  },
  NewViewJustified: {
    section: '§4.4, §4.5.1',
    statement:
      'What is committed-local in a view is carried by the pre-prepares of every later view that a correct replica enters, unless it is not above the stable checkpoint with which that begins.',
  },
  NewViewRecomputable: {
    section: '§4.4',
    statement:
      'The pre-prepares of a NEW-VIEW of a correct primary are those that follow from the VIEW-CHANGEs of a quorum in it.',
  },
  StableCheckpointCert: {
    section: '§4.3',
    statement: 'A checkpoint that is stable at a correct replica has CHECKPOINTs of a quorum with one digest.',
  },
  ReplyCertificate: {
    section: '§4.1',
    statement:
      'A result that a client accepts, for f+1 replicas sent it, is the result of a correct replica, and no other is accepted for that request.',
  },
  ViewMonotonic: {
    section: '§4.4',
    statement: "A correct replica's view never falls.",
  },
  NoVoteAfterViewChange: {
    section: '§4.4',
    statement:
      'A correct replica sends nothing in a view after its VIEW-CHANGE for a later one, which omits nothing that prepared above its stable checkpoint.',
  },
  WatermarksHold: {
    section: '§4.2, §4.3',
    statement:
      'A correct replica accepts only sequence numbers between its watermarks, which never fall, and discards only what is not above the lower one.',
  },
} as const satisfies Record<string, Omit<Rule, 'name'>>;

export type StepRuleName = keyof typeof STEP_RULES;
export type InvariantRuleName = keyof typeof INVARIANT_RULES;

/** A rule with its name. */
export function stepRule(name: StepRuleName): Rule {
  return { name, ...STEP_RULES[name] };
}

export function invariantRule(name: InvariantRuleName): Rule {
  return { name, ...INVARIANT_RULES[name] };
}
