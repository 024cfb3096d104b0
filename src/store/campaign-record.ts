import { z } from 'zod';
import { runRecordSchema } from './run-record.js';

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

/**
 * `results/<id>/campaign.json`: a certification or another set of runs with one verdict over all. Written after every
 * run, with `finished: false` until the last, so that a campaign that was cut short says so.
 */
export const campaignRecordSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  system: z.string(),
  backends: z.array(z.string()),
  profile: z.string(),
  seed: z.number().int().nonnegative(),
  /** ISO time when it began. */
  startedAt: z.string(),
  finished: z.boolean(),
  wallMs: z.number(),
  /** The worst of the runs'. */
  verdict: verdictSchema,
  runs: z.array(campaignRunSchema),
  /** Cells that cannot be run, each with the reason, in sentences. */
  leftOut: z.array(z.string()),
  /** The command that runs it again. */
  command: z.string(),
});

export type CampaignRecord = z.infer<typeof campaignRecordSchema>;
export type CampaignRun = CampaignRecord['runs'][number];
