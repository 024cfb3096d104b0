import { count, grouped } from '../../kernel/count.js';
import { formatDuration } from '../../kernel/units.js';
import {
  PHASES,
  type PhaseCell,
  type PhaseRow,
  type PhaseStretch,
  type PhasesView,
  type ViewChange,
} from '../phases/view.js';
import { formatTime } from '../scale.js';
import type { RunView } from '../view.js';
import { html, type Markup } from './markup.js';
import { beganWords, nodeName } from './views-section.js';

/** Letters that tell digests apart. */
const DIGEST_LETTERS = 6;
const MAX_VIEWS_BETWEEN = 4;
/** Columns before those of the replicas. */
const HEAD_COLUMNS = 4;

/** How far each replica came with each batch, around what is of interest; nothing for protocols without such phases. */
export function phasesSection({ batchPhases: phases }: RunView): Markup | undefined {
  if (phases === undefined || phases.stretches.length === 0) return undefined;
  const shown = phases.stretches.reduce((sum, { rows }) => sum + rows.length, 0);
  const open = Math.max(
    0,
    phases.stretches.findIndex(({ urgent }) => urgent),
  );
  const stretches = phases.stretches.map((stretch, index) => stretchTable(phases, stretch, index, index === open));
  return html`<section id="phases"><h2>Phases</h2>
<p class="lede">How far each replica came with each sequence number, and how long after the first of them accepted it. ${
    shown < phases.highest
      ? `${grouped(shown)} of ${grouped(phases.highest)} sequence numbers are shown: those around what a reader may look for.`
      : 'All sequence numbers are shown.'
  }</p>
${legend(phases)}
${stretches}
</section>`;
}

function legend({ turnedUs }: PhasesView): Markup {
  const marks = PHASES.map((phase, index) => html`<span class="p${index + 1}"><i class="bar"></i>${phase}</span>`);
  const traitor = html`<span class="turned"><i class="swatch"></i>what a traitor says of itself, which proves nothing</span>`;
  return html`<p class="phase-legend">${marks}<span class="p0"><i class="bar"></i>came with a later state</span>${Object.keys(turnedUs).length > 0 ? traitor : undefined}</p>`;
}

function stretchTable(phases: PhasesView, { reasons, rows }: PhaseStretch, index: number, open: boolean): Markup {
  const first = rows[0]?.sequence ?? 0;
  const last = rows.at(-1)?.sequence ?? first;
  const times = rows.map(firstUs).filter(Number.isFinite);
  const [fromUs, toUs] = [Math.min(...times), Math.max(...times)];
  const place = `${first === last ? grouped(first) : `${grouped(first)} to ${grouped(last)}`}`;
  const heads = phases.nodes.map((node) => html`<th scope="col">${nodeName(phases, node, toUs)}</th>`);
  const isLast = index === phases.stretches.length - 1;
  return html`<details class="more"${open ? html` open` : undefined}><summary><b>${place}</b>${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''} <span class="muted nowrap">${Number.isFinite(fromUs) ? `${formatTime(fromUs, 10_000)} to ${formatTime(toUs, 10_000)}` : ''}</span></summary>
<div class="scroll" tabindex="0" role="group" aria-label="Phases of sequence numbers ${place}"><table class="phases"><thead><tr><th scope="col" class="number">No.</th><th scope="col">Batch</th><th scope="col">View</th><th scope="col">First accepted</th>${heads}</tr></thead>
<tbody>${rows.map((row, at) => html`${viewsBetween(phases, at === 0 ? row.sequence - 1 : (rows[at - 1]?.sequence ?? 0), row.sequence)}${rowMarkup(phases, row)}`)}${isLast ? viewsBetween(phases, last, Number.POSITIVE_INFINITY) : undefined}</tbody></table></div>
${Number.isFinite(fromUs) ? html`<p class="mini-actions"><button type="button" data-jump="${Math.max(0, Math.round(fromUs - 20_000))},${Math.round(toUs + 60_000)}">Show it on the timeline</button></p>` : undefined}</details>`;
}

/** The views whose own sequence numbers begin after `before`, up to `sequence`. */
function viewsBetween(phases: PhasesView, before: number, sequence: number): Markup | undefined {
  const changes = phases.viewChanges.filter(({ first }) => before < first && first <= sequence);
  if (changes.length === 0) return undefined;
  const shown = changes.slice(-MAX_VIEWS_BETWEEN);
  const left = changes.length - shown.length;
  const lines = [
    ...(left > 0 ? [html`<b>${count(left, 'view')}</b> before, see below`] : []),
    ...shown.map((change) => viewLine(phases, change)),
  ];
  return html`${lines.map((line) => html`<tr class="between"><td colspan="${HEAD_COLUMNS + phases.nodes.length}">${line}</td></tr>`)}`;
}

function viewLine(phases: PhasesView, change: ViewChange): Markup {
  const { view, primary, asked, began, takenOver } = change;
  const beganUs = began[0]?.timeUs;
  const wanted =
    asked &&
    html`, asked for first by ${nodeName(phases, asked.node, asked.timeUs)} at ${formatTime(asked.timeUs, 1000)}`;
  const what =
    beganUs === undefined
      ? html`<span class="bad">never began</span>`
      : html`began ${beganWords(phases, change)}; ${count(takenOver, 'batch', 'batches')} taken over`;
  return html`<b>View ${view}</b>, primary ${nodeName(phases, primary, beganUs ?? asked?.timeUs ?? 0)}${wanted}; ${what}`;
}

interface Batches {
  /** By what replicas came furthest with, the most frequent first. */
  readonly digests: readonly string[];
  /** Correct replicas committed different ones: what must never happen. */
  readonly broken: boolean;
}

function batchesOf({ cells }: PhaseRow): Batches {
  const times = new Map<string, number>();
  const decided = new Set<string>();
  for (const cell of cells) {
    if (cell === undefined) continue;
    for (const digest of cell.digests) times.set(digest, (times.get(digest) ?? 0) + (digest === cell.digest ? 1 : 0.1));
    if (cell.furthest >= 2 && !cell.turned) decided.add(cell.digest);
  }
  return { digests: [...times].sort(([, a], [, b]) => b - a).map(([digest]) => digest), broken: decided.size > 1 };
}

function rowMarkup(phases: PhasesView, row: PhaseRow): Markup {
  const { digests, broken } = batchesOf(row);
  const isSplit = digests.length > 1;
  const views = [...new Set(row.cells.flatMap((cell) => cell?.views ?? []))].sort((a, b) => a - b);
  const beganUs = firstUs(row);
  const batch = isSplit
    ? html`<span class="${broken ? 'bad' : 'odd'}">${digests.length} batches${broken ? ' committed' : ''}</span>${digests.slice(0, 3).map((digest, place) => html`<code class="d${place}">${letters(digest)}</code>`)}`
    : html`<code>${letters(digests[0] ?? '')}</code> <span class="muted">${requestsWords(row.requests)}</span>`;
  const cells = row.cells.map((cell, index) => cellMarkup(cell, { node: phases.nodes[index] ?? '', beganUs, digests }));
  return html`<tr${broken ? html` class="broken"` : undefined}><th scope="row" class="number">${grouped(row.sequence)}</th><td class="nowrap">${batch}</td><td class="nowrap">${views.join(', ')}</td><td class="nowrap">${Number.isFinite(beganUs) ? formatTime(beganUs, 1000) : ''}</td>${cells}</tr>
`;
}

function cellMarkup(
  cell: PhaseCell | undefined,
  { node, beganUs, digests }: { node: string; beganUs: number; digests: readonly string[] },
): Markup {
  if (cell === undefined) return html`<td class="cell muted" title="${node}: never heard of it">–</td>`;
  const { furthest, installedUs, turned } = cell;
  const furthestUs = furthest < 0 ? installedUs : cell.timesUs[furthest];
  const after = furthestUs === undefined || !Number.isFinite(beganUs) ? '' : `+${formatDuration(furthestUs - beganUs)}`;
  const place = Math.max(0, digests.indexOf(cell.digest));
  const digest =
    digests.length > 1 && cell.digest !== ''
      ? html`<code class="d${Math.min(place, 2)}">${letters(cell.digest)}</code>`
      : undefined;
  return html`<td class="cell p${furthest + 1}${turned ? ' turned' : ''}" title="${cellWords(node, cell)}"><i class="bar"></i><span>${after}</span>${digest}</td>`;
}

/** All that is known of a cell, to read on hovering. */
function cellWords(node: string, { timesUs, installedUs, digests, views, turned }: PhaseCell): string {
  const phases = PHASES.flatMap((phase, index) => {
    const timeUs = timesUs[index];
    return timeUs === undefined ? [] : [`${phase} ${formatTime(timeUs, 1)}`];
  });
  return [
    `${node}${turned ? ', a traitor by then' : ''}: ${[...phases, ...(installedUs === undefined ? [] : [`came with a later state ${formatTime(installedUs, 1)}`])].join(', ')}`,
    ...(views.length > 0 ? [`view ${views.join(', then ')}`] : []),
    ...(digests.length > 0 ? [`batch ${digests.map((digest) => digest.slice(0, 12)).join(', then ')}`] : []),
  ].join('; ');
}

function firstUs({ cells }: PhaseRow): number {
  return Math.min(...cells.flatMap((cell) => cell?.timesUs ?? []).map((timeUs) => timeUs ?? Number.POSITIVE_INFINITY));
}

function requestsWords(requests: number | undefined): string {
  if (requests === undefined) return '';
  return requests === 0 ? 'null request' : count(requests, 'request');
}

function letters(digest: string): string {
  return digest.slice(0, DIGEST_LETTERS);
}
