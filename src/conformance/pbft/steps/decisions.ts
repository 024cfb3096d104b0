import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import type { PbftReader } from '../reader.js';
import type { StepContext } from './context.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';
import type { StepSlot } from './slot.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** Who says what was decided has no view: that is what a decision holds in all of. */
export const NO_VIEW = 0;

/** By the word of f+1 others that they executed it, in whichever view. */
export function learnDecision(
  context: StepContext,
  replica: StepReplica,
  step: Step<'LearnDecision'>,
  timeUs: Micros,
): void {
  const { sequence, digest, by } = step;
  const slot = replica.slot(sequence);
  const allowed = learnProblem(context, replica, slot, step);
  if (allowed !== undefined) {
    const did = `took digest ${digest} for what ${by.join(', ')} executed with sequence number ${sequence}`;
    context.diverges(replica, { rule: RULES.learnDecision, timeUs, allowed, did });
  }
  context.coverage.times.decisionLearnt++;
  slot.learnt = digest;
  replica.learnBatch(digest, null, sequence);
  replica.touch(slot);
}

function learnProblem(
  context: StepContext,
  replica: StepReplica,
  slot: StepSlot,
  { sequence, digest, by }: Step<'LearnDecision'>,
): string | undefined {
  if (sequence <= replica.executed) return 'nothing, for it had executed that sequence number';
  if (slot.learnt !== undefined) return 'nothing, for it knew what was decided there';
  const others = new Set(by.filter((id) => id !== replica.id));
  const { weak } = context.quorums;
  if (others.size < weak) return `only by the word of ${weak} others`;
  const unheard = [...others].filter((id) => {
    const voter = context.named(id);
    return voter === undefined || !slot.decisions.mayCount(voter.place, NO_VIEW, digest);
  });
  return unheard.length === 0 ? undefined : `only by words that it received; it had none of ${unheard.join(', ')}`;
}

/** What a replica says that it executed, it executed. */
export function tellDecision(context: StepContext, replica: StepReplica, reader: PbftReader): void {
  const { sequence, digest, timeUs } = reader;
  // What became stable while it waited for the disk is sent none the less.
  if (sequence <= replica.stable || replica.slots.get(sequence)?.executed === digest) return;
  context.diverges(replica, {
    rule: RULES.learnDecision,
    timeUs,
    allowed: 'only what it had executed',
    did: `said that digest ${digest} was decided with sequence number ${sequence}`,
  });
}

/** What f+1 say with one mind is learnt at once, and executed when it is next. */
export function settleDecision(context: StepContext, replica: StepReplica, slot: StepSlot, timeUs: Micros): void {
  const { sequence, learnt } = slot;
  if (sequence <= Math.max(replica.executed, replica.proved - context.options.window)) return;
  const isNext = sequence === replica.executed + 1;
  const isOpen =
    learnt === undefined ? slot.decisions.most(NO_VIEW) >= context.quorums.weak : isNext && replica.surelyHas(learnt);
  if (!isOpen) return;
  const verb = learnt === undefined ? 'learn what was decided with' : 'execute';
  context.diverges(replica, {
    rule: learnt === undefined ? RULES.learnDecision : RULES.execute,
    timeUs,
    allowed: `only to ${verb} sequence number ${sequence}, which ${context.quorums.weak} others say that they executed`,
    did: `did not ${verb} ${sequence}, and took another message`,
  });
}
