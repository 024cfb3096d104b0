import type { PbftStep, SlotRef } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import type { StepContext } from './context.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';
import { ACCEPTED, type Act, PREPARED } from './slot.js';

/** A process begins: with all that the one before it stood by (thesis §4.1). */
export function initReplica(
  context: StepContext,
  replica: StepReplica,
  step: PbftStep & { readonly name: 'InitReplica' },
  timeUs: Micros,
): void {
  const { view, active, stable, digest, slots } = step;
  if (replica.started) {
    replica.restarted = true;
    const forgotten = forgottenBy(context, replica, step);
    if (forgotten !== undefined) {
      const did = `started in view ${view} with checkpoint ${stable} and ${slots.length} sequence numbers above it`;
      context.diverges(replica, { rule: RULES.recover, timeUs, allowed: forgotten, did });
    }
    context.coverage.restarts(step);
  }
  replica.started = true;
  const promises = promisesAbove(replica, stable);
  replica.forgetAll();
  replica.view = view;
  replica.active = active;
  replica.executed = stable;
  replica.minS = active && view > 0 ? replica.minS : 0;
  replica.begunBy = [];
  replica.stabilize(stable, digest);
  replica.checkpoints.set(stable, digest);
  replica.lastSequence = stable;
  for (const known of slots) recover(replica, known);
  for (const [sequence, act] of promises) {
    const known = replica.slot(sequence).act(act.view, act.digest);
    known.promised |= act.promised;
  }
  if (!active) replica.notesViewChange();
}

function recover(replica: StepReplica, { sequence, view, digest, prepared }: SlotRef): void {
  const slot = replica.slot(sequence);
  const act = slot.act(view, digest);
  act.what |= ACCEPTED;
  act.promised |= ACCEPTED;
  act.vote.statuses = replica.statuses;
  slot.accepted = act;
  replica.lastSequence = Math.max(replica.lastSequence, sequence);
  if (prepared === null) return;
  slot.prepared = slot.act(prepared.view, prepared.digest);
  slot.prepared.what |= PREPARED;
  slot.prepared.promised |= PREPARED;
  slot.prepared.commit.statuses = replica.statuses;
}

/** What others were told, or may rest on, above a checkpoint. */
function promisesAbove(replica: StepReplica, stable: number): [sequence: number, act: Act][] {
  return [...replica.slots.values()].flatMap(({ sequence, acts }) =>
    acts.flatMap((act): [number, Act][] => (act.promised !== 0 && sequence > stable ? [[sequence, act]] : [])),
  );
}

/** What the process had to find, and did not. */
function forgottenBy(
  { options }: StepContext,
  replica: StepReplica,
  { view, stable, slots }: PbftStep & { readonly name: 'InitReplica' },
): string | undefined {
  if (view < replica.promisedView) return `only a view from ${replica.promisedView} on, of which others were told`;
  if (stable < replica.promisedStable)
    return `only a checkpoint from ${replica.promisedStable} on, of which others were told`;
  // What is far below a checkpoint that others proved may be gone.
  const kept = Math.max(stable, replica.proved - options.window);
  const found = new Map(slots.map((slot) => [slot.sequence, slot]));
  for (const [sequence, { view: voted, digest, promised }] of promisesAbove(replica, kept)) {
    const slot = found.get(sequence);
    if (!isKept(slot, voted, digest))
      return `only with digest ${digest} for ${sequence} in view ${voted}, or a later view, for it had voted for that`;
    if ((promised & PREPARED) !== 0 && !isKept(slot?.prepared ?? undefined, voted, digest)) {
      return `only with ${sequence} prepared in view ${voted}, or a later view, for it had sent a COMMIT`;
    }
  }
  return undefined;
}

function isKept(
  known: { readonly view: number; readonly digest: string } | undefined,
  view: number,
  digest: string,
): boolean {
  return known !== undefined && (known.view > view || (known.view === view && known.digest === digest));
}
