import { z } from 'zod';
import { nodeWordsSchema, reachedSchema, runRecordSchema } from './run-record.js';

/** The files of a campaign's folder. */
export const CAMPAIGN_FILES = { json: 'campaign.json', html: 'campaign.html', junit: 'junit.xml' } as const;

const verdictSchema = z.enum(['valid', 'invalid', 'unknown']);

/** What a campaign keeps of one of its runs; the run's own folder has the rest. */
const campaignRunSchema = z.object({
  /** The folder's name, beside the campaign's. */
  runId: z.string(),
  /** "register × partition (sim)": the cell of the matrix. */
  title: z.string(),
  workload: z.string(),
  nemesis: z.string(),
  backend: z.string(),
  seed: z.number().int().nonnegative(),
  verdict: verdictSchema,
  /** The sentence that says why. */
  headline: z.string(),
  checks: z.array(z.object({ checker: z.string(), verdict: verdictSchema, summary: z.string() })),
  replay: z.string(),
  durationUs: z.number(),
  wallMs: z.number(),
  counts: runRecordSchema.shape.counts,
});

/** What the runs came upon, all together. */
const reachSchema = z.object({
  /** That left a trace from which to tell. */
  runs: z.number().int().positive(),
  classes: z.array(
    reachedSchema.extend({
      /** In how many runs. */
      runs: z.number().int().nonnegative(),
      /** The first of these. */
      example: z.string().optional(),
    }),
  ),
});

/** Whether that was enough. */
const evidenceSchema = z.object({ verdict: verdictSchema, summary: z.string(), wayOut: z.string().optional() });

/**
 * `results/<id>/campaign.json`: a certification or another set of runs with one verdict over all. Written after every
 * run, with `finished: false` until the last, so that a campaign that was cut short says so.
 */
export const campaignRecordSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  system: z.string(),
  words: nodeWordsSchema.optional(),
  backends: z.array(z.string()),
  profile: z.string(),
  seed: z.number().int().nonnegative(),
  /** ISO time when it began. */
  startedAt: z.string(),
  finished: z.boolean(),
  wallMs: z.number(),
  /** The worst of the runs' and of the evidence. */
  verdict: verdictSchema,
  runs: z.array(campaignRunSchema),
  /** Absent where no run left a trace, and in campaigns of before there was any. */
  reach: reachSchema.optional(),
  /** Once it is finished. */
  evidence: evidenceSchema.optional(),
  /** Cells that cannot be run, each with the reason, in sentences. */
  leftOut: z.array(z.string()),
  /** The command that runs it again. */
  command: z.string(),
});

export type CampaignRecord = z.infer<typeof campaignRecordSchema>;
export type CampaignReach = NonNullable<CampaignRecord['reach']>;
export type CampaignEvidence = NonNullable<CampaignRecord['evidence']>;
export type CampaignRun = CampaignRecord['runs'][number];
