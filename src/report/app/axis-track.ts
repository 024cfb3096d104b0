import { formatTime, ticks } from '../scale.js';
import { FONT, type Frame, fitText, type Hit, SMALL_FONT, type Track } from './track.js';

/** The time axis with the run's phases under it. */
export class AxisTrack implements Track {
  readonly title = '';
  readonly height = 44;

  draw({ context, palette, scene, left, right, x }: Frame): void {
    const { viewport, view } = scene;
    const marks = ticks(viewport.fromUs, viewport.toUs, Math.max(2, Math.floor((right - left) / 110)));
    const step = (marks[1] ?? viewport.toUs) - (marks[0] ?? viewport.fromUs);
    context.font = FONT;
    context.textAlign = 'center';
    context.fillStyle = palette.color('muted');
    for (const mark of marks) {
      const label = formatTime(mark, step);
      const half = context.measureText(label).width / 2;
      context.fillText(label, Math.min(right - half, Math.max(left + half, x(mark))), 16);
    }
    context.textAlign = 'left';
    context.font = SMALL_FONT;
    for (const { phase, fromUs, toUs } of view.phases) {
      const from = Math.max(left, x(fromUs));
      const to = Math.min(right, x(toUs));
      if (to <= from) continue;
      context.fillStyle = palette.color('faint');
      context.fillRect(from, 24, Math.max(1, to - from - 1), 16);
      context.fillStyle = palette.color('muted');
      context.fillText(fitText(context, phase, to - from - 10), from + 6, 36);
    }
  }

  hit(x: number, y: number, { scene }: Pick<Frame, 'scene' | 'x'>, timeAt: (x: number) => number): Hit | undefined {
    if (y < 24) return undefined;
    const time = timeAt(x);
    const span = scene.view.phases.find(({ fromUs, toUs }) => fromUs <= time && time < toUs);
    if (!span) return undefined;
    return {
      key: `phase ${span.fromUs}`,
      title: `Phase: ${span.phase}`,
      rows: [
        ['from', formatTime(span.fromUs, 1000)],
        ['to', formatTime(span.toUs, 1000)],
      ],
      fromUs: span.fromUs,
      toUs: span.toUs,
    };
  }
}
