import { formatDuration } from '../../kernel/units.js';
import { faultTone } from '../fault-tone.js';
import { operationText } from '../operation-text.js';
import { formatTime, ticks } from '../scale.js';
import { OUTCOMES, type OutcomeName, type RunView } from '../view.js';
import { html, type Markup } from './markup.js';

const WIDTH = 1120;
const GUTTER = 104;
const RIGHT = 14;
const OPERATION_ROW = 28;
const BAND_ROW = 20;
const MAX_OPERATIONS = 24;
const MAX_FAULTS = 6;
/** An average letter of the labels: for choosing the side on which a label has room. */
const LETTER = 6.3;

export interface Span {
  readonly fromUs: number;
  readonly toUs: number;
}

/** The stretch of time that explains an anomaly, with a little air around it; undefined when it has no place in time. */
export function anomalySpan(view: RunView, anomaly: Partial<Span>, rows: readonly number[]): Span | undefined {
  const { invokeUs, endUs, outcome } = view.operations;
  const starts = rows.map((row) => invokeUs[row] ?? 0);
  // An operation of unknown outcome ends when the client gave up, which is no part of the explanation.
  const ends = rows.map((row) => (OUTCOMES[outcome[row] ?? 0] === 'ok' ? (endUs[row] ?? 0) : (invokeUs[row] ?? 0)));
  if (rows.length === 0) {
    if (anomaly.fromUs !== undefined) starts.push(anomaly.fromUs);
    if (anomaly.toUs !== undefined) ends.push(anomaly.toUs);
    if (starts.length + ends.length === 0) return undefined;
  }
  const fromUs = Math.min(...starts, ...ends);
  const toUs = Math.max(...starts, ...ends);
  const air = Math.max((toUs - fromUs) * 0.06, rows.length === 0 ? 500_000 : 500);
  return { fromUs: Math.max(0, fromUs - air), toUs: Math.min(view.endUs, toUs + air) };
}

/** The operations that force an anomaly, the faults in force then and what the nodes were: a drawing that prints. */
export function miniTimeline(view: RunView, span: Span, rows: readonly number[]): Markup {
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
        const words = `${state === 'down' ? 'no answer' : state}${term === undefined ? '' : `, term ${term}`}`;
        const label = width > words.length * LETTER + 8 ? words : '';
        const dark = state === 'leader' || state === 'down';
        return html`<g><title>${node.id}: ${words}</title><rect x="${x}" y="${top + 2}" width="${width}" height="16" fill="var(--${state === 'unknown' ? 'faint' : state})"/><text x="${x + 6}" y="${top + 14}" font-size="11" fill="${dark ? (state === 'leader' ? 'var(--on-leader)' : 'var(--on-down)') : 'var(--on-follower)'}">${label}</text></g>`;
      });
    return html`${gutterLabel(node.id, top + 14)}${bands}`;
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
  const left = rows.length - shown.length;
  return html`<figure class="mini panel"><div class="scroll" tabindex="0" role="group" aria-label="The operations that force the anomaly, drawn over time"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${describe(view, shown, span)}">
${grid}${faultsLabel}${faultBars}${nodeBands}${operationBars}</svg></div>
<figcaption>${caption(rows.length)} Time runs from left to right over ${formatDuration(span.toUs - span.fromUs)}; a bar begins with the request and ends with the answer; a dashed tail means that nobody knows when or whether it took effect.${left > 0 ? ` ${left} more operations are listed in run.json.` : ''}</figcaption></figure>`;
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

function gutterLabel(text: string, y: number): Markup {
  return html`<text x="${GUTTER - 12}" y="${y}" text-anchor="end" font-size="12" fill="var(--muted)">${text}</text>`;
}

export function wordsOf({ operations }: RunView, row: number): string {
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

function caption(count: number): string {
  if (count === 0) return 'What the nodes were at that time, and the faults in force.';
  return `The ${count === 1 ? 'operation that forces' : `${count} operations that force`} the verdict, the faults in force and what the nodes were.`;
}

function clip(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, Math.floor(letters) - 1))}…`;
}
