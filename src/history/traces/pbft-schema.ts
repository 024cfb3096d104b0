import { z } from 'zod';
import type { PbftStep } from '../pbft-trace.js';

const number = z.number().int().nonnegative();
const text = z.string();
const ids = z.array(text);
const requests = z.array(z.object({ client: text, timestamp: z.number(), digest: text }));
const certificate = z.object({ view: number, digest: text });
const vote = { view: number, sequence: number, digest: text };
const message = z.looseObject({ type: text });

/** What each step of PBFT tells: all of it, for its rules leave nothing open. */
const stepSchema: z.ZodType<PbftStep> = z.discriminatedUnion('name', [
  z.object({
    name: z.literal('InitReplica'),
    view: number,
    active: z.boolean(),
    stable: number,
    digest: text,
    slots: z.array(z.object({ ...vote, prepared: certificate.nullable() })),
    stateHash: z.number(),
  }),
  z.object({ name: z.literal('AcceptPrePrepare'), ...vote, requests: requests.nullable() }),
  z.object({ name: z.literal('AcceptBatch'), digest: text, requests }),
  z.object({ name: z.literal('Prepared'), ...vote, by: ids }),
  z.object({ name: z.literal('CommittedLocal'), ...vote, by: ids }),
  z.object({ name: z.literal('LearnDecision'), sequence: number, digest: text, by: ids }),
  z.object({ name: z.literal('Execute'), ...vote, requests, skipped: requests, stateHash: z.number() }),
  z.object({ name: z.literal('TakeCheckpoint'), sequence: number, digest: text }),
  z.object({ name: z.literal('StabilizeCheckpoint'), sequence: number, digest: text, by: ids }),
  z.object({ name: z.literal('InstallState'), sequence: number, digest: text, stateHash: z.number() }),
  z.object({ name: z.literal('StartViewChange'), view: number }),
  z.object({
    name: z.literal('EnterView'),
    view: number,
    stable: number,
    proposals: z.array(z.object({ sequence: number, digest: text })),
  }),
  z.object({ name: z.literal('Turn'), behaviour: text.nullable() }),
  z.object({ name: z.literal('Send'), to: text, message }),
  z.object({ name: z.literal('Receive'), from: text, message }),
]);

/** What is wrong with a step of PBFT that somebody recorded: the field, and what it should be. */
export function pbftStepProblem(step: unknown): string | undefined {
  const issue = stepSchema.safeParse(step).error?.issues[0];
  return issue && `${issue.path.join('.') || 'the step'}: ${issue.message}`;
}
