import { formatTime, ticks } from '../scale.js';
import type { RunView } from '../view.js';
import { type Frame, type Hit, SMALL_FONT, type Track } from './track.js';

const TOP = 10;
const BOTTOM = 6;
const SERIES = ['ok', 'fail', 'info'] as const;

/** Completions a second by outcome, and how many the schedule asked for. */
export class RateTrack implements Track {
  readonly title = 'rate, 1/s';
  readonly height = 110;

  constructor(private readonly view: RunView) {}

  draw({ context, palette, scene, left, right, x }: Frame): void {
    const { rate } = this.view;
    const perSecond = 1e6 / rate.binUs;
    const { fromUs, toUs } = scene.viewport;
    // Neighbouring bins become one when they would be narrower than a few pixels.
    const pixels = x(rate.binUs) - x(0) || 1;
    const group = Math.max(1, Math.round(4 / pixels));
    const first = Math.max(0, Math.floor(fromUs / rate.binUs / group) * group);
    const last = Math.min(rate.ok.length, Math.ceil(toUs / rate.binUs) + group);
    const sum = (series: readonly number[], bin: number) => {
      let total = 0;
      for (let each = bin; each < bin + group; each++) total += series[each] ?? 0;
      return (total / group) * perSecond;
    };
    let high = 1;
    for (let bin = first; bin < last; bin += group) {
      high = Math.max(high, sum(rate.invoked, bin), sum(rate.ok, bin), sum(rate.fail, bin), sum(rate.info, bin));
    }
    const y = (value: number) => TOP + (1 - value / high) * (this.height - TOP - BOTTOM);
    context.font = SMALL_FONT;
    context.textAlign = 'right';
    for (const mark of ticks(0, high, 3)) {
      context.fillStyle = palette.color('line');
      context.fillRect(left, Math.round(y(mark)), right - left, 1);
      context.fillStyle = palette.color('muted');
      context.fillText(mark.toLocaleString('en'), left - 8, y(mark) + 4);
    }
    const trace = (series: readonly number[]) => {
      context.beginPath();
      for (let bin = first; bin < last; bin += group) {
        const value = y(sum(series, bin));
        const from = Math.min(right, Math.max(left, x(bin * rate.binUs)));
        if (bin === first) context.moveTo(from, value);
        else context.lineTo(from, value);
        context.lineTo(Math.min(right, x((bin + group) * rate.binUs)), value);
      }
    };
    for (const name of SERIES) {
      context.strokeStyle = context.fillStyle = palette.color(name);
      trace(rate[name]);
      context.lineWidth = 1.5;
      context.stroke();
      if (name === 'ok') {
        context.lineTo(Math.min(right, x(last * rate.binUs)), y(0));
        context.lineTo(Math.max(left, x(first * rate.binUs)), y(0));
        context.globalAlpha = 0.16;
        context.fill();
        context.globalAlpha = 1;
      }
    }
    context.lineWidth = 1;
    context.strokeStyle = palette.color('muted');
    context.setLineDash([2, 3]);
    trace(rate.invoked);
    context.stroke();
    context.setLineDash([]);
  }

  hit(x: number, _y: number, _frame: Pick<Frame, 'scene' | 'x'>, timeAt: (x: number) => number): Hit | undefined {
    const { rate } = this.view;
    const bin = Math.floor(timeAt(x) / rate.binUs);
    if (rate.ok[bin] === undefined) return undefined;
    const perSecond = (series: readonly number[]) =>
      `${Math.round(((series[bin] ?? 0) * 1e6) / rate.binUs).toLocaleString('en')} /s`;
    const fromUs = bin * rate.binUs;
    return {
      key: `rate ${bin}`,
      title: `Rate from ${formatTime(fromUs, rate.binUs)} to ${formatTime(fromUs + rate.binUs, rate.binUs)}`,
      rows: [
        ['asked for', perSecond(rate.invoked)],
        ...SERIES.map((name): [string, string] => [name, perSecond(rate[name])]),
      ],
      fromUs,
      toUs: fromUs + rate.binUs,
    };
  }
}
