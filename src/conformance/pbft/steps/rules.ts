import { stepRule } from '../../../../spec/pbft/rules.js';
import type { Rule } from '../../../../spec/specification.js';

/** What a divergence is told as: the rules of `spec/pbft`, and those that the bounded model has no step of a node for. */
export const RULES = {
  prePrepare: stepRule('PrePrepare'),
  acceptPrePrepare: stepRule('AcceptPrePrepare'),
  handlePrepare: stepRule('HandlePrepare'),
  handleCommit: stepRule('HandleCommit'),
  execute: stepRule('Execute'),
  learnDecision: stepRule('LearnDecision'),
  handleCheckpoint: stepRule('HandleCheckpoint'),
  viewChange: stepRule('ViewChange'),
  handleViewChange: stepRule('HandleViewChange'),
  newView: stepRule('NewView'),
  handleNewView: stepRule('HandleNewView'),
  acceptBatch: {
    name: 'AcceptBatch',
    section: '§4.4',
    statement:
      'A batch that a new view speaks of, or that others executed, may come from anybody: it proves itself, by its digest.',
  },
  installState: {
    name: 'InstallState',
    section: '§4.3, thesis §4.6',
    statement:
      'A replica that is behind takes the state of a checkpoint for which a quorum signed, and goes on from there.',
  },
  recover: {
    name: 'Recover',
    section: 'thesis §4.1',
    statement:
      'A replica finds after a restart whatever it stands by: its view, its checkpoint, and what it voted for.',
  },
  sendAgain: {
    name: 'SendAgain',
    section: 'thesis §4.5',
    statement: 'A message is sent again to a replica that says that it lacks something, as it was.',
  },
  status: {
    name: 'Status',
    section: 'thesis §4.5',
    statement: 'A STATUS says how far its sender is.',
  },
  receivedWasSent: {
    name: 'ReceivedWasSent',
    section: '§2',
    statement: 'Nobody can state anything in the name of a correct replica.',
  },
} as const satisfies Record<string, Rule>;

export type StepRule = (typeof RULES)[keyof typeof RULES];
