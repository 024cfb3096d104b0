import type { NodeStatus } from '../history/events.js';
import type { NodeId } from '../kernel/ids.js';
import { type Micros, usFromMs } from '../kernel/units.js';
import type { System } from '../plugin/system.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { Requests } from '../ports/requests.js';

const POLL_EVERY_US = usFromMs(250);

/** Asks every node how it is, four times a second, and remembers the latest word of each. */
export class Observer {
  private readonly latest = new Map<NodeId, NodeStatus>();
  private stopped = false;

  constructor(
    private readonly context: {
      readonly system: System;
      readonly nodes: readonly NodeId[];
      readonly requests: Requests;
      readonly clock: Clock;
      readonly onStatus: (node: NodeId, status: NodeStatus) => void;
    },
  ) {}

  /** Polls until {@link stop}. One question at a time per node: a node that does not answer holds up nobody else. */
  async watch(): Promise<void> {
    await Promise.all(this.context.nodes.map((node) => this.watchNode(node)));
  }

  stop(): void {
    this.stopped = true;
  }

  /** The node that calls itself leader in the highest term, by the latest answers. */
  leader(): NodeId | undefined {
    let leader: NodeId | undefined;
    let highest = -1;
    for (const [node, status] of this.latest) {
      if (status.up && status.role === 'leader' && (status.term ?? 0) > highest) {
        leader = node;
        highest = status.term ?? 0;
      }
    }
    return leader;
  }

  private async watchNode(node: NodeId): Promise<void> {
    const { system, nodes, requests, clock, onStatus } = this.context;
    let next: Micros = clock.nowUs();
    while (!this.stopped) {
      const status = await system.status(requests, node, nodes);
      if (this.stopped) return;
      this.latest.set(node, status);
      onStatus(node, status);
      next = Math.max(next + POLL_EVERY_US, clock.nowUs());
      await sleep(clock, next - clock.nowUs());
    }
  }
}
