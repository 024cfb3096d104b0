import { formatDuration } from '../../kernel/units.js';
import { faultTone } from '../fault-tone.js';
import { formatTime } from '../scale.js';
import type { FaultWindow, RunView } from '../view.js';
import { type Frame, fitText, type Hit, SMALL_FONT, type Track } from './track.js';

const ROW = 19;
const MAX_ROWS = 8;

/** Fault windows, packed into as few rows as they allow. */
export class FaultTrack implements Track {
  readonly title = 'faults';
  readonly height: number;
  private readonly rows: readonly FaultWindow[][];

  constructor(view: RunView) {
    this.rows = pack(view.faults);
    this.height = Math.max(1, this.rows.length) * ROW + 8;
  }

  draw({ context, palette, scene, left, right, x }: Frame): void {
    context.font = SMALL_FONT;
    context.textAlign = 'left';
    if (this.rows.length === 0) {
      context.fillStyle = palette.color('muted');
      context.fillText('none', left + 6, 15);
    }
    for (const [row, windows] of this.rows.entries()) {
      const top = row * ROW + 3;
      for (const fault of windows) {
        const from = Math.max(left, x(fault.fromUs));
        const to = Math.min(right, x(fault.toUs));
        if (to < left || from > right) continue;
        const width = Math.max(2, to - from);
        const tone = palette.color(faultTone(fault.kind));
        context.globalAlpha = fault.inject.confirmed ? 0.26 : 0.07;
        context.fillStyle = tone;
        context.fillRect(from, top, width, ROW - 3);
        context.globalAlpha = 1;
        if (fault.fromUs >= scene.viewport.fromUs) context.fillRect(from, top, 2, ROW - 3);
        if (!fault.inject.confirmed) {
          context.strokeStyle = tone;
          context.setLineDash([3, 3]);
          context.strokeRect(from + 0.5, top + 0.5, width - 1, ROW - 4);
          context.setLineDash([]);
        }
        context.fillStyle = palette.color('ink');
        const labels = [`${fault.kind} ${fault.description}`, fault.description, fault.kind];
        const label = labels.find((each) => context.measureText(each).width < width - 9);
        context.fillText(label ?? fitText(context, fault.kind, width - 9), from + 6, top + 12);
      }
    }
  }

  hit(x: number, y: number, frame: Pick<Frame, 'scene' | 'x'>): Hit | undefined {
    const windows = this.rows[Math.floor((y - 3) / ROW)] ?? [];
    const fault = windows.find(({ fromUs, toUs }) => frame.x(fromUs) - 2 <= x && x <= frame.x(toUs) + 2);
    return fault && hitOf(fault);
  }
}

function hitOf(fault: FaultWindow): Hit {
  return {
    key: `fault ${fault.id}`,
    title: `${fault.nemesis}: ${fault.kind} ${fault.description}`,
    rows: [
      [
        'in force',
        `${formatTime(fault.fromUs, 1000)} to ${formatTime(fault.toUs, 1000)} (${formatDuration(fault.toUs - fault.fromUs)})`,
      ],
      ['injected', probe(fault.inject)],
      ['healed', fault.heal ? probe(fault.heal) : 'no heal was recorded'],
      ['acknowledged meanwhile', fault.acknowledged.toLocaleString('en')],
    ],
    fromUs: fault.fromUs,
    toUs: fault.toUs,
  };
}

function probe({ confirmed, detail }: FaultWindow['inject']): string {
  return `${confirmed ? 'confirmed' : 'NOT confirmed'}: ${detail}`;
}

function pack(faults: readonly FaultWindow[]): FaultWindow[][] {
  const rows: FaultWindow[][] = [];
  for (const fault of [...faults].sort((a, b) => a.fromUs - b.fromUs)) {
    const free = rows.find((row) => (row.at(-1)?.toUs ?? 0) <= fault.fromUs);
    if (free) free.push(fault);
    else if (rows.length < MAX_ROWS) rows.push([fault]);
    else rows.at(-1)?.push(fault);
  }
  return rows;
}
