import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import { NULL_DIGEST, readRequests } from '../message.js';
import type { StepContext } from './context.js';
import type { StepReplica } from './replica.js';
import { RULES, type StepRule } from './rules.js';
import { ACCEPTED } from './slot.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** §4.2, and of a new view's O §4.4. */
export function acceptPrePrepare(
  context: StepContext,
  replica: StepReplica,
  step: Step<'AcceptPrePrepare'>,
  timeUs: Micros,
): void {
  const { view, sequence, digest, requests } = step;
  const problem = acceptProblem(context, replica, step);
  if (problem !== undefined) {
    const did = `accepted digest ${digest} for ${sequence} in view ${view}`;
    context.diverges(replica, { ...problem, timeUs, did });
  }
  const slot = replica.slot(sequence);
  const isCarried = replica.proposals.get(sequence) === digest;
  if (isCarried) context.coverage.carries(digest, requests === null);
  const act = slot.act(view, digest);
  act.what |= ACCEPTED;
  act.vote.statuses = replica.statuses;
  slot.accepted = act;
  replica.learnBatch(digest, requests, sequence);
  replica.lastSequence = Math.max(replica.lastSequence, sequence);
  replica.touch(slot);
}

function acceptProblem(
  context: StepContext,
  replica: StepReplica,
  { view, sequence, digest }: Step<'AcceptPrePrepare'>,
): { readonly rule: StepRule; readonly allowed: string } | undefined {
  const { acceptPrePrepare: rule } = RULES;
  if (!replica.active) return { rule, allowed: `nothing of any view before view ${replica.view} begins` };
  if (view !== replica.view) return { rule, allowed: `only pre-prepares of view ${replica.view}` };
  const high = replica.proved + context.options.window;
  if (sequence <= replica.stable || sequence > high) {
    return { rule, allowed: `only sequence numbers above ${replica.stable} up to ${high}` };
  }
  const slot = replica.slots.get(sequence);
  const other = slot?.otherAccepted(view, digest);
  if (other !== undefined) return { rule, allowed: `only digest ${other.digest}, which it had accepted there` };
  const carried = replica.proposals.get(sequence);
  if (carried !== undefined) {
    return carried === digest
      ? undefined
      : { rule: RULES.handleNewView, allowed: `only digest ${carried}, with which view ${view} begins there` };
  }
  const primary = context.primaryOf(view);
  if (primary === replica) {
    const next = replica.lastSequence + 1;
    if (sequence !== next)
      return { rule: RULES.prePrepare, allowed: `as primary only the next sequence number, ${next}` };
    return digest === NULL_DIGEST ? { rule: RULES.prePrepare, allowed: 'only requests of clients' } : undefined;
  }
  return slot?.proposals.mayCount(primary.place, view, digest) === true
    ? undefined
    : { rule, allowed: `only what ${primary.id} proposed there, as far as that was received` };
}

/** A batch whose digest had been accepted, or was decided, came from somebody. */
export function acceptBatch(
  context: StepContext,
  replica: StepReplica,
  { digest, requests }: Step<'AcceptBatch'>,
  timeUs: Micros,
): void {
  const received = readRequests(replica.received);
  const slots = [...replica.slots.values()].filter((slot) => slot.needs(digest));
  const isReceived =
    received?.length === requests.length &&
    requests.every(({ client, timestamp }, index) => {
      return received[index]?.client === client && received[index]?.timestamp === timestamp;
    });
  if (!isReceived || slots.length === 0) {
    context.diverges(replica, {
      rule: RULES.acceptBatch,
      timeUs,
      allowed: isReceived
        ? 'only batches of what it has accepted, or of what others executed'
        : 'only the batch that it received last, in a pre-prepare or by itself',
      did: `took ${requests.length} requests for the batch of digest ${digest}`,
    });
  }
  context.coverage.times.batchFetched++;
  for (const slot of slots) {
    replica.learnBatch(digest, requests, slot.sequence);
    replica.touch(slot);
  }
}
