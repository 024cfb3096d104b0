/** The stretch of the run that is on screen. */
export class Viewport {
  fromUs = 0;
  toUs: number;

  constructor(readonly endUs: number) {
    this.toUs = endUs;
  }

  get spanUs(): number {
    return this.toUs - this.fromUs;
  }

  show(fromUs: number, toUs: number): void {
    const span = Math.min(this.endUs, Math.max(MIN_SPAN_US, toUs - fromUs));
    const middle = (fromUs + toUs) / 2;
    this.fromUs = Math.max(0, Math.min(this.endUs - span, middle - span / 2));
    this.toUs = this.fromUs + span;
  }

  /** Zooms so that `anchorUs` stays where it is. */
  zoom(factor: number, anchorUs: number): void {
    const span = Math.min(this.endUs, Math.max(MIN_SPAN_US, this.spanUs * factor));
    const share = (anchorUs - this.fromUs) / this.spanUs;
    const from = Math.max(0, Math.min(this.endUs - span, anchorUs - share * span));
    this.fromUs = from;
    this.toUs = from + span;
  }

  pan(byUs: number): void {
    this.show(this.fromUs + byUs, this.toUs + byUs);
  }

  all(): void {
    this.show(0, this.endUs);
  }
}

const MIN_SPAN_US = 50;
