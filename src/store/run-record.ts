import { z } from 'zod';
import { BEHAVIOURS } from '../ports/corruption.js';

/**
 * `results/<id>/run.json`: everything about one run that is not an event. Written once at the start, with the verdict
 * `unknown` and `finished: false`, and again at the end, so that a killed harness leaves a readable run.
 *
 * The folder's other files: `history.ndjson` (what the harness saw), `trace.ndjson` (what the nodes recorded),
 * `report.html`, and `nodes/<id>.log` where a backend keeps logs.
 */
const verdictSchema = z.enum(['valid', 'invalid', 'unknown']);

const anomalySchema = z.object({
  kind: z.string(),
  title: z.string(),
  story: z.array(z.string()).readonly(),
  operations: z.array(z.object({ process: z.number(), invokeUs: z.number() })).readonly(),
  nodes: z.array(z.string()).readonly().optional(),
  clients: z.array(z.string()).readonly().optional(),
  fromUs: z.number().optional(),
  toUs: z.number().optional(),
});

const coverageClassSchema = z.object({
  kind: z.enum(['action', 'outcome', 'state']),
  name: z.string(),
  statement: z.string(),
  source: z.string(),
  rarity: z.enum(['common', 'uncommon', 'rare']).optional(),
  by: z.string().optional(),
});

/** What a run came upon, and how often. */
export const reachedSchema = coverageClassSchema.extend({ times: z.number().int().nonnegative() });

export const checkResultSchema = z.object({
  checker: z.string(),
  verdict: verdictSchema,
  summary: z.string(),
  anomalies: z.array(anomalySchema).readonly(),
  facts: z.record(z.string(), z.union([z.number(), z.string()])),
  coverage: z.array(reachedSchema).readonly().optional(),
});

const treasonSchema = z.object({
  node: z.string(),
  behaviour: z.enum(BEHAVIOURS),
  against: z.array(z.string()).readonly(),
  fromUs: z.number(),
  toUs: z.number().nullable(),
  confirmed: z.boolean(),
  misdeeds: z.number(),
});

/** What the system calls its nodes' roles and terms. */
export const nodeWordsSchema = z.object({
  leader: z.string(),
  candidate: z.string(),
  candidateMeans: z.string(),
  follower: z.string(),
  term: z.string(),
  change: z.string(),
  progress: z.string(),
});

/** What the user asked for, complete with every default, so that it can be run again. */
export const runOptionsSchema = z.object({
  system: z.string(),
  /** As given on the command line, by name: `{ reads: 'follower' }`. */
  systemOptions: z.record(z.string(), z.unknown()),
  backend: z.string(),
  nodes: z.number().int().min(1).max(99),
  workload: z.string(),
  workloadOptions: z.record(z.string(), z.unknown()),
  /** In order: `[{ name: 'partition', options: { shape: 'bridge' } }]`. */
  nemeses: z.array(z.object({ name: z.string(), options: z.record(z.string(), z.unknown()) })),
  timeLimitMs: z.number().positive(),
  /** The cluster must serve again this soon after everything was healed. */
  recoveryMs: z.number().positive(),
  concurrency: z.number().int().min(1),
  /** Operations a second, over all processes, on an open-loop schedule. */
  rate: z.number().positive().max(1_000_000),
  operationTimeoutMs: z.number().positive(),
  checkBudgetMs: z.number().positive(),
  seed: z.number().int().nonnegative(),
});

export type RunOptions = z.infer<typeof runOptionsSchema>;

export const runRecordSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  options: runOptionsSchema,
  /** Absent where they are the usual ones (`LEADER_WORDS`). */
  words: nodeWordsSchema.optional(),
  /** ISO time when it began. */
  startedAt: z.string(),
  finished: z.boolean(),
  /** Length on the run's own axis, and on the wall. */
  durationUs: z.number(),
  wallMs: z.number(),
  verdict: verdictSchema,
  /** The verdict paragraph, a sentence an item. */
  narrative: z.array(z.string()),
  checks: z.array(checkResultSchema),
  /** Counts for the summary. */
  counts: z.object({
    ok: z.number(),
    fail: z.number(),
    info: z.number(),
    shed: z.number(),
    okDuringFaults: z.number(),
    leaderChanges: z.number(),
    faults: z.record(z.string(), z.object({ injected: z.number(), confirmed: z.number() })),
    traceEvents: z.number(),
    /** With a known bug switched on: how often it took effect, by node, as far as the nodes could tell. */
    bugEffects: z.record(z.string(), z.number()).optional(),
    /** Nodes that were made to lie, in the order in which they were turned; see `history/treasons.ts`. */
    treasons: z.array(treasonSchema).readonly().optional(),
  }),
  /** Versions, kernel, image: what a reader needs in order to believe or repeat it. */
  facts: z.record(z.string(), z.string()),
  /** The command that runs it again. */
  replay: z.string(),
  /** SHA-256 of the event stream, in the simulator: equal seeds give equal hashes. */
  streamHash: z.string().optional(),
  /** The harness's own failure, when there was one: never a pass. */
  error: z.object({ code: z.string(), message: z.string(), wayOut: z.string().optional() }).optional(),
});

export type RunRecord = z.infer<typeof runRecordSchema>;
