import { formatDuration } from '../../kernel/units.js';
import type { OperationColumns, RunView } from '../view.js';
import { operationHit, outcomeOf } from './operations.js';
import { type Frame, type Hit, SMALL_FONT, type Track } from './track.js';

const TOP = 10;
const BOTTOM = 10;

/** Each operation's latency from the time when it was due, on a logarithmic scale. */
export class LatencyTrack implements Track {
  readonly title = 'latency';
  readonly height = 150;
  private readonly operations: OperationColumns;
  private readonly low: number;
  private readonly high: number;

  constructor(view: RunView) {
    this.operations = view.operations;
    let low = Number.POSITIVE_INFINITY;
    let high = 1000;
    for (let row = 0; row < view.operations.process.length; row++) {
      const latency = this.latency(row);
      low = Math.min(low, latency);
      high = Math.max(high, latency);
    }
    this.low = Math.log10(Math.max(1, Math.min(low, high / 10)));
    this.high = Math.log10(high) + 0.05;
  }

  draw({ context, palette, scene, left, right, x }: Frame): void {
    const { operations } = this;
    context.font = SMALL_FONT;
    context.textAlign = 'right';
    for (let power = Math.ceil(this.low); power <= this.high; power++) {
      const y = this.y(10 ** power);
      context.fillStyle = palette.color('line');
      context.fillRect(left, Math.round(y), right - left, 1);
      context.fillStyle = palette.color('muted');
      context.fillText(roundDuration(10 ** power), left - 8, y + 4);
    }
    const { fromUs, toUs } = scene.viewport;
    // Of the successes that fall on one spot, one is drawn.
    const taken = new Set<number>();
    // Successes first: the few others must not drown in them.
    for (const wanted of ['ok', 'fail', 'info', 'pending'] as const) {
      context.fillStyle = context.strokeStyle = palette.color(wanted);
      for (let row = 0; row < operations.process.length; row++) {
        if (outcomeOf(operations, row) !== wanted) continue;
        const begin = operations.invokeUs[row] ?? 0;
        if (begin < fromUs || begin > toUs) continue;
        const dim = scene.highlightKey !== undefined && operations.key[row] !== scene.highlightKey;
        context.globalAlpha = dim ? 0.1 : wanted === 'ok' ? 0.6 : 0.9;
        const px = x(begin);
        const py = this.y(this.latency(row));
        if (wanted === 'ok') {
          const spot = Math.round(px) * 1000 + Math.round(py);
          if (!dim && taken.has(spot)) continue;
          if (!dim) taken.add(spot);
          context.fillRect(px - 1.2, py - 1.2, 2.4, 2.4);
        } else {
          context.beginPath();
          if (wanted === 'fail') {
            context.moveTo(px - 2.5, py - 2.5);
            context.lineTo(px + 2.5, py + 2.5);
            context.moveTo(px + 2.5, py - 2.5);
            context.lineTo(px - 2.5, py + 2.5);
            context.stroke();
          } else {
            context.moveTo(px, py - 3.5);
            context.lineTo(px + 3.5, py + 3);
            context.lineTo(px - 3.5, py + 3);
            context.closePath();
            context.fill();
          }
        }
      }
    }
    context.globalAlpha = 1;
    context.strokeStyle = palette.color('anomaly');
    context.lineWidth = 2;
    for (const row of scene.forcing) {
      const begin = operations.invokeUs[row] ?? 0;
      if (begin < fromUs || begin > toUs) continue;
      context.beginPath();
      context.arc(x(begin), this.y(this.latency(row)), 5, 0, 2 * Math.PI);
      context.stroke();
    }
    context.lineWidth = 1;
  }

  hit(x: number, y: number, frame: Pick<Frame, 'scene' | 'x'>): Hit | undefined {
    let best: number | undefined;
    let nearest = 64;
    for (let row = 0; row < this.operations.process.length; row++) {
      const dx = frame.x(this.operations.invokeUs[row] ?? 0) - x;
      if (dx > 8 || dx < -8) continue;
      const dy = this.y(this.latency(row)) - y;
      const distance = dx * dx + dy * dy;
      if (distance < nearest) {
        nearest = distance;
        best = row;
      }
    }
    return best === undefined ? undefined : operationHit(this.operations, best, frame.scene.forcing.has(best));
  }

  private latency(row: number): number {
    return Math.max(1, (this.operations.endUs[row] ?? 0) - (this.operations.dueUs[row] ?? 0));
  }

  private y(latencyUs: number): number {
    const share = (Math.log10(latencyUs) - this.low) / (this.high - this.low);
    return TOP + (1 - Math.max(0, share)) * (this.height - TOP - BOTTOM);
  }
}

/** "10 ms", where {@link formatDuration} would say "10.0 ms". */
function roundDuration(micros: number): string {
  return formatDuration(micros).replace(/\.0+ /, ' ');
}
