import { anomalyMoments, anomalySpan, type Span } from '../anomaly-span.js';
import type { RunView } from '../view.js';
import { AxisTrack } from './axis-track.js';
import { CommitTrack } from './commit-track.js';
import { button, element } from './dom.js';
import { FaultTrack } from './fault-track.js';
import { LatencyTrack } from './latency-track.js';
import { legend } from './legend.js';
import { NodeTrack } from './node-track.js';
import { OperationTrack } from './operation-track.js';
import { operationHit } from './operations.js';
import { Overview } from './overview.js';
import { Palette } from './palette.js';
import { RateTrack } from './rate-track.js';
import { FONT, type Hit, type Scene, type Track } from './track.js';
import { underFault } from './under-fault.js';
import { Viewport } from './viewport.js';

const GAP = 8;
/** Wheel steps are made alike over mice and touch pads. */
const ZOOM_PER_PIXEL = 0.0022;

interface PlacedTrack {
  readonly track: Track;
  readonly top: number;
}

/** The zoomable timeline: all tracks on one canvas over one time axis, with its buttons, keys, tooltip and details. */
export class Instrument {
  private readonly scene: Scene;
  private readonly tracks: readonly PlacedTrack[];
  private readonly height: number;
  private readonly canvas = element('canvas', {
    tabindex: '0',
    role: 'application',
    'aria-label':
      'Timeline of the run. Arrow keys move, plus and minus zoom, 0 shows the whole run, N and P step through operations, A goes to the next anomaly.',
  });
  private readonly tip = element('div', { class: 'tip', hidden: '' });
  private readonly details = element('div', { class: 'pinned', 'aria-live': 'polite' });
  private readonly overview: Overview;
  private readonly anomalies: readonly Span[];
  private readonly stretchesUnderFault: readonly { fromUs: number; toUs: number }[];
  /** The canvas's width when it was last drawn: asking the document for every operation's place would be slow. */
  private width = 0;
  private nextAnomaly = 0;
  private scheduled = false;
  private readonly pointers = new Map<number, { x: number; startX: number; startY: number }>();
  private dragged = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly view: RunView,
  ) {
    const anomalies = view.run.checks.flatMap((check, c) =>
      check.anomalies.map((anomaly, a) => ({ anomaly, rows: view.anomalyOperations[c]?.[a] ?? [] })),
    );
    this.anomalies = anomalies.flatMap(({ anomaly, rows }) => anomalySpan(view, anomaly, rows) ?? []);
    this.stretchesUnderFault = underFault(view.faults);
    this.scene = {
      view,
      viewport: new Viewport(view.endUs),
      forcing: new Set(view.anomalyOperations.flat(2)),
      moments: anomalies.flatMap(({ anomaly, rows }) => anomalyMoments(anomaly, rows)),
      highlightKey: undefined,
      pinned: undefined,
    };
    this.overview = new Overview(this.scene, () => this.redraw());
    const tracks: Track[] = [
      new AxisTrack(),
      new FaultTrack(view),
      ...view.nodes.map((node, index) => new NodeTrack(node, index, view)),
      ...(view.nodes.some(({ commit }) => commit.index.length > 0) ? [new CommitTrack(view)] : []),
      new OperationTrack(view),
      new LatencyTrack(view),
      new RateTrack(view),
    ];
    let top = 0;
    this.tracks = tracks.map((track) => {
      const placed = { track, top };
      top += track.height + (track instanceof NodeTrack ? 0 : GAP);
      return placed;
    });
    this.height = top;
    this.canvas.style.height = `${this.height}px`;
  }

  mount(): void {
    const stage = element('div', { class: 'instrument panel' }, this.overview.canvas, this.canvas, this.tip);
    stage.append(this.details, legend(this.view));
    this.root.replaceChildren(this.toolbar(), stage, this.keys());
    this.showDetails(undefined);
    this.listen();
    if (this.anomalies.length > 0) this.jumpToAnomaly();
    else this.redraw();
  }

  /** Shows a stretch of time with some of what was before and after it. */
  show(fromUs: number, toUs: number): void {
    const air = Math.max(toUs - fromUs, 20_000) * 0.6;
    this.scene.viewport.show(fromUs - air, toUs + air);
    this.redraw();
  }

  private toolbar(): HTMLElement {
    const { viewport } = this.scene;
    const middle = () => (viewport.fromUs + viewport.toUs) / 2;
    const act = (change: () => void) => () => {
      change();
      this.redraw();
    };
    const bar = element('div', { class: 'toolbar', role: 'toolbar', 'aria-label': 'Timeline' });
    bar.append(
      element(
        'span',
        { class: 'group' },
        button(
          '−',
          'Zoom out',
          act(() => viewport.zoom(2, middle())),
        ),
        button(
          '+',
          'Zoom in',
          act(() => viewport.zoom(0.5, middle())),
        ),
        button(
          '←',
          'Earlier',
          act(() => viewport.pan(-viewport.spanUs / 3)),
        ),
        button(
          '→',
          'Later',
          act(() => viewport.pan(viewport.spanUs / 3)),
        ),
      ),
      button(
        'Whole run',
        'Show the whole run',
        act(() => viewport.all()),
      ),
    );
    if (this.anomalies.length > 0) {
      bar.append(
        button(this.anomalies.length === 1 ? 'Jump to the anomaly' : 'Next anomaly', 'Show the anomaly', () =>
          this.jumpToAnomaly(),
        ),
      );
    }
    const keys = this.keysOfWorkload();
    if (keys.length > 1) {
      const select = element('select', {}, element('option', { value: '' }, 'all'));
      for (const [index, word] of keys) select.append(element('option', { value: String(index) }, word));
      select.addEventListener('change', () => {
        this.scene.highlightKey = select.value === '' ? undefined : Number(select.value);
        this.redraw();
      });
      bar.append(element('span', { class: 'spacer' }), element('label', {}, 'Highlight key', select));
    }
    return bar;
  }

  private keys(): HTMLElement {
    const line = element('p', { class: 'muted keys' });
    line.innerHTML =
      'Drag to move. Click the timeline, then scroll to zoom (or <kbd>Ctrl</kbd> + scroll at any time). <kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom, <kbd>0</kbd> whole run, <kbd>N</kbd> <kbd>P</kbd> next and previous operation, <kbd>A</kbd> next anomaly. A click pins what is under the pointer.';
    return line;
  }

  private keysOfWorkload(): [number, string][] {
    const { operations } = this.view;
    return [...new Set(operations.key)]
      .map((index): [number, string] => [index, operations.words[index] ?? ''])
      .filter(([, word]) => word !== '')
      .sort(([, a], [, b]) => a.localeCompare(b, 'en', { numeric: true }))
      .slice(0, 400);
  }

  private jumpToAnomaly(): void {
    const span = this.anomalies[this.nextAnomaly % this.anomalies.length];
    this.nextAnomaly++;
    if (span) this.show(span.fromUs, span.toUs);
  }

  private stepOperation(by: 1 | -1): void {
    const { operations } = this.view;
    const { viewport, pinned, forcing } = this.scene;
    const current = pinned?.key.startsWith('operation ') ? Number(pinned.key.slice(10)) : undefined;
    const row =
      current === undefined
        ? operations.invokeUs.findIndex((timeUs) => timeUs >= viewport.fromUs)
        : Math.max(0, Math.min(operations.invokeUs.length - 1, current + by));
    const invokeUs = operations.invokeUs[row];
    if (invokeUs === undefined) return;
    if (invokeUs < viewport.fromUs || invokeUs > viewport.toUs) {
      viewport.show(invokeUs - viewport.spanUs / 2, invokeUs + viewport.spanUs / 2);
    }
    this.pin(operationHit(operations, row, forcing.has(row)));
  }

  private pin(hit: Hit | undefined): void {
    this.scene.pinned = hit;
    this.showDetails(hit);
    this.redraw();
  }

  private showDetails(hit: Hit | undefined): void {
    if (!hit) {
      this.details.replaceChildren(
        element('span', { class: 'muted' }, 'Click anything on the timeline to keep its details here.'),
      );
      return;
    }
    const zoom = button('Zoom to it', 'Zoom the timeline to this', () => this.show(hit.fromUs, hit.toUs));
    const close = button('Let go', 'Forget what is pinned', () => this.pin(undefined));
    this.details.replaceChildren(
      describe(hit),
      element('p', { class: 'toolbar', style: 'margin:8px 0 0' }, zoom, close),
    );
  }

  private listen(): void {
    const { canvas } = this;
    const { viewport } = this.scene;
    canvas.addEventListener(
      'wheel',
      (event) => {
        const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
        // A page that scrolls past the timeline must go on scrolling, unless the reader is working with it.
        if (!event.ctrlKey && !event.metaKey && !sideways && document.activeElement !== canvas) return;
        event.preventDefault();
        const pixels = (sideways ? event.deltaX || event.deltaY : event.deltaY) * (event.deltaMode === 1 ? 20 : 1);
        if (sideways) viewport.pan((pixels / this.plotWidth()) * viewport.spanUs);
        else
          viewport.zoom(
            Math.exp(pixels * ZOOM_PER_PIXEL * (event.ctrlKey && Math.abs(pixels) < 40 ? 5 : 1)),
            this.timeAt(event.offsetX),
          );
        this.redraw();
      },
      { passive: false },
    );
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, { x: event.offsetX, startX: event.offsetX, startY: event.offsetY });
      this.dragged = this.pointers.size > 1;
    });
    canvas.addEventListener('pointermove', (event) => this.pointerMoved(event));
    const release = (event: PointerEvent) => {
      const known = this.pointers.delete(event.pointerId);
      if (known && event.type === 'pointerup' && !this.dragged) this.pin(this.hitAt(event.offsetX, event.offsetY));
    };
    canvas.addEventListener('pointerup', release);
    canvas.addEventListener('pointercancel', release);
    canvas.addEventListener('pointerleave', () => this.hideTip());
    canvas.addEventListener('keydown', (event) => {
      if (this.pressed(event.key)) {
        event.preventDefault();
        this.redraw();
      }
    });
    new ResizeObserver(() => this.redraw()).observe(this.root);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
    // Paper is white: a page in dark colours is drawn in light ones for it.
    const scheme = document.documentElement.dataset;
    addEventListener('beforeprint', () => {
      scheme.scheme = 'light';
      this.draw();
    });
    addEventListener('afterprint', () => {
      delete scheme.scheme;
      this.draw();
    });
    for (const each of document.querySelectorAll<HTMLElement>('[data-jump]')) {
      each.addEventListener('click', () => {
        const [fromUs = 0, toUs = 0] = (each.dataset.jump ?? '').split(',').map(Number);
        this.show(fromUs, toUs);
        this.root.scrollIntoView();
        canvas.focus({ preventScroll: true });
      });
    }
  }

  private pointerMoved(event: PointerEvent): void {
    const { viewport } = this.scene;
    const pointer = this.pointers.get(event.pointerId);
    if (!pointer) {
      this.hover(event.offsetX, event.offsetY);
      return;
    }
    if (Math.hypot(event.offsetX - pointer.startX, event.offsetY - pointer.startY) > 4) this.dragged = true;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId);
    const other = others[0]?.[1];
    if (other) {
      const before = Math.max(10, Math.abs(pointer.x - other.x));
      const after = Math.max(10, Math.abs(event.offsetX - other.x));
      viewport.zoom(before / after, this.timeAt((event.offsetX + other.x) / 2));
    } else if (this.dragged) {
      viewport.pan(((pointer.x - event.offsetX) / this.plotWidth()) * viewport.spanUs);
    }
    pointer.x = event.offsetX;
    if (!this.dragged) return;
    this.hideTip();
    this.redraw();
  }

  private pressed(key: string): boolean {
    const { viewport } = this.scene;
    const middle = (viewport.fromUs + viewport.toUs) / 2;
    switch (key) {
      case 'ArrowLeft':
        viewport.pan(-viewport.spanUs / 8);
        return true;
      case 'ArrowRight':
        viewport.pan(viewport.spanUs / 8);
        return true;
      case '+':
      case '=':
        viewport.zoom(0.6, middle);
        return true;
      case '-':
        viewport.zoom(1 / 0.6, middle);
        return true;
      case '0':
      case 'Home':
        viewport.all();
        return true;
      case 'n':
      case 'p':
        this.stepOperation(key === 'n' ? 1 : -1);
        return true;
      case 'a':
        if (this.anomalies.length > 0) this.jumpToAnomaly();
        return true;
      case 'Escape':
        this.pin(undefined);
        this.hideTip();
        this.canvas.blur();
        return true;
      default:
        return false;
    }
  }

  private hover(x: number, y: number): void {
    const hit = this.hitAt(x, y);
    this.canvas.style.cursor = hit ? 'pointer' : 'crosshair';
    if (!hit) {
      this.hideTip();
      return;
    }
    this.tip.replaceChildren(describe(hit));
    this.tip.hidden = false;
    const top = this.canvas.offsetTop + y;
    const left = x + 16 + this.tip.offsetWidth > this.canvas.clientWidth ? x - 16 - this.tip.offsetWidth : x + 16;
    this.tip.style.left = `${Math.max(4, left)}px`;
    this.tip.style.top = `${Math.max(4, Math.min(top + 12, this.canvas.offsetTop + this.height - this.tip.offsetHeight))}px`;
  }

  private hideTip(): void {
    this.tip.hidden = true;
  }

  private hitAt(x: number, y: number): Hit | undefined {
    if (x < this.left()) return undefined;
    const placed = this.tracks.find(({ track, top }) => y >= top && y < top + track.height);
    return placed?.track.hit(x, y - placed.top, { scene: this.scene, x: (timeUs) => this.xOf(timeUs) }, (at) =>
      this.timeAt(at),
    );
  }

  private left(): number {
    return this.width < 600 ? 58 : 96;
  }

  private plotWidth(): number {
    return Math.max(1, this.width - this.left() - 12);
  }

  private xOf(timeUs: number): number {
    const { viewport } = this.scene;
    return this.left() + ((timeUs - viewport.fromUs) / viewport.spanUs) * this.plotWidth();
  }

  private timeAt(x: number): number {
    const { viewport } = this.scene;
    return viewport.fromUs + ((x - this.left()) / this.plotWidth()) * viewport.spanUs;
  }

  private redraw(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  private draw(): void {
    const { canvas, scene, height } = this;
    this.width = canvas.clientWidth;
    const { width } = this;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    const palette = new Palette();
    const left = this.left();
    const right = left + this.plotWidth();
    const x = (timeUs: number) => this.xOf(timeUs);
    this.shadeFaults(context, palette, left, right);
    for (const { track, top } of this.tracks) {
      context.save();
      context.translate(0, top);
      context.fillStyle = palette.color('muted');
      context.font = FONT;
      context.textAlign = 'left';
      if (track.title !== '') context.fillText(track.title, 10, track instanceof NodeTrack ? 14 : 16, left - 18);
      context.beginPath();
      context.rect(0, 0, right + 2, track.height);
      context.clip();
      track.draw({ context, palette, scene, left, right, x });
      context.restore();
      if (!(track instanceof NodeTrack) || track.title === scene.view.nodes.at(-1)?.id) {
        context.fillStyle = palette.color('line');
        context.fillRect(0, top + track.height + GAP / 2 - 1, width, 1);
      }
    }
    this.markMoments(context, palette, left, right);
    this.overview.draw();
    canvas.dataset.fromUs = String(Math.round(scene.viewport.fromUs));
    canvas.dataset.toUs = String(Math.round(scene.viewport.toUs));
  }

  private markMoments(context: CanvasRenderingContext2D, palette: Palette, left: number, right: number): void {
    context.strokeStyle = palette.color('anomaly');
    context.lineWidth = 1.5;
    context.setLineDash([5, 3]);
    for (const timeUs of this.scene.moments) {
      const x = this.xOf(timeUs);
      if (x < left || x > right) continue;
      context.beginPath();
      context.moveTo(x, 20);
      context.lineTo(x, this.height);
      context.stroke();
    }
    context.setLineDash([]);
    context.lineWidth = 1;
  }

  private shadeFaults(context: CanvasRenderingContext2D, palette: Palette, left: number, right: number): void {
    const top = this.tracks.find(({ track }) => track instanceof FaultTrack)?.top ?? 0;
    context.fillStyle = palette.color('shade');
    for (const { fromUs, toUs } of this.stretchesUnderFault) {
      const from = Math.max(left, this.xOf(fromUs));
      const to = Math.min(right, this.xOf(toUs));
      if (to > from) context.fillRect(from, top, to - from, this.height - top);
    }
  }
}

function describe(hit: Hit): HTMLElement {
  const list = element('dl');
  for (const [label, value] of hit.rows) list.append(element('dt', {}, label), element('dd', {}, value));
  return element('div', {}, element('b', {}, hit.title), list);
}
