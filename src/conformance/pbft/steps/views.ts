import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import type { Proposed } from '../message.js';
import type { StepContext } from './context.js';
import { demand } from './demands.js';
import { beginningProblem, minSOf } from './new-views.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';

/** NEW-VIEWs that began views here, and may yet be passed on. */
const REMEMBERED = 8;

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** §4.4, when its timer runs out, for the next view; §4.5.2, with f+1 others, for the earliest of theirs. */
export function startViewChange(context: StepContext, replica: StepReplica, view: number, timeUs: Micros): void {
  const { view: before } = replica;
  if (view <= before) {
    context.diverges(replica, {
      rule: RULES.viewChange,
      timeUs,
      allowed: `only views after ${before}`,
      did: `started a view change to view ${view}`,
    });
  } else {
    const joins = joinable(context, replica, view);
    if (view > before + 1 && !joins) {
      context.diverges(replica, {
        rule: RULES.handleViewChange,
        timeUs,
        allowed: `only view ${before + 1}, or one that it was asked for with ${context.quorums.weak} VIEW-CHANGEs`,
        did: `started a view change to view ${view}`,
      });
    }
    context.coverage.startsViewChange(replica, joins);
  }
  replica.view = view;
  replica.active = false;
  replica.notesViewChange();
  demandBeginning(context, replica, timeUs);
}

/** Whether so many others are ahead that one of them is correct, and none of those that count is before this view. */
function joinable({ replicas, quorums }: StepContext, replica: StepReplica, view: number): boolean {
  let isAsked = false;
  let count = 0;
  for (const { place } of replicas) {
    const heard = replica.viewChanges[place];
    if (heard?.mayHaveLeftFor(view)) count++;
    if (heard?.mayAskFor(view)) isAsked = true;
  }
  return isAsked && count >= quorums.weak;
}

/** §4.5.2: f+1 correct replicas that are ahead take this one along. */
export function demandJoin(context: StepContext, replica: StepReplica, timeUs: Micros): void {
  const ahead = context.replicas.filter(({ place }) => latestOf(replica, place) > replica.view);
  if (ahead.length < context.quorums.weak) return;
  const before = replica.view;
  const of = ahead.slice();
  demand(context, replica, {
    rule: RULES.handleViewChange,
    timeUs,
    verb: 'join them',
    after: `VIEW-CHANGEs of ${of.map(({ id }) => id).join(', ')} for views after ${before}`,
    of,
    isMet: () => replica.view > before,
  });
}

function latestOf(replica: StepReplica, place: number): number {
  return replica.viewChanges[place]?.latest ?? -1;
}

/** §4.4: the primary of a view has the VIEW-CHANGEs of a quorum, all correct, its own included. */
export function demandBeginning(context: StepContext, replica: StepReplica, timeUs: Micros): void {
  const { view, active } = replica;
  if (active || context.primaryOf(view) !== replica || context.options.authentication === 'macs') return;
  const of = context.replicas.filter(({ place }) => place !== replica.place && latestOf(replica, place) === view);
  if (of.length + 1 < context.quorums.quorum) return;
  demand(context, replica, {
    rule: RULES.newView,
    timeUs,
    verb: `begin view ${view}`,
    after: `VIEW-CHANGEs of ${of.map(({ id }) => id).join(', ')}`,
    of,
    isMet: () => replica.view > view || replica.active,
  });
}

/** §4.4: by the NEW-VIEW of its primary, or as its primary. */
export function enterView(context: StepContext, replica: StepReplica, step: Step<'EnterView'>, timeUs: Micros): void {
  const { view, stable, proposals } = step;
  const isPrimary = context.primaryOf(view) === replica;
  const allowed = enterProblem(context, replica, step);
  if (allowed !== undefined) {
    const did = `entered view ${view} with checkpoint ${stable} and ${proposals.length} pre-prepares`;
    context.diverges(replica, { rule: isPrimary ? RULES.newView : RULES.handleNewView, timeUs, allowed, did });
  }
  context.coverage.entersView(replica, step);
  replica.begunBy = [...heard(replica, step), ...replica.begunBy].slice(0, REMEMBERED);
  replica.view = view;
  replica.active = true;
  replica.minS = stable;
  replica.proposals = new Map(proposals.map(({ sequence, digest }) => [sequence, digest]));
  replica.lastSequence = Math.max(replica.stable, stable, ...proposals.map(({ sequence }) => sequence));
  replica.newViews = replica.newViews.filter((newView) => newView.view > view);
  demandCarried(context, replica, view, timeUs);
}

function enterProblem(context: StepContext, replica: StepReplica, step: Step<'EnterView'>): string | undefined {
  const { view } = step;
  if (view < replica.view || (view === replica.view && replica.active)) return `only views after ${replica.view}`;
  const primary = context.primaryOf(view);
  if (primary === replica) {
    const changes = context.replicas.filter(({ place }) => replica.viewChanges[place]?.mayAskFor(view));
    const own = replica.ownViewChanges.some((change) => change.view === view) ? 1 : 0;
    const { quorum } = context.quorums;
    return changes.length + own >= quorum ? undefined : `only with VIEW-CHANGEs of ${quorum} replicas for it`;
  }
  const fitting = heard(replica, step);
  if (fitting.length === 0) return `only as a NEW-VIEW of ${primary.id} that it received says`;
  const problems = fitting.map((newView) => beginningProblem(context, newView));
  return problems.includes(undefined) ? undefined : `only by a valid NEW-VIEW; ${problems[0]}`;
}

/** NEW-VIEWs of its primary that say what the view begins with. */
function heard(replica: StepReplica, { view, stable, proposals }: Step<'EnterView'>) {
  return replica.newViews.filter((newView) => {
    return newView.view === view && minSOf(newView) === stable && sameProposals(newView.proposals, proposals);
  });
}

export function sameProposals(left: readonly Proposed[], right: readonly Proposed[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ sequence, digest }, index) => right[index]?.sequence === sequence && right[index].digest === digest)
  );
}

/** §4.4: a new view's pre-prepares are accepted as those of any view. */
function demandCarried(context: StepContext, replica: StepReplica, view: number, timeUs: Micros): void {
  const missing = () => {
    for (const sequence of replica.proposals.keys()) {
      if (sequence > replica.stable && replica.slots.get(sequence)?.accepted?.view !== view) return sequence;
    }
    return undefined;
  };
  demand(context, replica, {
    rule: RULES.handleNewView,
    timeUs,
    verb: `accept all of the pre-prepares of view ${view}`,
    after: 'entering it',
    isMet: () => replica.view !== view || missing() === undefined,
  });
}

/** §4.4: a correct primary's NEW-VIEW is followed. */
export function demandEntering(context: StepContext, replica: StepReplica, view: number, timeUs: Micros): void {
  const primary = context.primaryOf(view);
  if (view < replica.view || (view === replica.view && replica.active)) return;
  demand(context, replica, {
    rule: RULES.handleNewView,
    timeUs,
    verb: `enter view ${view}`,
    after: `the NEW-VIEW of ${primary.id}`,
    of: [primary],
    isMet: () => replica.view > view || (replica.view === view && replica.active),
  });
}
