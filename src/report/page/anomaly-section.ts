import { anomalySpan } from '../anomaly-span.js';
import type { RunView } from '../view.js';
import { html, type Markup } from './markup.js';
import { miniTimeline } from './mini-timeline.js';

const MAX_MORE = 40;

/** The worst anomaly in full, the others one click away; nothing for a run without any. */
export function anomalySection(view: RunView): Markup | undefined {
  const all = view.run.checks.flatMap((check, c) =>
    check.anomalies.map((anomaly, a) => ({ check, anomaly, rows: view.anomalyOperations[c]?.[a] ?? [] })),
  );
  const [first, ...others] = all;
  if (!first) return undefined;
  const more = others.slice(0, MAX_MORE).map(
    (
      each,
    ) => html`<details class="more"><summary>${each.anomaly.title} <span class="kind">${each.anomaly.kind}</span></summary>
${anomalyBody(view, each.anomaly, each.rows)}</details>`,
  );
  const unlisted = others.length - more.length;
  return html`<section id="anomaly" aria-labelledby="anomaly-heading">
<h2 id="anomaly-heading">${all.length === 1 ? 'The anomaly' : `The first of ${all.length} anomalies`}</h2>
<p class="anomaly-title">${first.anomaly.title}<span class="kind">${first.check.checker} / ${first.anomaly.kind}</span></p>
${anomalyBody(view, first.anomaly, first.rows)}
${more.length > 0 ? html`<h3>Further anomalies</h3>${more}` : undefined}
${unlisted > 0 ? html`<p class="muted">${unlisted} more are listed in run.json.</p>` : undefined}
</section>`;
}

function anomalyBody(
  view: RunView,
  anomaly: RunView['run']['checks'][number]['anomalies'][number],
  rows: readonly number[],
): Markup {
  const span = anomalySpan(view, anomaly, rows);
  const ordered = [...rows].sort((a, b) => a - b);
  return html`${anomaly.story.length > 0 ? html`<ol class="story">${anomaly.story.map((step) => html`<li>${step}</li>`)}</ol>` : undefined}
${span ? miniTimeline(view, anomaly, span, ordered) : undefined}
${span ? html`<p class="mini-actions"><button type="button" data-jump="${Math.round(span.fromUs)},${Math.round(span.toUs)}">Show it on the timeline</button></p>` : undefined}`;
}
