import type { Outcome } from './outcome.js';
import { type Replica, type Slot, withAssignment, withSlot } from './replica.js';
import { primaryIn, type Setting } from './setting.js';

/** In which view a replica takes part: in none from a VIEW-CHANGE until the NEW-VIEW. */
export function votingView({ defect }: Setting, { view, active }: Replica): number | undefined {
  if (active) return view;
  return defect === 'votes-after-view-change' ? view - 1 : undefined;
}

/**
 * prepared(m, v, n, i): with matching PREPAREs of these other correct replicas, its own if it is a backup, and those of
 * traitors, which are there whenever they are wanted.
 */
export function isPrepared(setting: Setting, self: number, view: number, votes: readonly number[]): boolean {
  const { bounds, quorums } = setting;
  const backups = [self, ...bounds.traitors].filter((replica) => replica !== primaryIn(setting, view));
  return votes.length + backups.length >= quorums.prepares;
}

/** committed-local(m, v, n, i), where it has prepared: with COMMITs of these others, its own and those of traitors. */
export function isCommitted({ bounds, quorums }: Setting, votes: readonly number[]): boolean {
  return votes.length + 1 + bounds.traitors.length >= quorums.quorum;
}

/** Counts a vote, if it has not yet been; with enough of them the request gets on. */
export function withVote(setting: Setting, node: Replica, slot: Slot, self: number, from: number): Outcome | undefined {
  if (slot.phase === 'committed' || slot.votes.includes(from)) return undefined;
  const voted = { ...slot, votes: [...slot.votes, from].sort((left, right) => left - right) };
  return advance(setting, node, voted, self) ?? { node: withSlot(node, voted) };
}

/** The next phase of a request with the votes that it has; `undefined` where they are too few. */
export function advance(setting: Setting, node: Replica, slot: Slot, self: number): Outcome | undefined {
  const view = votingView(setting, node);
  if (view === undefined) return undefined;
  if (slot.phase === 'pre-prepared') {
    const prepared = isPrepared(setting, self, view, slot.votes);
    return prepared || setting.defect === 'commits-unprepared'
      ? prepare(setting, node, slot, view, prepared)
      : undefined;
  }
  return slot.phase === 'prepared' && isCommitted(setting, slot.votes) ? { node: commit(node, slot, view) } : undefined;
}

function prepare({ defect }: Setting, node: Replica, slot: Slot, view: number, prepared: boolean): Outcome {
  const { sequence, digest } = slot;
  const certified = prepared ? { prepared: withAssignment(node.prepared, { sequence, view, digest }) } : {};
  const after = withSlot({ ...node, ...certified }, { ...slot, phase: 'prepared', votes: [] });
  return {
    node: defect === 'executes-prepared' ? decided(after, slot, view) : after,
    tells: [{ type: 'Commit', view, sequence, digest }],
  };
}

function commit(node: Replica, slot: Slot, view: number): Replica {
  return decided(withSlot(node, { ...slot, phase: 'committed', votes: [] }), slot, view);
}

/** What is to be executed: once, also where a later view commits it again. */
function decided(node: Replica, { sequence, digest }: Slot, view: number): Replica {
  const known = [...node.executed, ...node.committed].some((decision) => decision.sequence === sequence);
  if (known) return node;
  return { ...node, committed: withAssignment(node.committed, { sequence, view, digest }) };
}
