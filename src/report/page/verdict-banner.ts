import { formatDuration } from '../../kernel/units.js';
import { evidenceFigures, scenarioOf, withOptions } from '../figures.js';
import type { RunView } from '../view.js';
import { html, type Markup } from './markup.js';
import { VERDICT_WORDS, verdictSign } from './verdict-badge.js';

/** What everybody reads: the verdict, why, on what evidence, and how to see it again. */
export function verdictBanner({ run }: RunView): Markup {
  const { options } = run;
  return html`<header class="verdict ${run.verdict}"><div class="column">
<p class="eyebrow"><span><b>Assay</b> run report</span><time datetime="${run.startedAt}">${readableTime(run.startedAt)}</time></p>
<h1>${verdictSign(run.verdict)}<span>${run.finished ? VERDICT_WORDS[run.verdict] : 'Unfinished'}</span></h1>
<p class="subject"><b>${withOptions(options.system, options.systemOptions)}</b> on ${options.backend}, ${options.nodes} ${options.nodes === 1 ? 'node' : 'nodes'}: ${scenarioOf(run)}, ${formatDuration(run.durationUs)}, seed ${options.seed}</p>
${run.finished ? undefined : html`<p class="error">The harness ended before the run did: nothing was decided. What it had recorded by then is below; <code>assay check</code> judges it.</p>`}
${run.error ? html`<p class="error"><b>${run.error.code}:</b> ${run.error.message} ${run.error.wayOut}</p>` : undefined}
${run.narrative.length > 0 ? html`<p class="narrative">${run.narrative.join(' ')}</p>` : undefined}
<dl class="figures">${evidenceFigures(run).map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
${replayCommand(run.replay)}
</div></header>`;
}

/** The command to run something again, with a button that copies it. */
export function replayCommand(command: string): Markup {
  return html`<div class="replay"><code tabindex="0" role="group" aria-label="The command that runs it again">${command}</code><button type="button" data-copy="${command}" aria-live="polite">Copy</button></div>`;
}

/** "2026-11-23 14:05 UTC" */
export function readableTime(iso: string): string {
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(iso);
  return match ? `${match[1]} ${match[2]} UTC` : iso;
}
