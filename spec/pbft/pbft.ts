import type { Specification } from '../specification.js';
import { viewChangeActions, viewChangeHandlers } from './changing-views.js';
import { checkpointHandlers } from './checkpoints.js';
import { decisionActions } from './decisions.js';
import type { Defect } from './defects.js';
import { type Facts, NO_FACTS, withMessage } from './facts.js';
import { pbftInvariants } from './invariants.js';
import type { PbftMessage } from './messages.js';
import { normalCaseActions, normalCaseHandlers } from './normal-case.js';
import { primaryOf } from './quorums.js';
import { PBFT_RENAMED } from './renaming.js';
import { NEW_REPLICA, type Node } from './replica.js';
import { isTraitor, type PbftBounds, primaryIn, settingOf } from './setting.js';
import { pbftStepInvariants } from './step-invariants.js';
import { traitorActions } from './traitor-rules.js';
import { PBFT_WORDS } from './words.js';

export type PbftSpecification = Specification<Node, PbftMessage, Facts>;

/**
 * PBFT as in Castro and Liskov's paper of 1999, as a bounded model: requests, checkpoints and view changes with
 * signatures, over a network that delays, reorders, repeats and loses messages, and among traitors that say to each
 * replica what they like, as far as it does not take the signature of another.
 *
 * @param defect left out on purpose
 */
export function pbft(bounds: PbftBounds, defect?: Defect): PbftSpecification {
  const setting = settingOf(bounds, defect);
  const primaries = Array.from({ length: bounds.views + 1 }, (_, view) => primaryOf(view, bounds.replicas));
  return {
    name: 'pbft',
    initial: {
      nodes: Array.from({ length: bounds.replicas }, (_, replica) =>
        isTraitor(setting, replica) ? null : NEW_REPLICA,
      ),
      shared: NO_FACTS,
    },
    actions: [
      ...normalCaseActions(setting),
      ...decisionActions(setting),
      ...viewChangeActions(setting),
      ...traitorActions(setting),
    ],
    handlers: [...normalCaseHandlers(setting), ...checkpointHandlers(setting), ...viewChangeHandlers(setting)],
    sentOnce: () => false,
    overhear: (facts, message) => withMessage(facts, message, (view) => isTraitor(setting, primaryIn(setting, view))),
    alike: (one, other) =>
      ![one, other].some((replica) => primaries.includes(replica)) &&
      isTraitor(setting, one) === isTraitor(setting, other),
    invariants: pbftInvariants(setting),
    stepInvariants: pbftStepInvariants(setting),
    renamed: PBFT_RENAMED,
    words: PBFT_WORDS,
  };
}
