import { formatDuration } from '../../kernel/units.js';
import { type AnomalyTimes, anomalyMoments, type Span } from '../anomaly-span.js';
import { faultTone } from '../fault-tone.js';
import { stateText } from '../node-words.js';
import { operationText } from '../operation-text.js';
import { formatTime, ticks } from '../scale.js';
import { deedOf, stretchOf } from '../treason-words.js';
import { OUTCOMES, type OutcomeName, type RunView } from '../view.js';
import { html, Markup } from './markup.js';

const WIDTH = 1120;
const GUTTER = 104;
const RIGHT = 14;
const OPERATION_ROW = 28;
const BAND_ROW = 20;
const MAX_OPERATIONS = 24;
const MAX_FAULTS = 6;
/** An average letter of the labels: for choosing the side on which a label has room. */
const LETTER = 6.3;

/** The operations that force an anomaly, the faults in force then and what the nodes were: a drawing that prints. */
export function miniTimeline(
  view: RunView,
  anomaly: AnomalyTimes & { readonly nodes?: readonly string[] | undefined },
  span: Span,
  rows: readonly number[],
): Markup {
  const scale = (timeUs: number) =>
    GUTTER + ((timeUs - span.fromUs) / (span.toUs - span.fromUs)) * (WIDTH - GUTTER - RIGHT);
  const clamp = (timeUs: number) => Math.min(WIDTH - RIGHT, Math.max(GUTTER, scale(timeUs)));
  const bar = (from: number, to: number, least: number) => ({
    x: clamp(from),
    width: Math.max(least, clamp(to) - clamp(from)),
  });

  const marks = ticks(span.fromUs, span.toUs, 8);
  const step = (marks[1] ?? span.toUs) - (marks[0] ?? span.fromUs);
  const faults = view.faults
    .filter(({ fromUs, toUs }) => fromUs < span.toUs && toUs > span.fromUs)
    .slice(0, MAX_FAULTS);
  const shown = rows.slice(0, MAX_OPERATIONS);
  let y = 30;

  const faultBars = faults.map((fault) => {
    const { x, width } = bar(fault.fromUs, fault.toUs, 2);
    const top = y;
    y += BAND_ROW;
    return html`<g><title>${fault.nemesis}: ${fault.kind} ${fault.description}, ${formatTime(fault.fromUs, 1000)} to ${formatTime(fault.toUs, 1000)}. ${fault.inject.detail}</title>
<rect x="${x}" y="${top + 2}" width="${width}" height="15" rx="2" fill="var(--${faultTone(fault.kind)})" fill-opacity="0.22"/>
<text x="${x + 6}" y="${top + 13.5}" font-size="11.5" fill="var(--ink)">${clip(`${fault.kind} ${fault.description}`, (WIDTH - x) / LETTER)}</text></g>`;
  });
  const faultsLabel = faults.length > 0 ? gutterLabel('faults', 44) : undefined;
  y += faults.length > 0 ? 6 : 0;

  const nodeBands = view.nodes.map((node) => {
    const top = y;
    y += BAND_ROW;
    const bands = node.spans
      .filter(({ fromUs, toUs }) => fromUs < span.toUs && toUs > span.fromUs)
      .map(({ state, term, fromUs, toUs }) => {
        const { x, width } = bar(fromUs, toUs, 1);
        const words = stateText(view.words, state, term);
        const label = width > words.length * LETTER + 8 ? words : '';
        const dark = state === 'leader' || state === 'down';
        return html`<g><title>${node.id}: ${words}</title><rect x="${x}" y="${top + 2}" width="${width}" height="16" fill="var(--${state === 'unknown' ? 'faint' : state})"/><text x="${x + 6}" y="${top + 14}" font-size="11" fill="${dark ? (state === 'leader' ? 'var(--on-leader)' : 'var(--on-down)') : 'var(--on-follower)'}">${label}</text></g>`;
      });
    const treasons = view.treasons
      .filter(({ node: id }) => id === node.id)
      .filter(({ fromUs, toUs }) => fromUs < span.toUs && (toUs ?? view.endUs) > span.fromUs);
    const strips = treasons.map((treason) => {
      const { x, width } = bar(treason.fromUs, treason.toUs ?? view.endUs, 2);
      return html`<g><title>${node.id}: traitor, ${deedOf(treason)}, ${stretchOf(treason)}</title><rect x="${x}" y="${y}" width="${width}" height="13" fill="var(--traitor)"/><text x="${x + 6}" y="${y + 10}" font-size="10.5" fill="var(--on-traitor)">${clip(`traitor: ${deedOf(treason)}`, (width - 8) / LETTER)}</text></g>`;
    });
    if (strips.length > 0) y += 16;
    return html`${gutterLabel(node.id, top + 14, anomaly.nodes?.includes(node.id))}${bands}${strips}`;
  });
  y += view.nodes.length > 0 ? 10 : 0;

  const operationBars = shown.map((row) => {
    const top = y;
    y += OPERATION_ROW;
    return operationBar(view, row, top, { bar, clamp });
  });
  const height = y + 8;
  const grid = marks.map(
    (mark) =>
      html`<line x1="${scale(mark)}" x2="${scale(mark)}" y1="22" y2="${height - 4}" stroke="var(--line)"/><text x="${scale(mark)}" y="15" font-size="11.5" text-anchor="middle" fill="var(--muted)">${formatTime(mark, step)}</text>`,
  );
  const moments = anomalyMoments(anomaly, rows).map(
    (timeUs) =>
      html`<line x1="${clamp(timeUs)}" x2="${clamp(timeUs)}" y1="22" y2="${height - 4}" stroke="var(--anomaly)" stroke-width="2" stroke-dasharray="5 3"><title>${formatTime(timeUs, 1)}</title></line>`,
  );
  const left = rows.length - shown.length;
  return html`<figure class="mini panel"><div class="scroll" tabindex="0" role="group" aria-label="The anomaly, drawn over time"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${describe(view, shown, span)}">
${grid}${faultsLabel}${faultBars}${nodeBands}${operationBars}${moments}</svg></div>
<figcaption>${caption(rows.length, formatDuration(span.toUs - span.fromUs))}${left > 0 ? ` ${left} more operations are listed in run.json.` : ''}</figcaption></figure>`;
}

function operationBar(
  view: RunView,
  row: number,
  top: number,
  draw: {
    bar: (from: number, to: number, least: number) => { x: number; width: number };
    clamp: (timeUs: number) => number;
  },
): Markup {
  const { operations } = view;
  const outcome = OUTCOMES[operations.outcome[row] ?? 0] as OutcomeName;
  const fromUs = operations.invokeUs[row] ?? 0;
  const toUs = operations.endUs[row] ?? fromUs;
  const { x, width } = draw.bar(fromUs, toUs, 4);
  const text = wordsOf(view, row);
  const node = operations.words[operations.node[row] ?? 0] ?? '';
  const label = clip(node === '' ? text : `${text} (${node})`, 96);
  const room = label.length * LETTER + 16;
  const open = outcome === 'info' || outcome === 'pending';
  const end = open ? WIDTH - RIGHT : x + width;
  const place =
    !open && WIDTH - RIGHT - end > room
      ? { x: end + 7, anchor: 'start' }
      : x - GUTTER > room
        ? { x: x - 7, anchor: 'end' }
        : { x: x + 8, anchor: 'start' };
  const inside = place.x > x && place.x < end;
  return html`<g><title>process ${operations.process[row]}: ${text}. ${formatTime(fromUs, 1)}, ${formatDuration(toUs - fromUs)}</title>
${gutterLabel(`process ${operations.process[row]}`, top + 17)}
${open ? html`<line x1="${x}" x2="${WIDTH - RIGHT}" y1="${top + 13}" y2="${top + 13}" stroke="var(--info)" stroke-width="3" stroke-dasharray="2 5"/>` : undefined}
<rect x="${x}" y="${top + (inside ? 19 : 6)}" width="${width}" height="${inside ? 7 : 14}" rx="2" fill="var(--${outcome})"/>
<text x="${place.x}" y="${top + (inside ? 14 : 17.5)}" text-anchor="${place.anchor}" font-size="12.5" font-family="var(--mono)" fill="var(--ink)" paint-order="stroke" stroke="var(--panel)" stroke-width="3">${label}</text></g>`;
}

function gutterLabel(text: string, y: number, emphasized = false): Markup {
  const style = emphasized ? new Markup('font-weight="700" fill="var(--anomaly)"') : new Markup('fill="var(--muted)"');
  return html`<text x="${GUTTER - 12}" y="${y}" text-anchor="end" font-size="12" ${style}>${text}</text>`;
}

function wordsOf({ operations }: RunView, row: number): string {
  const word = (column: readonly number[]) => operations.words[column[row] ?? 0] ?? '';
  return operationText({
    f: word(operations.f),
    key: word(operations.key),
    argument: operations.argument[row] ?? '',
    result: operations.result[row] ?? '',
    outcome: OUTCOMES[operations.outcome[row] ?? 0] as OutcomeName,
  });
}

function describe(view: RunView, rows: readonly number[], span: Span): string {
  const operations = rows.map(
    (row) =>
      `process ${view.operations.process[row]} at ${formatTime(view.operations.invokeUs[row] ?? 0, 1)}: ${wordsOf(view, row)}`,
  );
  return `From ${formatTime(span.fromUs, 1000)} to ${formatTime(span.toUs, 1000)}. ${operations.join('. ')}`;
}

function caption(count: number, length: string): string {
  if (count === 0)
    return `What the nodes were around that moment, which the dashed line marks. Left to right: ${length}.`;
  const what = count === 1 ? 'The operation that forces' : `The ${count} operations that force`;
  return `${what} the verdict, the faults in force and what the nodes were. Left to right: ${length}. A bar begins with the request and ends with the answer; a dashed tail means that nobody knows when or whether it took effect.`;
}

function clip(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, Math.floor(letters) - 1))}…`;
}
