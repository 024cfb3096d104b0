import { checkpointTaken } from './checkpoints.js';
import type { Content } from './messages.js';
import { type Outcome, ofItself, onMessage, type PbftAction, type PbftHandler } from './outcome.js';
import { type Digest, type Replica, slotAt, withSlot } from './replica.js';
import { stepRule } from './rules.js';
import { primaryIn, type Setting } from './setting.js';
import type { Assignment } from './view-change.js';
import { votingView, withVote } from './votes.js';
import { requestName } from './words.js';

/** §4.2: what correct replicas do while their primary does what it should. */
export function normalCaseActions(setting: Setting): PbftAction[] {
  const prePrepare: PbftAction = {
    ...stepRule('PrePrepare'),
    ...ofItself(setting, (node, self) => {
      const { view, active, low, slots } = node;
      if (!active || self !== primaryIn(setting, view)) return [];
      const sequence = 1 + Math.max(low, ...slots.map((slot) => slot.sequence));
      if (!isBetweenWatermarks(setting, node, sequence)) return [];
      const known = [...slots, ...node.committed, ...node.executed].map(({ digest }) => digest);
      return setting.requests
        .filter((digest) => !known.includes(digest))
        .map((digest) => ({
          node: withSlot(node, { sequence, digest, phase: 'pre-prepared', votes: [] }),
          tells: [{ type: 'PrePrepare', view, sequence, digest }],
          choice: `${requestName(digest)} as ${sequence}`,
        }));
    }),
  };

  const execute: PbftAction = {
    ...stepRule('Execute'),
    ...ofItself(setting, (node, self) => {
      const { committed, executed } = node;
      const next = executed.length + 1;
      const anyOrder = setting.defect === 'executes-out-of-order';
      return committed
        .filter(({ sequence }) => sequence === next || anyOrder)
        .map((decision) => {
          const after: Replica = {
            ...node,
            committed: committed.filter((other) => other !== decision),
            executed: [...executed, decision],
            service: served(setting, node.service, decision),
          };
          const { interval } = setting.bounds;
          const isDue = interval > 0 && decision.sequence % interval === 0;
          const outcome = isDue ? checkpointTaken(setting, after, self, decision.sequence) : { node: after };
          const tells = [...(outcome.tells ?? []), ...decidedBy(setting, decision)];
          return { ...outcome, tells, choice: `${requestName(decision.digest)} as ${decision.sequence}` };
        });
    }),
  };

  return [prePrepare, execute];
}

export function normalCaseHandlers(setting: Setting): PbftHandler[] {
  const { defect } = setting;

  const acceptPrePrepare: PbftHandler = {
    ...stepRule('AcceptPrePrepare'),
    ...onMessage(setting, 'PrePrepare', (node, { view, ...assignment }) =>
      view === votingView(setting, node) ? accepted(setting, node, assignment) : undefined,
    ),
  };

  const handlePrepare: PbftHandler = {
    ...stepRule('HandlePrepare'),
    ...onMessage(setting, 'Prepare', (node, { view, sequence, digest, from }, self) => {
      const slot = slotAt(node, sequence);
      if (view !== votingView(setting, node) || slot?.phase !== 'pre-prepared') return undefined;
      if (slot.digest !== digest && defect !== 'prepares-of-any-digest') return undefined;
      return withVote(setting, node, slot, self, from);
    }),
  };

  const handleCommit: PbftHandler = {
    ...stepRule('HandleCommit'),
    ...onMessage(setting, 'Commit', (node, { view, sequence, digest, from }, self) => {
      const slot = slotAt(node, sequence);
      if (view !== votingView(setting, node) || slot?.phase !== 'prepared' || slot.digest !== digest) return undefined;
      return withVote(setting, node, slot, self, from);
    }),
  };

  return [acceptPrePrepare, handlePrepare, handleCommit];
}

/** What it tells of its own, for others may ask for it at any time. */
function decidedBy({ bounds }: Setting, { sequence, digest }: Assignment<Digest | null>): Content[] {
  return bounds.decisions ? [{ type: 'Decided', sequence, digest }] : [];
}

/** What a backup does with a pre-prepare of the view in which it votes; `undefined` where it may not accept it. */
export function accepted(
  setting: Setting,
  node: Replica,
  { sequence, digest }: Assignment<Digest>,
): Outcome | undefined {
  const { defect } = setting;
  const view = votingView(setting, node);
  if (view === undefined || !isBetweenWatermarks(setting, node, sequence)) return undefined;
  const slot = slotAt(node, sequence);
  if (slot !== undefined && (slot.digest === digest || defect !== 'accepts-second-pre-prepare')) return undefined;
  return {
    node: withSlot(node, { sequence, digest, phase: 'pre-prepared', votes: [] }),
    tells: [{ type: 'Prepare', view, sequence, digest }],
  };
}

export function isBetweenWatermarks({ bounds, defect }: Setting, { low }: Replica, sequence: number): boolean {
  const high = defect === 'no-watermarks' ? bounds.sequences : low + bounds.window;
  return low < sequence && sequence <= Math.min(high, bounds.sequences);
}

/** The state of the service: what was executed before, and the null request, have no effect. */
export function served(
  { defect }: Setting,
  service: readonly Digest[],
  { digest }: { readonly digest: Digest | null },
): readonly Digest[] {
  if (digest === null || (service.includes(digest) && defect !== 'executes-requests-twice')) return service;
  return [...service, digest];
}
