import type { RunView } from '../view.js';
import type { Palette } from './palette.js';
import type { Viewport } from './viewport.js';

/** What is under the pointer, or pinned. */
export interface Hit {
  /** Equal keys are the same thing. */
  readonly key: string;
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
  readonly fromUs: number;
  readonly toUs: number;
}

/** What is shown and how: the state that all tracks share. */
export interface Scene {
  readonly view: RunView;
  readonly viewport: Viewport;
  /** Operations that force an anomaly. */
  readonly forcing: ReadonlySet<number>;
  /** When anomalies happened that no operation shows. */
  readonly moments: readonly number[];
  /** Only operations on this key in full colour, where one is chosen. */
  highlightKey: number | undefined;
  pinned: Hit | undefined;
}

/** One drawing of a track: the canvas is translated so that the track's top is 0. */
export interface Frame {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly scene: Scene;
  readonly left: number;
  readonly right: number;
  x(timeUs: number): number;
}

/** One strip of the timeline. */
export interface Track {
  readonly title: string;
  readonly height: number;
  draw(frame: Frame): void;
  /** What is at this place; `timeAt` gives the time of an x. */
  hit(x: number, y: number, frame: Pick<Frame, 'scene' | 'x'>, timeAt: (x: number) => number): Hit | undefined;
}

export const FONT = '12px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
export const SMALL_FONT = '11px ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Text cut to a width, nothing when not even a few letters fit. */
export function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (width < 14) return '';
  if (context.measureText(text).width <= width) return text;
  let length = Math.floor((text.length * width) / context.measureText(text).width);
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return length < 2 ? '' : `${text.slice(0, length)}…`;
}
