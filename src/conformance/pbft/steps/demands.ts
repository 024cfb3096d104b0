import { primaryOf } from '../../../../spec/pbft/quorums.js';
import type { Micros } from '../../../kernel/units.js';
import type { StepContext } from './context.js';
import { settleDecision } from './decisions.js';
import type { StepReplica } from './replica.js';
import { RULES, type StepRule } from './rules.js';
import { type Act, COMMITTED, PREPARED, type StepSlot } from './slot.js';

interface Demanded {
  readonly rule: StepRule;
  readonly timeUs: Micros;
  /** "enter view 3". */
  readonly verb: string;
  /** "NEW-VIEW of n2". */
  readonly after: string;
  /** Only if these are correct. */
  readonly of?: readonly StepReplica[];
  readonly isMet: () => boolean;
}

/** The replica has to do this before it takes its next message: nothing that it depends on is its own to choose. */
export function demand(context: StepContext, replica: StepReplica, demanded: Demanded): void {
  const { eventNumber } = replica;
  replica.demands.push({
    isMet: demanded.isMet,
    fail() {
      const { rule, timeUs, verb, after, of = [] } = demanded;
      const divergence = {
        ...{ rule, timeUs, eventNumber },
        allowed: `only to ${verb}`,
        did: `did not ${verb} after ${after}, and took another message`,
      };
      context.suspects({ replica, divergence, of, unlessUnseen: false });
    },
  });
}

/** The replica takes its next message: what it had to do has happened by now, or never will. */
export function settle(context: StepContext, replica: StepReplica, timeUs: Micros): void {
  if (replica.demands.length > 0) {
    for (const open of replica.demands) if (!open.isMet()) open.fail();
    replica.demands.length = 0;
  }
  const { touched } = replica;
  if (touched.length === 0) return;
  for (const slot of touched) {
    slot.touched = false;
    settleDecision(context, replica, slot, timeUs);
    if (replica.active) settleSlot(context, replica, slot, timeUs);
  }
  touched.length = 0;
}

/** A vote that makes a batch prepared or committed-local does so at once, and what is committed is executed (§4.2). */
function settleSlot(context: StepContext, replica: StepReplica, slot: StepSlot, timeUs: Micros): void {
  const { accepted, sequence } = slot;
  if (accepted === undefined || accepted.view !== replica.view || sequence <= replica.stable) return;
  // What is far below a checkpoint that others proved comes with its state.
  if (sequence <= replica.proved - context.options.window) return;
  const open = openStep(context, replica, slot, accepted);
  if (open === undefined) return;
  const { rule, verb, what } = open;
  context.diverges(replica, {
    rule,
    timeUs,
    allowed: `only to ${verb} ${sequence} in view ${accepted.view}`,
    did: `did not ${verb} ${sequence} in view ${accepted.view}, and took another message`,
  });
  // Once is enough.
  accepted.what |= what;
}

function openStep(
  { quorums }: StepContext,
  replica: StepReplica,
  slot: StepSlot,
  accepted: Act,
): { rule: StepRule; verb: string; what: number } | undefined {
  const { view, digest, what } = accepted;
  const primary = primaryOf(view, quorums.replicas);
  const isBackup = primary !== replica.place;
  if ((what & PREPARED) === 0) {
    const own = isBackup ? 1 : 0;
    const count = own + slot.prepares.counted(view, digest, primary);
    return count < quorums.prepares ? undefined : { rule: RULES.handlePrepare, verb: 'prepare', what: PREPARED };
  }
  if ((what & COMMITTED) === 0) {
    const count = 1 + slot.commits.counted(view, digest, replica.place);
    return count < quorums.quorum ? undefined : { rule: RULES.handleCommit, verb: 'commit', what: COMMITTED };
  }
  if (slot.sequence !== replica.executed + 1 || !replica.surelyHas(digest)) return undefined;
  return { rule: RULES.execute, verb: 'execute', what: 0 };
}
