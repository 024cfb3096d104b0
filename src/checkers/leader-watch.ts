import type { Phase, StatusEvent } from '../history/events.js';

/** Follows who leads, by the nodes' own word. A new term with a leader is a change, even if the same node won it. */
export class LeaderWatch {
  changes = 0;
  private leader: string | undefined;
  private term = -1;

  get known(): boolean {
    return this.leader !== undefined;
  }

  observe({ node, status }: StatusEvent, phase: Phase | undefined): void {
    if (!status.up) return;
    const leader = status.role === 'leader' ? node : status.leader;
    if (leader === undefined) return;
    const term = status.term ?? this.term;
    // An old leader that has not heard yet is no news. Without terms, only a leader's own word counts.
    const news = status.term === undefined ? status.role === 'leader' && leader !== this.leader : term > this.term;
    if (!news) return;
    if (this.leader !== undefined && phase !== 'setup') this.changes++;
    this.leader = leader;
    this.term = term;
  }
}
