import type { StatusEvent } from '../history/events.js';
import type { NodeId } from '../kernel/ids.js';

/**
 * How often a known bug that was switched on took effect, by what nodes say of themselves when asked. A count begins
 * anew with each process, so what one counted between the last question and its end is missed.
 */
export class BugEffects {
  private readonly byNode = new Map<NodeId, { before: number; latest: number }>();

  observe({ node, status: { bugEffects: latest } }: StatusEvent): void {
    if (latest === undefined) return;
    const known = this.byNode.get(node) ?? { before: 0, latest: 0 };
    // A count that fell is another process's.
    const before = latest < known.latest ? known.before + known.latest : known.before;
    this.byNode.set(node, { before, latest });
  }

  /** Empty where no bug is on. */
  counts(): Record<NodeId, number> {
    return Object.fromEntries([...this.byNode].map(([node, { before, latest }]) => [node, before + latest]));
  }
}
