import type { PbftStep, RequestRef } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import { NULL_DIGEST } from '../message.js';
import type { StepContext } from './context.js';
import { demand } from './demands.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** §4.2: what is committed-local or decided, in the order of sequence numbers; the whole batch, and nothing besides. */
export function execute(context: StepContext, replica: StepReplica, step: Step<'Execute'>, timeUs: Micros): void {
  const { sequence, digest } = step;
  const allowed = executeProblem(replica, step);
  if (allowed !== undefined) {
    const did = `executed digest ${digest} with sequence number ${sequence}`;
    context.diverges(replica, { rule: RULES.execute, timeUs, allowed, did });
  }
  if (digest === NULL_DIGEST) context.coverage.times.nullExecuted++;
  if (step.skipped.length > 0) context.coverage.times.requestSkipped++;
  replica.executed = sequence;
  replica.slot(sequence).executed = digest;
  replica.lastSequence = Math.max(replica.lastSequence, sequence);
  const next = replica.slots.get(sequence + 1);
  if (next !== undefined) replica.touch(next);
  const { interval } = context.options;
  if (interval === undefined || sequence % interval !== 0) return;
  demand(context, replica, {
    rule: RULES.execute,
    timeUs,
    verb: `take checkpoint ${sequence}`,
    after: `executing ${sequence}`,
    isMet: () => replica.checkpoints.has(sequence) || replica.stable >= sequence,
  });
}

function executeProblem(
  replica: StepReplica,
  { sequence, digest, requests, skipped }: Step<'Execute'>,
): string | undefined {
  if (sequence !== replica.executed + 1) return `only sequence number ${replica.executed + 1}`;
  const slot = replica.slots.get(sequence);
  if (slot === undefined || !slot.decided(digest))
    return 'only what is committed-local here, or what f+1 others executed';
  const batch = replica.batch(digest);
  if (batch === undefined) return replica.restarted ? undefined : 'nothing before its batch is here';
  const isWhole =
    requests.length + skipped.length === batch.length && [...requests, ...skipped].every((each) => isIn(batch, each));
  return isWhole ? undefined : `only the ${batch.length} requests of its batch`;
}

function isIn(batch: readonly RequestRef[], { client, timestamp, digest }: RequestRef): boolean {
  return batch.some((each) => each.client === client && each.timestamp === timestamp && each.digest === digest);
}
