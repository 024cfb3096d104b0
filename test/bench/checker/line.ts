import type { Outcome } from './child.js';
import type { Measured } from './measure.js';
import { notedOf } from './noted.js';
import { GENERAL_LIMIT, type Limit, type Row } from './row.js';

/** A row of the table, measured. */
export interface Line {
  readonly cells: readonly string[];
  /** A verdict that is not the known one, or a checker that broke. */
  readonly wrong: boolean;
  readonly decided: boolean;
  readonly met: boolean;
}

const COLUMNS = [
  ['history', 44],
  ['verdict', 26],
  ['ms', 7],
  ['MB', 5],
  ['explained ms, MB', 16],
  ['limit', 18],
  ['', 6],
  ['Porcupine*', 15],
  ['prototype*', 18],
  ['states', 9],
  ['algorithms', 10],
] as const;

export const HEADER = formatCells(COLUMNS.map(([title]) => title));
export const FOOTNOTE = `* "Where Porcupine stands" in the checker's notes, on their machine. MB: peak of the process; "explained": after a second check, with one violation explained.`;

export function lineOf(row: Row, outcome: Outcome): Line {
  const { checked, explained, failure } = outcome;
  const decided = checked !== undefined && checked.verdict !== 'unknown';
  const mismatch = decided && row.expected !== undefined && checked.verdict !== row.expected;
  const broken = failure !== undefined && failure !== 'out of memory' && failure !== 'killed: too late';
  const met =
    failure === undefined &&
    decided &&
    !mismatch &&
    within(checked, row.limit) &&
    (explained === undefined || within(explained, GENERAL_LIMIT));
  const noted = notedOf(row.name);
  const verdict = [
    checked?.verdict,
    mismatch && `WRONG, is ${row.expected}`,
    failure,
    decided && row.expected === undefined && '(not known)',
  ].filter(Boolean);
  return {
    cells: [
      row.name,
      verdict.join(' '),
      milliseconds(checked?.ms),
      checked ? checked.peakMegabytes.toFixed(0) : '',
      explained ? `${milliseconds(explained.ms)}, ${explained.peakMegabytes.toFixed(0)}` : '',
      `${row.limit.ms} ms ${row.limit.megabytes} MB`,
      met ? 'met' : 'MISSED',
      noted.porcupine,
      noted.prototype,
      checked ? String(checked.states) : '',
      Object.entries(checked?.algorithms ?? {})
        .map(([name, count]) => (count === 1 ? name : `${name} x${count}`))
        .join(', '),
    ],
    wrong: mismatch || broken,
    decided,
    met,
  };
}

export function formatCells(cells: readonly string[]): string {
  return cells
    .map((cell, index) => cell.padEnd(COLUMNS[index]?.[1] ?? 0))
    .join('  ')
    .trimEnd();
}

function within({ ms, peakMegabytes }: Measured, limit: Limit): boolean {
  return ms <= limit.ms && peakMegabytes <= limit.megabytes;
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '';
  return ms < 100 ? ms.toFixed(1) : ms.toFixed(0);
}
