import { grouped } from '../../kernel/count.js';
import type { Reached } from '../../plugin/coverage.js';
import { html, type Markup } from './markup.js';

/** A class as it is shown: what reached it, for a campaign. */
interface Row extends Reached {
  readonly where?: Markup;
}

const KINDS = [
  { kind: 'state', title: 'states of the cluster' },
  { kind: 'outcome', title: 'outcomes of guards' },
  { kind: 'action', title: 'actions' },
] as const satisfies readonly { readonly kind: Reached['kind']; readonly title: string }[];

/**
 * What was come upon and what was not, the latter first: in sight for a campaign, which says what was tested by it;
 * behind a line for one run, which need not come upon everything.
 */
export function reachTables(rows: readonly Row[], { open, where }: { open: boolean; where?: string }): Markup {
  const never = rows.filter(({ times }) => times === 0);
  const tables = KINDS.flatMap(({ kind, title }) => {
    const all = rows.filter((row) => row.kind === kind);
    const reached = all.filter(({ times }) => times > 0);
    return reached.length === 0
      ? []
      : [folded(`${reached.length} of ${all.length} ${title} were reached`, reachedTable(reached, where), false)];
  });
  const neverTable =
    never.length === 0
      ? []
      : [folded(`${never.length} of ${rows.length} were never reached`, missedTable(never), open)];
  return html`${neverTable}${tables}`;
}

function folded(title: string, content: Markup, open: boolean): Markup {
  return html`<details class="more reach"${open ? html` open` : undefined}><summary>${title}</summary>${content}</details>`;
}

/** What a certification must reach stands out, and comes first. */
function missedTable(rows: readonly Row[]): Markup {
  const notable = rows.filter(({ rarity }) => rarity !== undefined);
  const others = rows.filter(({ rarity }) => rarity === undefined);
  const lines = [...notable, ...others].map(
    (row) => html`<tr${row.rarity === undefined ? undefined : html` class="notable"`}>
<th scope="row">${row.name}</th>
<td data-label="kind" class="muted nowrap">${row.kind}</td>
<td>${row.statement} <span class="source">${row.source}</span></td>
${notable.length === 0 ? undefined : html`<td data-label="try">${nemeses(row.by)}</td>`}</tr>`,
  );
  return html`<table class="stack"><thead><tr><th scope="col">Never reached</th><th scope="col">Kind</th><th scope="col">What it is</th>${notable.length === 0 ? undefined : html`<th scope="col">Nemeses that lead there</th>`}</tr></thead><tbody>${lines}</tbody></table>`;
}

/** As the command line reads them, broken between them where there is no room. */
function nemeses(text: string | undefined): Markup | undefined {
  if (text === undefined) return undefined;
  return html`<code>${text.split(',').flatMap((one, place) => (place === 0 ? [one] : [html`,<wbr>`, one]))}</code>`;
}

function reachedTable(rows: readonly Row[], where: string | undefined): Markup {
  const lines = rows.map(
    (row) => html`<tr>
<th scope="row">${row.name}</th>
<td>${row.statement} <span class="source">${row.source}</span></td>
<td class="number" data-label="times">${grouped(row.times)}</td>
${where === undefined ? undefined : html`<td class="number" data-label="${where}">${row.where}</td>`}</tr>`,
  );
  return html`<table class="stack"><thead><tr><th scope="col">Reached</th><th scope="col">What it is</th><th scope="col" class="number">Times</th>${where === undefined ? undefined : html`<th scope="col" class="number">${where}</th>`}</tr></thead><tbody>${lines}</tbody></table>`;
}
