import type { ViewChangeRef } from '../message.js';

/** VIEW-CHANGEs of one replica that are remembered, all different. */
const REMEMBERED = 16;

interface Heard {
  readonly view: number;
  readonly content: string;
}

/**
 * What a replica heard from one other that leaves for later views. A traitor may say this and then that: what was heard
 * first is kept, for that is what a NEW-VIEW may be made of; of what is too much to keep, anything may have been heard.
 */
export class HeardViewChanges {
  private kept: Heard[] = [];
  /** The latest view of one that was not kept. */
  private forgottenView = -1;

  /** The latest view that is known to have been asked for; -1 where none is. */
  get latest(): number {
    return Math.max(-1, ...this.kept.map(({ view }) => view));
  }

  /** Views before `current` will not begin any more. */
  hear(change: ViewChangeRef, current: number): void {
    const { view } = change;
    const content = contentText(change);
    if (this.kept.some((known) => known.content === content)) return;
    if (this.kept.length === REMEMBERED) this.kept = this.kept.filter((known) => known.view >= current);
    if (this.kept.length === REMEMBERED) this.forgottenView = Math.max(this.forgottenView, view);
    else this.kept.push({ view, content });
  }

  mayHold(change: ViewChangeRef): boolean {
    if (change.view <= this.forgottenView) return true;
    const content = contentText(change);
    return this.kept.some((known) => known.content === content);
  }

  /** Whether it may have asked for this view. */
  mayAskFor(view: number): boolean {
    return view <= this.forgottenView || this.kept.some((known) => known.view === view);
  }

  /** Whether it may have left all views before this one. */
  mayHaveLeftFor(view: number): boolean {
    return Math.max(this.latest, this.forgottenView) >= view;
  }
}

/** Of a VIEW-CHANGE, what makes two of them the same. */
export function contentOf({ view, stable, prepared, prePrepared }: ViewChangeRef): unknown {
  return [
    view,
    stable,
    prepared.map((claim) => [claim.sequence, claim.view, claim.digest]),
    prePrepared.map((claim) => [claim.sequence, claim.view, claim.digest]),
  ];
}

function contentText(change: ViewChangeRef): string {
  return JSON.stringify(contentOf(change));
}
