import type { TraceEvent } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import { primaryOf } from '../node-tracks.js';
import type { NodeTime, ViewChange } from './view.js';

/** A cluster that changes views without end must not fill the page. */
const MAX_VIEWS = 200;

interface View {
  asked: NodeTime | undefined;
  readonly began: Map<NodeId, number>;
  takenOver: number;
  first: number | undefined;
}

/** Which views there were: who wanted them first, where they began and with what. */
export class ViewChanges {
  /** Beyond those that are kept. */
  further = 0;
  private readonly views = new Map<number, View>();

  constructor(private readonly nodes: readonly NodeId[]) {}

  ask({ view, node, timeUs }: Extract<TraceEvent, { readonly name: 'StartViewChange' }>): void {
    const known = this.view(view);
    if (known && (known.asked === undefined || timeUs < known.asked.timeUs)) known.asked = { node, timeUs };
  }

  enter({ view, node, timeUs, stable, proposals }: Extract<TraceEvent, { readonly name: 'EnterView' }>): void {
    const known = this.view(view);
    if (known === undefined) return;
    if (!known.began.has(node)) known.began.set(node, timeUs);
    known.takenOver = Math.max(known.takenOver, proposals.length);
    known.first = Math.max(known.first ?? 0, stable + 1, ...proposals.map(({ sequence }) => sequence + 1));
  }

  /** Ascending. A view that never began has its place before the next that did, at the latest after `highest`. */
  list(highest: number): ViewChange[] {
    const changes: ViewChange[] = [];
    let first = highest + 1;
    for (const [view, { asked, began, takenOver, first: own }] of [...this.views].sort(([a], [b]) => b - a)) {
      first = own ?? first;
      const times = [...began].map(([node, timeUs]) => ({ node, timeUs })).sort((a, b) => a.timeUs - b.timeUs);
      changes.push({ view, primary: primaryOf(view, this.nodes), asked, began: times, takenOver, first });
    }
    return changes.reverse();
  }

  private view(view: number): View | undefined {
    let known = this.views.get(view);
    if (known === undefined) {
      if (this.views.size >= MAX_VIEWS) {
        this.further++;
        return undefined;
      }
      known = { asked: undefined, began: new Map(), takenOver: 0, first: undefined };
      this.views.set(view, known);
    }
    return known;
  }
}
