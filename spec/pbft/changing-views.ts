import { stabilized } from './checkpoints.js';
import { type Outcome, ofItself, onMessage, type PbftAction, type PbftHandler } from './outcome.js';
import { historyOf, type Replica, type SignedViewChange } from './replica.js';
import { stepRule } from './rules.js';
import { primaryIn, type Setting } from './setting.js';
import { combinations, traitorsViewChanges } from './traitors.js';
import {
  type NewViewPlan,
  newViewOf,
  newViewProblem,
  type PreparedCertificate,
  type ViewChange,
  viewChangeProblem,
} from './view-change.js';

/** §4.4: how correct replicas leave a view and enter another. */
export function viewChangeActions(setting: Setting): PbftAction[] {
  const { bounds } = setting;

  const viewChange: PbftAction = {
    ...stepRule('ViewChange'),
    ...ofItself(setting, (node, self) =>
      node.view < bounds.views
        ? [{ ...leave(setting, node, self, node.view + 1), choice: `for view ${node.view + 1}` }]
        : [],
    ),
  };

  const newView: PbftAction = {
    ...stepRule('NewView'),
    ...ofItself(setting, (node, self, facts) => {
      const { view, active } = node;
      if (active || self !== primaryIn(setting, view)) return [];
      const own = node.viewChanges.filter((each) => each.view === view);
      const missing = Math.max(0, quorumForNewView(setting) - own.length);
      if (missing > bounds.traitors.length) return [];
      const lies = traitorsViewChanges(setting, facts, view);
      return distinctPlans(setting, combinations(lies, bounds.traitors.slice(0, missing), own)).map(
        ({ viewChanges, plan }) => ({
          node: entered(node, view, plan, viewChanges),
          tells: [{ type: 'NewView', view, viewChanges, prePrepares: plan.prePrepares }],
          choice: planInWords(view, plan),
        }),
      );
    }),
  };

  return [viewChange, newView];
}

export function viewChangeHandlers(setting: Setting): PbftHandler[] {
  const { bounds, defect, quorums } = setting;

  const handleViewChange: PbftHandler = {
    ...stepRule('HandleViewChange'),
    ...onMessage(setting, 'ViewChange', (node, { content }, self) => {
      if (viewChangeProblem(content, bounds.window) !== undefined) return undefined;
      if (defect === 'view-goes-back' && content.view < node.view) return leave(setting, node, self, content.view);
      const isNews = content.view > node.view;
      const leads =
        self === primaryIn(setting, content.view) && (isNews || (content.view === node.view && !node.active));
      if (!leads && !isNews) return undefined;
      const kept = withViewChange(setting, node, content);
      const later = [...node.viewChanges, content].filter((each) => each.view > node.view);
      const others = new Set(later.map(({ replica }) => replica));
      if (isNews && others.size + bounds.traitors.length >= quorums.weak) {
        return leave(setting, kept, self, Math.min(...later.map(({ view }) => view)));
      }
      return kept === node ? undefined : { node: kept };
    }),
  };

  const handleNewView: PbftHandler = {
    ...stepRule('HandleNewView'),
    ...onMessage(setting, 'NewView', (node, { view, viewChanges, prePrepares }) => {
      if (!mayEnter(setting, node, view)) return undefined;
      const plan = planOf(setting, viewChanges);
      const told = { view, viewChanges, prePrepares };
      const problem = newViewProblem(told, { quorum: quorumForNewView(setting) }, bounds.window, () => plan);
      return problem === undefined ? entersAsBackup(node, view, plan, viewChanges) : undefined;
    }),
  };

  return [handleViewChange, handleNewView];
}

/** A backup enters a view that is not before its own, and its own only once. */
export function mayEnter({ defect }: Setting, { view, active }: Replica, next: number): boolean {
  return next > view || (next === view && !active) || (next < view && defect === 'view-goes-back');
}

/** What a backup does that has found a NEW-VIEW to be valid. */
export function entersAsBackup(
  node: Replica,
  view: number,
  plan: NewViewPlan<number>,
  viewChanges: readonly SignedViewChange[],
): Outcome {
  const after = entered(node, view, plan, viewChanges);
  return {
    node: after,
    tells: after.slots.map(({ sequence, digest }) => ({ type: 'Prepare', view, sequence, digest })),
  };
}

export function quorumForNewView({ defect, quorums }: Setting): number {
  return defect === 'new-view-of-few' ? quorums.weak : quorums.quorum;
}

/** Of several sets V one for each set O that follows, for nothing else of V matters any more. */
export function distinctPlans(
  setting: Setting,
  sets: Iterable<readonly SignedViewChange[]>,
): { readonly viewChanges: readonly SignedViewChange[]; readonly plan: NewViewPlan<number> }[] {
  const byPlan = new Map<string, { viewChanges: readonly SignedViewChange[]; plan: NewViewPlan<number> }>();
  for (const viewChanges of sets) {
    const plan = planOf(setting, viewChanges);
    const key = JSON.stringify(plan);
    if (!byPlan.has(key)) byPlan.set(key, { viewChanges, plan });
  }
  return [...byPlan.values()];
}

/** For people. */
export function planInWords(view: number, { minS, maxS }: NewViewPlan<number>): string {
  return `view ${view} from ${minS} to ${maxS}`;
}

/** A replica gives up its view. */
function leave(setting: Setting, node: Replica, self: number, view: number): Outcome {
  const { low, prepared } = node;
  const leads = self === primaryIn(setting, view);
  const content: SignedViewChange = {
    view,
    stable: low,
    history: historyOf(node, low),
    prepared: setting.defect === 'drops-prepared' ? [] : prepared,
    replica: self,
  };
  const after = {
    ...node,
    view,
    active: false,
    slots: setting.defect === 'votes-after-view-change' ? node.slots : [],
    // To join others in later views, or for its own NEW-VIEW.
    viewChanges: node.viewChanges.filter((each) => each.view > view || (each.view === view && leads)),
  };
  return {
    node: leads ? withViewChange(setting, after, content) : after,
    tells: [{ type: 'ViewChange', content }],
  };
}

/** The primary stops at a quorum. */
function withViewChange(setting: Setting, node: Replica, content: SignedViewChange): Replica {
  const same = node.viewChanges.filter(({ view }) => view === content.view);
  if (same.some(({ replica }) => replica === content.replica) || same.length >= quorumForNewView(setting)) return node;
  const viewChanges = [...node.viewChanges, content].sort(
    (left, right) => left.view - right.view || left.replica - right.replica,
  );
  return { ...node, viewChanges };
}

function entered(
  node: Replica,
  view: number,
  { minS, prePrepares }: NewViewPlan<number>,
  viewChanges: readonly SignedViewChange[],
): Replica {
  const history = viewChanges.find(({ stable }) => stable === minS)?.history ?? [];
  const settled = stabilized(node, minS, history);
  return {
    ...settled,
    view,
    active: true,
    slots: prePrepares
      .filter(({ sequence }) => sequence > settled.low)
      .map((assignment) => ({ ...assignment, phase: 'pre-prepared', votes: [] })),
    viewChanges: settled.viewChanges.filter((each) => each.view > view),
  };
}

function planOf({ defect }: Setting, viewChanges: readonly ViewChange<number>[]): NewViewPlan<number> {
  const plan = newViewOf(defect === 'lowest-certificate' ? viewChanges.map(withViewsReversed) : viewChanges);
  if (defect !== 'no-null-requests') return plan;
  return { ...plan, prePrepares: plan.prePrepares.filter(({ digest }) => digest !== null) };
}

function withViewsReversed(viewChange: ViewChange<number>): ViewChange<number> {
  const reversed = (certificate: PreparedCertificate<number>) => ({ ...certificate, view: -certificate.view });
  return { ...viewChange, prepared: viewChange.prepared.map(reversed) };
}
