import { grouped } from '../kernel/count.js';
import { formatDuration } from '../kernel/units.js';
import { LEADER_WORDS } from '../plugin/node-words.js';
import type { CampaignRecord, CampaignRun } from '../store/campaign-record.js';
import { REPORT_FILE } from '../store/results.js';
import { html, type Markup } from './page/markup.js';
import { reachTables } from './page/reach-tables.js';
import { renderPage } from './page/shell.js';
import { VERDICT_WORDS, verdictBadge, verdictSign } from './page/verdict-badge.js';
import { readableTime } from './page/verdict-banner.js';

/** A campaign as one HTML file without a script: one verdict, the matrix of its runs, and every run with its report. */
export function renderCampaignHtml(campaign: CampaignRecord): string {
  const word = campaign.finished ? VERDICT_WORDS[campaign.verdict] : 'Unfinished';
  return renderPage({
    title: `${word}: ${campaign.system}, ${campaign.profile} campaign (seed ${campaign.seed})`,
    body: html`${banner(campaign, word)}
<main class="column">
<section id="matrix"><h2>What was tried</h2><p class="lede">Each sign is a run; it opens the run's report.</p>${matrix(campaign)}</section>
${reachSection(campaign)}
<section id="runs"><h2>Runs</h2>${runTable(campaign)}</section>
${campaign.leftOut.length > 0 ? html`<section id="left-out"><h2>What cannot be tried here</h2><ul>${campaign.leftOut.map((reason) => html`<li>${reason}</li>`)}</ul></section>` : undefined}
</main>
<footer class="column">Written by Assay. This file loads nothing; its links lead to the reports in the folders beside its own.</footer>`,
  });
}

/** What the runs came upon, all together: what a verdict on them can speak of. */
function reachSection({ reach, runs }: CampaignRecord): Markup | undefined {
  if (reach === undefined) return undefined;
  const rows = reach.classes.map(({ runs: in_, example, ...told }) => ({
    ...told,
    where:
      example === undefined
        ? html`${grouped(in_)}`
        : html`<a href="${reportOf({ runId: example })}" title="the first of them">${grouped(in_)}</a>`,
  }));
  const traced =
    reach.runs === runs.length ? `all ${grouped(reach.runs)} runs` : `${reach.runs} of ${runs.length} runs`;
  return html`<section id="reach"><h2>What the runs reached</h2>
<p class="lede">Counted in the nodes' traces of ${traced}. A verdict speaks of what was reached; what was not was not tested.</p>
${reachTables(rows, { open: true, where: 'Runs' })}</section>`;
}

function banner(campaign: CampaignRecord, word: string): Markup {
  const { runs } = campaign;
  const total = (count: (run: CampaignRun) => number) => runs.reduce((sum, run) => sum + count(run), 0);
  const faults = runs.flatMap((run) => Object.values(run.counts.faults));
  const figures: [string, string][] = [
    ['runs', grouped(runs.length)],
    ['valid', grouped(runs.filter(({ verdict }) => verdict === 'valid').length)],
    ['invalid', grouped(runs.filter(({ verdict }) => verdict === 'invalid').length)],
    ['unknown', grouped(runs.filter(({ verdict }) => verdict === 'unknown').length)],
    ['operations', grouped(total(({ counts }) => counts.ok + counts.fail + counts.info))],
    ['acknowledged under faults', grouped(total(({ counts }) => counts.okDuringFaults))],
    [
      'faults confirmed',
      `${grouped(faults.reduce((sum, { confirmed }) => sum + confirmed, 0))} of ${grouped(faults.reduce((sum, { injected }) => sum + injected, 0))}`,
    ],
    [`${(campaign.words ?? LEADER_WORDS).change}s`, grouped(total(({ counts }) => counts.leaderChanges))],
  ];
  return html`<header class="verdict ${campaign.verdict}"><div class="column">
<p class="eyebrow"><span><b>Assay</b> campaign report</span><time datetime="${campaign.startedAt}">${readableTime(campaign.startedAt)}</time></p>
<h1>${verdictSign(campaign.verdict)}<span>${word}</span></h1>
<p class="subject"><b>${campaign.system}</b> on ${campaign.backends.join(' and ')}: profile ${campaign.profile}, seed ${campaign.seed}, ${formatDuration(campaign.wallMs * 1000)} on the wall</p>
<p class="narrative">${narrative(campaign)}</p>
<dl class="figures">${figures.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<div class="replay"><code tabindex="0" role="group" aria-label="The command that runs it again">${campaign.command}</code></div>
</div></header>`;
}

/** The verdict of the whole, in a few sentences that name the first run which decided it. */
function narrative({ runs, verdict, finished, evidence }: CampaignRecord): string {
  const unfinished = finished ? '' : ` The campaign was cut short after ${grouped(runs.length)} runs.`;
  const together = evidence === undefined ? '' : ` ${evidence.summary}`;
  const deciding = runs.filter((run) => run.verdict === verdict);
  const [first] = deciding;
  if (verdict === 'valid')
    return `All ${grouped(runs.length)} runs found nothing wrong, each with enough evidence to say so.${together}`;
  if (first === undefined) {
    if (evidence?.verdict !== verdict) return `Nothing was decided.${unfinished}`;
    return `All ${grouped(runs.length)} runs found nothing wrong, but that is not enough.${together} ${evidence.wayOut ?? ''}`;
  }
  const share = `${grouped(deciding.length)} of ${grouped(runs.length)} runs`;
  const words =
    verdict === 'invalid'
      ? `${share} found a violation`
      : `No violation was found, but ${share} cannot say that there is none`;
  return `${words}. The first: ${first.title}. ${first.headline}${unfinished}${together}`;
}

/** Nemeses down, workloads on backends across. */
function matrix({ runs }: CampaignRecord): Markup {
  const columns = [...new Set(runs.map(columnOf))];
  const nemeses = [...new Set(runs.map(({ nemesis }) => nemesis))];
  if (runs.length === 0) return html`<p class="muted">No run has ended yet.</p>`;
  const rows = nemeses.map(
    (nemesis) =>
      html`<tr><th scope="row">${nemesis.replaceAll(',', ', ')}</th>${columns.map((column) => {
        const cell = runs.filter((run) => run.nemesis === nemesis && columnOf(run) === column);
        return html`<td>${cell.length === 0 ? html`<span class="muted">not run</span>` : cell.map((run) => html`<a class="cell" href="${reportOf(run)}" title="${run.title}: ${run.headline}">${verdictBadge(run.verdict)}</a> `)}</td>`;
      })}</tr>`,
  );
  return html`<div class="scroll"><table><thead><tr><th scope="col">Nemesis</th>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

function runTable({ runs }: CampaignRecord): Markup {
  const rows = runs.map(
    (run) => html`<tr><td class="nowrap">${verdictBadge(run.verdict)}</td>
<th scope="row"><a href="${reportOf(run)}">${run.title}</a><div class="checkfacts">${run.headline}</div><details><summary class="checkfacts">run again</summary><code class="pick">${run.replay}</code></details></th>
<td class="number" data-label="seed">${run.seed}</td>
<td class="number" data-label="acknowledged">${grouped(run.counts.ok)}<div class="checkfacts">${grouped(run.counts.okDuringFaults)} under faults</div></td>
<td class="number" data-label="length">${formatDuration(run.durationUs)}<div class="checkfacts">${formatDuration(run.wallMs * 1000)} on the wall</div></td></tr>`,
  );
  return html`<table class="stack"><thead><tr><th scope="col">Verdict</th><th scope="col">Run</th><th scope="col" class="number">Seed</th><th scope="col" class="number">Acknowledged</th><th scope="col" class="number">Length</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function columnOf({ workload, backend }: CampaignRun): string {
  return `${workload} (${backend})`;
}

function reportOf({ runId }: Pick<CampaignRun, 'runId'>): string {
  return `../${encodeURIComponent(runId)}/${REPORT_FILE}`;
}
