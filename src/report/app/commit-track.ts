import { formatTime, ticks } from '../scale.js';
import type { RunView } from '../view.js';
import { valueAt } from './node-track.js';
import { nodeTone } from './palette.js';
import { type Frame, type Hit, SMALL_FONT, type Track } from './track.js';

const TOP = 10;
const BOTTOM = 8;

/** How far every node has come: lines that part show who lags. */
export class CommitTrack implements Track {
  readonly title: string;
  readonly height = 96;

  constructor(private readonly view: RunView) {
    this.title = view.words.progress;
  }

  draw({ context, palette, scene, left, right, x }: Frame): void {
    const { fromUs, toUs } = scene.viewport;
    const [low, high] = this.range(fromUs, toUs);
    const y = (index: number) => TOP + (1 - (index - low) / Math.max(1, high - low)) * (this.height - TOP - BOTTOM);
    context.font = SMALL_FONT;
    context.textAlign = 'right';
    for (const mark of ticks(low, high, 3).filter(Number.isInteger)) {
      context.fillStyle = palette.color('line');
      context.fillRect(left, Math.round(y(mark)), right - left, 1);
      context.fillStyle = palette.color('muted');
      // The track's own title stands above.
      if (y(mark) > 24) context.fillText(mark.toLocaleString('en'), left - 8, y(mark) + 4);
    }
    context.lineWidth = 1.5;
    for (const [number, node] of this.view.nodes.entries()) {
      const { timeUs, index } = node.commit;
      context.strokeStyle = palette.color(nodeTone(number));
      context.beginPath();
      let last = valueAt(timeUs, index, fromUs);
      if (last !== undefined) context.moveTo(left, y(last));
      for (const [step, time] of timeUs.entries()) {
        if (time < fromUs) continue;
        if (time > toUs) break;
        const value = index[step] ?? 0;
        if (last === undefined) context.moveTo(x(time), y(value));
        else context.lineTo(x(time), y(last));
        context.lineTo(x(time), y(value));
        last = value;
      }
      if (last !== undefined) context.lineTo(right, y(last));
      context.stroke();
    }
    context.lineWidth = 1;
  }

  hit(x: number, _y: number, _frame: Pick<Frame, 'scene' | 'x'>, timeAt: (x: number) => number): Hit | undefined {
    const time = timeAt(x);
    const rows = this.view.nodes.flatMap(({ id, commit }): [string, string][] => {
      const value = valueAt(commit.timeUs, commit.index, time);
      return value === undefined ? [] : [[id, value.toLocaleString('en')]];
    });
    if (rows.length === 0) return undefined;
    return {
      key: `commit ${Math.round(time)}`,
      title: `${this.title} at ${formatTime(time, 1000)}`,
      rows,
      fromUs: time,
      toUs: time,
    };
  }

  private range(fromUs: number, toUs: number): [number, number] {
    let low = Number.POSITIVE_INFINITY;
    let high = 0;
    for (const { commit } of this.view.nodes) {
      const first = valueAt(commit.timeUs, commit.index, fromUs) ?? commit.index[0];
      const last = valueAt(commit.timeUs, commit.index, toUs);
      if (first !== undefined) low = Math.min(low, first);
      if (last !== undefined) high = Math.max(high, last);
    }
    return [Math.min(low, high), Math.max(high, low === Number.POSITIVE_INFINITY ? 1 : low + 1)];
  }
}
