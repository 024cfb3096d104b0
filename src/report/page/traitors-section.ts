import { grouped } from '../../kernel/count.js';
import { formatDuration } from '../../kernel/units.js';
import { formatTime } from '../scale.js';
import type { RunView } from '../view.js';
import { html, type Markup } from './markup.js';
import { verdictBadge } from './verdict-badge.js';

/** Who was a traitor, when, how, and how often it did what no correct node does; nothing where nobody was. */
export function traitorsSection({ treasons, endUs }: RunView): Markup | undefined {
  if (treasons.length === 0) return undefined;
  const rows = treasons.map(
    ({ node, behaviour, against, fromUs, toUs, confirmed, misdeeds }) => html`<tr>
<th scope="row"><span class="traitor-name">${node}</span></th>
<td data-label="did">${behaviour}${confirmed ? undefined : html` ${verdictBadge('unknown', 'not confirmed')}`}</td>
<td data-label="against">${against.join(' ')}</td>
<td class="nowrap" data-label="from">${formatTime(fromUs, 10_000)}</td>
<td class="nowrap" data-label="to">${toUs === null ? 'the end' : formatTime(toUs, 10_000)}<div class="checkfacts">for ${formatDuration((toUs ?? endUs) - fromUs)}</div></td>
<td class="number" data-label="misdeeds">${grouped(misdeeds)}</td></tr>`,
  );
  return html`<section id="traitors"><h2>Traitors</h2>
<p class="lede">These nodes were made to lie. A misdeed is a message changed, added or kept back, by the node's own count each time it was asked. From its first treason on, a node's word about itself proves nothing.</p>
<table class="stack"><thead><tr><th scope="col">Node</th><th scope="col">What it did</th><th scope="col">Against</th><th scope="col">From</th><th scope="col">To</th><th scope="col" class="number">Misdeeds</th></tr></thead>
<tbody>${rows}</tbody></table></section>`;
}
