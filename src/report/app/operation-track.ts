import type { OperationColumns, RunView } from '../view.js';
import { operationHit, outcomeOf, textOf } from './operations.js';
import { type Frame, fitText, type Hit, SMALL_FONT, type Track } from './track.js';

const PLOT_HEIGHT = 260;

/** Operations by client: one lane a worker, on which retired process ids follow each other. */
export class OperationTrack implements Track {
  readonly title = 'operations';
  readonly height: number;
  private readonly lane: number;
  /** Rows of the operations on each lane, in order of invocation. */
  private readonly byLane: readonly number[][];
  private readonly operations: OperationColumns;

  constructor(view: RunView) {
    this.operations = view.operations;
    this.lane = Math.max(4, Math.min(20, PLOT_HEIGHT / view.lanes));
    this.height = this.lane * view.lanes + 10;
    this.byLane = Array.from({ length: view.lanes }, () => []);
    for (const [row, process] of view.operations.process.entries()) this.byLane[process % view.lanes]?.push(row);
  }

  draw({ context, palette, scene, left, right, x }: Frame): void {
    const { operations, lane } = this;
    const { fromUs, toUs } = scene.viewport;
    const thick = Math.max(2, lane - Math.min(4, lane * 0.3));
    context.font = SMALL_FONT;
    context.textAlign = 'left';
    const emphasized: (() => void)[] = [];
    for (const [index, rows] of this.byLane.entries()) {
      const top = 5 + index * lane;
      let drawnTo = Number.NEGATIVE_INFINITY;
      for (const row of rows) {
        const begin = operations.invokeUs[row] ?? 0;
        const end = operations.endUs[row] ?? 0;
        if (end < fromUs) continue;
        if (begin > toUs) break;
        const from = Math.max(left, x(begin));
        const width = Math.max(1, Math.min(right, x(end)) - from - (x(end) - x(begin) > 4 ? 1 : 0));
        const outcome = outcomeOf(operations, row);
        const dim = scene.highlightKey !== undefined && operations.key[row] !== scene.highlightKey;
        const draw = (tone: string) => {
          context.globalAlpha = dim ? 0.13 : 1;
          context.fillStyle = context.strokeStyle = palette.color(tone);
          if (outcome === 'fail' && width > 5) {
            context.strokeRect(from + 0.5, top + 0.5, width - 1, thick - 1);
            context.globalAlpha *= 0.25;
          } else if ((outcome === 'info' || outcome === 'pending') && width > 5) {
            context.fillRect(from, top, 3, thick);
            context.globalAlpha *= 0.45;
          }
          context.fillRect(from, top, width, thick);
          context.globalAlpha = 1;
          if (width > 40 && lane >= 13 && !dim) {
            context.fillStyle = outcome === 'ok' ? palette.color('panel') : palette.color('ink');
            context.fillText(fitText(context, textOf(operations, row), width - 8), from + 5, top + thick / 2 + 4);
          }
        };
        const special = outcome !== 'ok' || scene.forcing.has(row) || scene.highlightKey !== undefined || scene.pinned;
        // A success that would add less than half a pixel to its neighbour is not to be seen.
        if (!special && from + width <= drawnTo + 0.5) continue;
        drawnTo = from + width;
        const pinned = scene.pinned?.key === `operation ${row}`;
        if (scene.forcing.has(row) || pinned) {
          // Drawn last, so that neighbours do not cover them.
          emphasized.push(() => {
            draw(scene.forcing.has(row) ? 'anomaly' : outcome);
            context.strokeStyle = palette.color(pinned ? 'ink' : 'anomaly');
            context.lineWidth = 2;
            context.strokeRect(from - 1.5, top - 1.5, Math.max(3, width) + 3, thick + 3);
            context.lineWidth = 1;
          });
        } else {
          draw(outcome);
        }
      }
    }
    for (const draw of emphasized) draw();
  }

  hit(x: number, y: number, frame: Pick<Frame, 'scene' | 'x'>): Hit | undefined {
    const index = Math.floor((y - 5) / this.lane);
    let best: number | undefined;
    let nearest = 5;
    for (const row of this.byLane[index] ?? []) {
      const from = frame.x(this.operations.invokeUs[row] ?? 0);
      const to = frame.x(this.operations.endUs[row] ?? 0);
      // Forcing operations win over neighbours that share their pixel.
      const distance = Math.max(from - x, x - to, 0) - (frame.scene.forcing.has(row) ? 2 : 0);
      if (distance < nearest) {
        nearest = distance;
        best = row;
      }
      if (from > x + 6) break;
    }
    return best === undefined ? undefined : operationHit(this.operations, best, frame.scene.forcing.has(best));
  }
}
