import { Palette } from './palette.js';
import type { Scene } from './track.js';
import { underFault } from './under-fault.js';

const HEIGHT = 46;

/** The whole run in a strip: rate, faults, anomalies, and the stretch that is on screen, which can be dragged. */
export class Overview {
  readonly canvas = document.createElement('canvas');

  constructor(
    private readonly scene: Scene,
    private readonly onChange: () => void,
  ) {
    this.canvas.className = 'overview';
    this.canvas.style.height = `${HEIGHT}px`;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', 'The whole run; drag to choose the stretch that is shown below');
    this.canvas.addEventListener('pointerdown', (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.moveTo(event.offsetX);
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (event.buttons === 1) this.moveTo(event.offsetX);
    });
  }

  draw(): void {
    const { view, viewport, forcing, moments } = this.scene;
    const width = this.canvas.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(HEIGHT * ratio);
    const context = this.canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    const palette = new Palette();
    const x = (timeUs: number) => (timeUs / view.endUs) * width;
    context.fillStyle = palette.color('shade');
    for (const { fromUs, toUs } of underFault(view.faults)) {
      context.fillRect(x(fromUs), 0, Math.max(1, x(toUs) - x(fromUs)), HEIGHT);
    }
    const { rate } = view;
    const high = Math.max(1, ...rate.ok);
    context.fillStyle = palette.color('ok');
    context.globalAlpha = 0.55;
    for (const [bin, count] of rate.ok.entries()) {
      const tall = (count / high) * (HEIGHT - 12);
      context.fillRect(x(bin * rate.binUs), HEIGHT - tall, Math.max(0.5, x(rate.binUs) - 0.2), tall);
    }
    context.globalAlpha = 1;
    context.fillStyle = palette.color('anomaly');
    for (const row of forcing) context.fillRect(x(view.operations.invokeUs[row] ?? 0) - 1, 0, 2, HEIGHT);
    for (const timeUs of moments) context.fillRect(x(timeUs) - 1, 0, 2, HEIGHT);
    const from = Math.min(width - 5, x(viewport.fromUs));
    const to = Math.max(from + 5, x(viewport.toUs));
    context.fillStyle = palette.color('paper');
    context.globalAlpha = 0.66;
    context.fillRect(0, 0, from, HEIGHT);
    context.fillRect(to, 0, width - to, HEIGHT);
    context.globalAlpha = 1;
    context.strokeStyle = palette.color('accent');
    context.lineWidth = 2;
    context.strokeRect(from + 1, 1, Math.max(2, to - from - 2), HEIGHT - 2);
  }

  private moveTo(x: number): void {
    const { viewport } = this.scene;
    const middle = (x / this.canvas.clientWidth) * viewport.endUs;
    viewport.show(middle - viewport.spanUs / 2, middle + viewport.spanUs / 2);
    this.onChange();
  }
}
