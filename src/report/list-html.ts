import { grouped } from '../kernel/count.js';
import { formatDuration } from '../kernel/units.js';
import { CAMPAIGN_FILES } from '../store/campaign-record.js';
import { HISTORY_FILE, REPORT_FILE, RUN_RECORD_FILE } from '../store/results.js';
import { scenarioOf, withOptions } from './figures.js';
import { type ListEntry, startedAt, verdictOf } from './list-results.js';
import { html, type Markup } from './page/markup.js';
import { renderPage } from './page/shell.js';
import { verdictBadge } from './page/verdict-badge.js';
import { readableTime } from './page/verdict-banner.js';

/** The list of all results, with a filter. */
export function renderListPage(folder: string, entries: readonly ListEntry[], script: string): string {
  return renderPage({
    title: `Assay: results of ${folder}`,
    body: html`<main class="column list">
<p class="eyebrow"><span><b>Assay</b> results</span><span class="mono">${folder}</span></p>
<h1>Runs and campaigns</h1>
${entries.length === 0 ? html`<p class="lede">There are none yet. Make one: <code>npx assay run raft</code></p>` : list(entries)}
</main>`,
    script,
  });
}

function list(entries: readonly ListEntry[]): Markup {
  return html`<div class="toolbar"><label>Filter <input type="search" placeholder="invalid docker partition" aria-label="Filter by any words of a row" autofocus></label><span class="muted"><span id="count">${entries.length}</span> shown</span></div>
<table class="stack rows"><thead><tr><th scope="col">Verdict</th><th scope="col">What</th><th scope="col" class="number">Seed</th><th scope="col">Started</th><th scope="col" class="number">Size</th><th scope="col">Files</th></tr></thead>
<tbody>${entries.map((entry) => row(entry))}</tbody></table>`;
}

function row(entry: ListEntry): Markup {
  const href = (file: string) => `${encodeURIComponent(entry.id)}/${file}`;
  return html`<tr data-row>
<td class="nowrap">${badge(entry)}</td>
<th scope="row">${what(entry, href)}</th>
<td class="number" data-label="seed">${seedOf(entry)}</td>
<td class="nowrap" data-label="started">${readableTime(startedAt(entry))}${lengthOf(entry)}</td>
<td class="number" data-label="size">${sizeOf(entry.bytes)}</td>
<td>${files(entry, href)}</td></tr>`;
}

function badge(entry: ListEntry): Markup {
  if (entry.kind === 'broken') return verdictBadge('unknown', 'Broken');
  const finished = entry.kind === 'run' ? entry.run.finished : entry.campaign.finished;
  // A campaign that was cut short may have found a violation all the same.
  return finished || verdictOf(entry) === 'invalid'
    ? verdictBadge(verdictOf(entry))
    : verdictBadge('unknown', 'Unfinished');
}

function what(entry: ListEntry, href: (file: string) => string): Markup {
  switch (entry.kind) {
    case 'run': {
      const { run } = entry;
      const { ok, okDuringFaults } = run.counts;
      return html`<a href="${href(REPORT_FILE)}">${withOptions(run.options.system, run.options.systemOptions)} on ${run.options.backend}: ${scenarioOf(run)}</a>
<div class="checkfacts">${run.finished ? `${grouped(ok)} acknowledged, ${grouped(okDuringFaults)} under faults · ` : 'going on, or its harness was killed · '}${entry.id}</div>`;
    }
    case 'campaign': {
      const { campaign } = entry;
      const bad = campaign.runs.filter(({ verdict }) => verdict !== 'valid').length;
      return html`<a href="${href(CAMPAIGN_FILES.html)}">Campaign: ${campaign.system} on ${campaign.backends.join(' and ')}, profile ${campaign.profile}</a>
<div class="checkfacts">${grouped(campaign.runs.length)} runs, ${bad === 0 ? 'all valid' : `${grouped(bad)} not valid`} · ${entry.id}</div>`;
    }
    case 'broken':
      return html`${entry.id}<div class="checkfacts">${entry.reason}</div>`;
  }
}

function files(entry: ListEntry, href: (file: string) => string): Markup | undefined {
  switch (entry.kind) {
    case 'run':
      return html`<a href="${href(RUN_RECORD_FILE)}" download="${entry.id}.json">record</a> <a href="${href(HISTORY_FILE)}" download="${entry.id}.ndjson">history</a>`;
    case 'campaign':
      return html`<a href="${href(CAMPAIGN_FILES.json)}" download="${entry.id}.json">record</a> <a href="${href(CAMPAIGN_FILES.junit)}" download="${entry.id}.xml">JUnit</a>`;
    case 'broken':
      return undefined;
  }
}

function seedOf(entry: ListEntry): string {
  if (entry.kind === 'run') return String(entry.run.options.seed);
  return entry.kind === 'campaign' ? String(entry.campaign.seed) : '';
}

function lengthOf(entry: ListEntry): Markup | undefined {
  if (entry.kind === 'run' && entry.run.finished) {
    return html`<div class="checkfacts">${formatDuration(entry.run.durationUs)}</div>`;
  }
  return entry.kind === 'campaign'
    ? html`<div class="checkfacts">${formatDuration(entry.campaign.wallMs * 1000)}</div>`
    : undefined;
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
