import { grouped } from '../../kernel/count.js';
import { formatDuration } from '../../kernel/units.js';
import type { PhasesView, ViewChange } from '../phases/view.js';
import { formatTime } from '../scale.js';
import type { RunView } from '../view.js';
import { html, type Markup } from './markup.js';

const MAX_ROWS = 60;

/** Every change of view: who wanted it first, where and when it began; nothing where no view was ever changed. */
export function viewsSection({ batchPhases: phases }: RunView): Markup | undefined {
  if (phases === undefined || phases.viewChanges.length === 0) return undefined;
  const { viewChanges, furtherViewChanges } = phases;
  const shown = viewChanges.slice(0, MAX_ROWS);
  const left = viewChanges.length - shown.length + furtherViewChanges;
  return html`<section id="views"><h2>View changes</h2>
<p class="lede">A replica that waits too long for a request to be executed asks for the next view. That begins when its primary shows that enough of them do.</p>
<table class="stack"><thead><tr><th scope="col" class="number">View</th><th scope="col">Primary</th><th scope="col">Asked for first</th><th scope="col">Began</th><th scope="col" class="number">Batches taken over</th></tr></thead>
<tbody>${shown.map((change) => viewRow(phases, change))}</tbody></table>
${left > 0 ? html`<p class="muted">${grouped(left)} later ones are left out.</p>` : undefined}
</section>`;
}

function viewRow(phases: PhasesView, change: ViewChange): Markup {
  const { view, primary, asked, began, takenOver } = change;
  const isBegun = began.length > 0;
  const time = began[0]?.timeUs ?? asked?.timeUs ?? 0;
  return html`<tr><th scope="row" class="number" data-label="view">${view}</th>
<td data-label="primary">${nodeName(phases, primary, time)}</td>
<td class="nowrap" data-label="asked for first">${asked ? html`${nodeName(phases, asked.node, asked.timeUs)} at ${formatTime(asked.timeUs, 1000)}` : undefined}</td>
<td data-label="began">${isBegun ? beganWords(phases, change) : html`<span class="bad">never</span>`}</td>
<td class="number" data-label="batches taken over">${isBegun ? grouped(takenOver) : ''}</td></tr>`;
}

/** "n2 at 4.597 s, n1 +7.0 ms, n3 +10 ms" */
export function beganWords(phases: PhasesView, { began }: ViewChange): Markup {
  const first = began[0]?.timeUs ?? 0;
  const words = began.map(({ node, timeUs }, index) => {
    const when = index === 0 ? `at ${formatTime(timeUs, 1000)}` : `+${formatDuration(timeUs - first)}`;
    return html`${index > 0 ? ', ' : ''}<span class="nowrap">${nodeName(phases, node, timeUs)} ${when}</span>`;
  });
  return html`${words}`;
}

/** A node's name, marked where it had been a traitor by then. */
export function nodeName({ turnedUs }: PhasesView, node: string, timeUs: number): Markup {
  const isTraitor = timeUs >= (turnedUs[node] ?? Number.POSITIVE_INFINITY);
  return isTraitor
    ? html`<span class="traitor-name" title="${node} was a traitor by then">${node}</span>`
    : html`${node}`;
}
