import pc from 'picocolors';
import type { RunRecord } from '../store/run-record.js';
import { evidenceFigures } from './figures.js';

/** How the text is laid out. */
export interface TerminalStyle {
  /** False: plain text, for files and CI logs. Default: whether the output is a terminal that shows colours. */
  readonly color?: boolean;
  /** Default 100 columns, which a paragraph still reads well in. */
  readonly columns?: number;
}

/**
 * The closing paragraph of a run: the verdict and why, the evidence in one line, and the first anomaly's story when
 * there is one. Where the report is and how to run it again is the caller's to say, who knows the folder.
 */
export function renderVerdict(run: RunRecord, style: TerminalStyle = {}): string {
  const colors = pc.createColors(style.color ?? pc.isColorSupported);
  const columns = style.columns ?? 100;
  const paint = { valid: colors.green, invalid: colors.red, unknown: colors.yellow }[run.verdict];
  const word = run.finished ? run.verdict.toUpperCase() : 'UNFINISHED';
  const paragraph = wrap(`${word}  ${run.narrative.join(' ')}`, columns);
  const lines = [paragraph.replace(word, colors.bold(paint(word)))];

  const figures = evidenceFigures(run).map(({ label, value }) => `${label} ${value}`);
  lines.push('', colors.dim(wrap(figures.join(' · '), columns)));

  const anomaly = run.checks.flatMap((check) => check.anomalies)[0];
  if (anomaly) {
    lines.push('', `${colors.bold(wrap(anomaly.title, columns))}`);
    for (const [index, step] of anomaly.story.entries()) {
      const number = `${index + 1}.`.padStart(4);
      lines.push(`${number} ${wrap(step, columns - 5).replaceAll('\n', '\n     ')}`);
    }
    const others = run.checks.reduce((sum, check) => sum + check.anomalies.length, 0) - 1;
    if (others > 0) lines.push(colors.dim(`     ${others} more in the report.`));
  }
  return lines.join('\n');
}

/** Breaks at blanks so that no line is longer than `columns`, where a word is not. Control characters are shown. */
function wrap(text: string, columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}

/** Answers of the system under test come to the terminal: an escape sequence among them must not act there. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
