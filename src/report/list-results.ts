import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../kernel/errors.js';
import type { Verdict } from '../plugin/checker.js';
import { CAMPAIGN_FILES, type CampaignRecord, campaignRecordSchema } from '../store/campaign-record.js';
import { type ResultsStore, RUN_RECORD_FILE, RunFolder } from '../store/results.js';
import type { RunRecord } from '../store/run-record.js';

/** One folder of the results. */
export type ListEntry = { readonly id: string; readonly bytes: number; readonly changedAt: Date } & (
  | { readonly kind: 'run'; readonly run: RunRecord }
  | { readonly kind: 'campaign'; readonly campaign: CampaignRecord }
  /** Its record cannot be read; `reason` says why. */
  | { readonly kind: 'broken'; readonly reason: string }
);

/** All runs and campaigns, newest first. A folder that cannot be read is listed as broken; one that is neither is not listed. */
export async function listResults(store: ResultsStore): Promise<ListEntry[]> {
  const entries: ListEntry[] = [];
  // One after the other: a night's results are thousands of folders, and open files are not.
  for (const id of store.names()) {
    const entry = await readEntry(join(store.path, id), id);
    if (entry) entries.push(entry);
  }
  return entries.sort((a, b) => startedAt(b).localeCompare(startedAt(a)) || b.id.localeCompare(a.id));
}

/** ISO time. */
export function startedAt(entry: ListEntry): string {
  if (entry.kind === 'run') return entry.run.startedAt;
  return entry.kind === 'campaign' ? entry.campaign.startedAt : entry.changedAt.toISOString();
}

export function verdictOf(entry: ListEntry): Verdict {
  if (entry.kind === 'run') return entry.run.verdict;
  return entry.kind === 'campaign' ? entry.campaign.verdict : 'unknown';
}

async function readEntry(path: string, id: string): Promise<ListEntry | undefined> {
  let common = { id, bytes: 0, changedAt: new Date(0) };
  try {
    common = { id, ...(await measure(path)) };
    if (existsSync(join(path, CAMPAIGN_FILES.json))) {
      const text = await readFile(join(path, CAMPAIGN_FILES.json), 'utf8');
      return { ...common, kind: 'campaign', campaign: campaignRecordSchema.parse(JSON.parse(text)) };
    }
    if (existsSync(join(path, RUN_RECORD_FILE))) {
      return { ...common, kind: 'run', run: await new RunFolder(path).readRecord() };
    }
    if (common.bytes === 0) return undefined;
    return { ...common, kind: 'broken', reason: `it has neither ${RUN_RECORD_FILE} nor ${CAMPAIGN_FILES.json}` };
  } catch (error) {
    return { ...common, kind: 'broken', reason: firstLine(messageOf(error)) };
  }
}

/** The files of the folder itself; nodes' logs lie deeper and are not counted. */
async function measure(path: string): Promise<{ bytes: number; changedAt: Date }> {
  let bytes = 0;
  for (const file of await readdir(path, { withFileTypes: true })) {
    if (file.isFile()) bytes += (await stat(join(path, file.name))).size;
  }
  return { bytes, changedAt: (await stat(path)).mtime };
}

function firstLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 1 ? `${lines[0]} …` : text;
}
