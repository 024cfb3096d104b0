import { distinctPlans, entersAsBackup, mayEnter, planInWords, quorumForNewView } from './changing-views.js';
import { isStable, stabilized } from './checkpoints.js';
import type { Facts } from './facts.js';
import { accepted } from './normal-case.js';
import { ofItself, type PbftAction } from './outcome.js';
import type { SignedViewChange } from './replica.js';
import { isTraitor, primaryIn, type Setting } from './setting.js';
import { combinations, traitorsViewChanges } from './traitors.js';
import { advance } from './votes.js';
import { requestName } from './words.js';

/**
 * What correct replicas do with messages of traitors. Those need not be sent first: a traitor has said to each replica
 * whatever may serve it, and says it when it serves.
 */
export function traitorActions(setting: Setting): PbftAction[] {
  const { bounds, defect, requests } = setting;
  const known = defect === 'accepts-unsigned-requests' ? [...requests, requests.length] : requests;
  const sequences = Array.from({ length: bounds.sequences }, (_, index) => index + 1);

  const prePrepare: PbftAction = {
    name: 'TraitorPrePrepare',
    section: '§4.2',
    statement: 'A backup accepts a pre-prepare of a treacherous primary, which tells others another.',
    ...ofItself(setting, (node) => {
      if (!isTraitor(setting, primaryIn(setting, node.view))) return [];
      return sequences.flatMap((sequence) =>
        known.flatMap((digest) => {
          const outcome = accepted(setting, node, { sequence, digest });
          return outcome ? [{ ...outcome, choice: `${requestName(digest)} as ${sequence}` }] : [];
        }),
      );
    }),
  };

  const votes: PbftAction = {
    name: 'TraitorVotes',
    section: '§4.2, §4.3',
    statement: 'PREPAREs, COMMITs or CHECKPOINTs of traitors complete what a replica has of the correct ones.',
    ...ofItself(setting, (node, self) => [
      ...node.slots.flatMap((slot) => {
        const outcome = advance(setting, node, slot, self);
        return outcome ? [{ ...outcome, choice: `for ${slot.sequence}` }] : [];
      }),
      ...node.checkpoints
        .filter((checkpoint) => isStable(setting, checkpoint))
        .map(({ sequence, history }) => ({
          node: stabilized(node, sequence, history),
          choice: `for checkpoint ${sequence}`,
        })),
    ]),
  };

  const newView: PbftAction = {
    name: 'TraitorNewView',
    section: '§4.4',
    statement: 'A backup enters a view of a treacherous primary, with a NEW-VIEW that follows from what others signed.',
    ...ofItself(setting, (node, _, facts) =>
      Array.from({ length: bounds.views }, (_, index) => index + 1)
        .filter((view) => isTraitor(setting, primaryIn(setting, view)) && mayEnter(setting, node, view))
        .flatMap((view) =>
          distinctPlans(setting, traitorsSets(setting, facts, view)).map(({ viewChanges, plan }) => ({
            ...entersAsBackup(node, view, plan, viewChanges),
            choice: planInWords(view, plan),
          })),
        ),
    ),
  };

  return bounds.traitors.length === 0 ? [] : [prePrepare, votes, newView];
}

/** The sets V that traitors can show for a view: they need those of correct replicas of which a quorum cannot do without. */
function traitorsSets(setting: Setting, facts: Facts, view: number): SignedViewChange[][] {
  const { bounds, defect } = setting;
  const lies = traitorsViewChanges(setting, facts, view);
  const needed = defect === 'unverified-new-view' ? 0 : quorumForNewView(setting) - bounds.traitors.length;
  const signed = facts.viewChanges.filter((each) => each.view === view);
  return subsets(signed, Math.max(0, needed)).flatMap((set) => combinations(lies, bounds.traitors, set));
}

function subsets<Item>(items: readonly Item[], size: number): Item[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}
