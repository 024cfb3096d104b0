import pc from 'picocolors';
import { formatDuration, type Micros } from '../kernel/units.js';
import type { Progress } from '../runner/run.js';

/** Shows how a run goes on. */
export interface ProgressView {
  /** `label` stands before the line: which run of a campaign it is. */
  update(progress: Progress, label?: string): void;
  /** Removes what is drawn; the next update draws again. */
  clear(): void;
}

/** What a view writes to; `process.stderr` outside tests. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressTime {
  nowMs(): number;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 5000;

/** One redrawn line on a terminal; a plain line every five seconds elsewhere. */
export function progressView(stream: ProgressStream, time: ProgressTime): ProgressView {
  const live = stream.isTTY === true && process.env.CI === undefined;
  return live ? liveLine(stream, time) : plainLines(stream, time);
}

function liveLine(stream: ProgressStream, time: ProgressTime): ProgressView {
  let drawnMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  const clear = () => {
    if (drawn) stream.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    update(progress, label = '') {
      if (time.nowMs() - drawnMs < REDRAW_MS) return;
      drawnMs = time.nowMs();
      // One column stays free: writing in the last one makes some terminals wrap.
      const text = cut(`${label}${describe(progress)}`, (stream.columns ?? 80) - 1);
      stream.write(`\r\u001b[2K${progress.faults.length > 0 ? pc.yellow(text) : pc.dim(text)}`);
      drawn = true;
    },
    clear,
  };
}

function plainLines(stream: ProgressStream, time: ProgressTime): ProgressView {
  let writtenMs = Number.NEGATIVE_INFINITY;
  return {
    update(progress, label = '') {
      if (time.nowMs() - writtenMs < PLAIN_LINE_MS) return;
      writtenMs = time.nowMs();
      stream.write(`${label}${describe(progress)}\n`);
    },
    clear() {},
  };
}

/** "load 12 s of 60 s · 2401 ok, 12 failed, 3 unknown · partition, kill · leader n3" */
export function describe(progress: Progress): string {
  const parts: string[] = [];
  const timed = progress.totalUs > 0 && progress.elapsedUs > 0;
  parts.push(
    timed ? `${progress.phase} ${seconds(progress.elapsedUs)} of ${seconds(progress.totalUs)}` : progress.phase,
  );
  if (progress.ok + progress.fail + progress.info > 0) {
    parts.push(`${progress.ok} ok, ${progress.fail} failed, ${progress.info} unknown`);
  }
  if (progress.faults.length > 0) parts.push(progress.faults.join(', '));
  if (progress.leader !== undefined) parts.push(`${progress.leader.word} ${progress.leader.node}`);
  if (progress.text !== undefined) parts.push(progress.text);
  return parts.join(' · ');
}

function seconds(micros: Micros): string {
  return micros < 120_000_000 ? `${Math.floor(micros / 1_000_000)} s` : formatDuration(micros);
}

function cut(text: string, width: number): string {
  const oneLine = text.replaceAll(/\s+/g, ' ');
  return oneLine.length <= width ? oneLine : `${oneLine.slice(0, Math.max(0, width - 1))}…`;
}
