import type { PbftStep } from '../../../history/pbft-trace.js';
import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import type { StepContext } from './context.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';
import { COMMITTED, type PhaseVotes, PREPARED, type StepSlot } from './slot.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** §4.2: with a pre-prepare that was accepted, and PREPAREs that match. */
export function prepared(context: StepContext, replica: StepReplica, step: Step<'Prepared'>, timeUs: Micros): void {
  const { view, sequence, digest, by } = step;
  const slot = replica.slot(sequence);
  const allowed = preparedProblem(context, replica, slot, step);
  if (allowed !== undefined) {
    const did = `prepared digest ${digest} for ${sequence} in view ${view} by ${by.join(', ')}`;
    context.diverges(replica, { rule: RULES.handlePrepare, timeUs, allowed, did });
  }
  const act = slot.act(view, digest);
  act.what |= PREPARED;
  act.commit.statuses = replica.statuses;
  slot.prepared = act;
  replica.touch(slot);
}

function preparedProblem(
  context: StepContext,
  replica: StepReplica,
  slot: StepSlot,
  step: Step<'Prepared'>,
): string | undefined {
  const { view, digest, by } = step;
  const wrong = votedProblem(replica, slot, view, digest);
  if (wrong !== undefined) return wrong;
  if (slot.did(view, digest, PREPARED)) return 'nothing, for it had prepared';
  const primary = context.primaryOf(view);
  const { prepares } = context.quorums;
  if (!by.includes(primary.id)) return `only with ${primary.id}, whose pre-prepare it is`;
  if (different(by, primary.id) < prepares) return `only with PREPAREs of ${prepares} backups`;
  return uncounted(context, replica, by, slot.prepares, step, 'PREPARE', primary);
}

/** §4.2: what prepared, with COMMITs that match. */
export function committedLocal(
  context: StepContext,
  replica: StepReplica,
  step: Step<'CommittedLocal'>,
  timeUs: Micros,
): void {
  const { view, sequence, digest, by } = step;
  const slot = replica.slot(sequence);
  const allowed = committedProblem(context, replica, slot, step);
  if (allowed !== undefined) {
    const did = `committed digest ${digest} for ${sequence} in view ${view} by ${by.join(', ')}`;
    context.diverges(replica, { rule: RULES.handleCommit, timeUs, allowed, did });
  }
  slot.act(view, digest).what |= COMMITTED;
  replica.touch(slot);
}

function committedProblem(
  context: StepContext,
  replica: StepReplica,
  slot: StepSlot,
  step: Step<'CommittedLocal'>,
): string | undefined {
  const { view, digest, by } = step;
  const wrong = votedProblem(replica, slot, view, digest);
  if (wrong !== undefined) return wrong;
  if (slot.did(view, digest, COMMITTED)) return 'nothing, for it had committed';
  if (!slot.did(view, digest, PREPARED)) return 'nothing, for it had not prepared that';
  const { quorum } = context.quorums;
  if (different(by) < quorum) return `only with COMMITs of ${quorum} replicas`;
  return uncounted(context, replica, by, slot.commits, step, 'COMMIT');
}

function votedProblem(replica: StepReplica, slot: StepSlot, view: number, digest: string): string | undefined {
  if (!replica.active) return `nothing of any view before view ${replica.view} begins`;
  const { accepted } = slot;
  if (accepted === undefined) return 'nothing, for it had accepted no pre-prepare there';
  if (accepted.view !== view || accepted.digest !== digest || view !== replica.view) {
    return `only digest ${accepted.digest}, which it accepted in view ${accepted.view}, in view ${replica.view}`;
  }
  return undefined;
}

/** How many there are of these, each counted once, without one. */
function different(by: readonly NodeId[], except?: NodeId): number {
  let count = 0;
  for (let index = 0; index < by.length; index++) {
    const id = by[index] as NodeId;
    if (id !== except && by.indexOf(id) === index) count++;
  }
  return count;
}

/** Who of these said no such thing here. */
function uncounted(
  context: StepContext,
  replica: StepReplica,
  by: readonly NodeId[],
  votes: PhaseVotes,
  { view, digest }: { readonly view: number; readonly digest: string },
  what: string,
  except?: StepReplica,
): string | undefined {
  let wrong = '';
  for (const id of by) {
    const voter = context.named(id);
    if (voter !== undefined && (voter === replica || voter === except)) continue;
    if (voter === undefined || !votes.mayCount(voter.place, view, digest)) wrong += wrong === '' ? id : `, ${id}`;
  }
  return wrong === '' ? undefined : `only with a ${what} that it received; it had none of ${wrong}`;
}
