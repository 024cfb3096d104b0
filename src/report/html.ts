import { appScript } from './app-bundle.js';
import { scenarioOf } from './figures.js';
import { anomalySection } from './page/anomaly-section.js';
import { html, jsonForScript, type Markup } from './page/markup.js';
import { missingTraceSection } from './page/missing-trace-section.js';
import { phasesSection } from './page/phases-section.js';
import { reachTables } from './page/reach-tables.js';
import { renderPage } from './page/shell.js';
import { checksTable, factList, faultTable, latencyTable } from './page/tables.js';
import { traitorsSection } from './page/traitors-section.js';
import { VERDICT_WORDS } from './page/verdict-badge.js';
import { verdictBanner } from './page/verdict-banner.js';
import { viewsSection } from './page/views-section.js';
import type { RunView } from './view.js';
import { buildRunView, type ViewLimits } from './view-model.js';

/**
 * The report of the run in `folder` as one HTML file that needs no network. Everything but the zoomable timeline is in
 * the document itself, so that it reads and prints without its script.
 *
 * @throws AssayError `not-found` or `bad-file` when the folder holds no readable run
 */
export async function renderHtml(folder: string, limits: ViewLimits = {}): Promise<string> {
  const view = await buildRunView(folder, limits);
  const { run } = view;
  return renderPage({
    title: `${run.finished ? VERDICT_WORDS[run.verdict] : 'Unfinished'}: ${run.options.system}, ${scenarioOf(run)} (seed ${run.options.seed})`,
    body: html`<a class="skip" href="#timeline">Skip to the timeline</a>
${verdictBanner(view)}
<main class="column">
${anomalySection(view)}
${timelineSection(view)}
${traitorsSection(view)}
${missingTraceSection(view)}
${phasesSection(view)}
${viewsSection(view)}
<section id="checks"><h2>Checks</h2><p class="lede">Each judges the whole run on its own. One violation makes the run invalid; one doubt makes it unknown.</p>${checksTable(view)}</section>
${reachSection(view)}
<section id="faults"><h2>Faults and their evidence</h2><p class="lede">After each fault and each heal a probe asked the cluster whether it had taken effect. A fault that did nothing proves nothing.</p>${faultTable(view)}</section>
<section id="facts"><h2>About this run</h2><p class="lede">What it takes to believe it or to repeat it.</p>${factList(view)}</section>
</main>
<footer class="column">Written by Assay. This file stands alone: it loads nothing and sends nothing.</footer>`,
    // The timeline draws no phases.
    data: jsonForScript({ ...view, batchPhases: undefined }),
    script: await appScript('report'),
  });
}

/** What the nodes' traces came upon; systems without traces have none. */
function reachSection({ run }: RunView): Markup | undefined {
  const reached = run.checks.flatMap(({ coverage }) => coverage ?? []);
  if (reached.length === 0) return undefined;
  return html`<section id="reach"><h2>What the run reached</h2><p class="lede">Steps, outcomes of guards and states that the nodes' traces show. One run does not come upon all of them; a campaign should.</p>
${reachTables(reached, { open: false })}</section>`;
}

function timelineSection(view: RunView): Markup {
  const { omissions, notes, words } = view;
  return html`<section id="timeline"><h2>The run over time</h2>
<p class="lede">Operations, faults, each ${words.term} and its ${words.leader}, how far each node was (${words.progress}),${view.treasons.length > 0 ? ' who was a traitor,' : ''} latency and rate on one time axis. Shaded stretches are those with a fault in force.</p>
<div id="instrument"><noscript><p class="muted">The zoomable timeline needs JavaScript. Everything else on this page does without.</p></noscript></div>
${omissions.length > 0 ? html`<div class="omissions" id="omissions"><p><b>Left out of the drawing:</b></p><ul>${omissions.map((each) => html`<li>${each}.</li>`)}</ul></div>` : undefined}
${notes.length > 0 ? html`<details class="more"><summary>${notes.length === 1 ? 'One remark' : `${notes.length} remarks`} of the harness</summary><ul>${notes.map(({ timeUs, text }) => html`<li><span class="mono">${(timeUs / 1e6).toFixed(2)} s</span> ${text}</li>`)}</ul></details>` : undefined}
${latencyTable(view)}
</section>`;
}
