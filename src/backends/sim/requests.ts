import type { NodeId } from '../../kernel/ids.js';
import type { Random } from '../../kernel/random.js';
import { formatDuration, type Micros, usFromMs } from '../../kernel/units.js';
import type { Reply, Request, Requests } from '../../ports/requests.js';
import type { SimEvent } from './event-queue.js';
import type { Connection, SimNode } from './node.js';
import type { World } from './world.js';

/** One-way delay between the harness and a node: near, but not on the same machine. */
const CLIENT_DELAY_US: readonly [Micros, Micros] = [300, 1000];

/** The way from clients to nodes. Faults between nodes do not touch it. */
export class SimRequests implements Requests {
  private readonly deadlines = new Map<Micros, Deadlines>();

  constructor(
    private readonly world: World,
    private readonly nodes: ReadonlyMap<NodeId, SimNode>,
    private readonly random: Random,
  ) {}

  request(id: NodeId, request: Request): Promise<Reply> {
    const node = this.nodes.get(id);
    if (!node) return Promise.resolve({ kind: 'refused', error: `there is no node ${id}` });
    return new Promise((resolve) => {
      this.world.await();
      const exchange = new Exchange(this.world, this.random, node, request, resolve);
      this.world.at(this.world.nowUs + this.random.int(...CLIENT_DELAY_US), exchange);
      this.deadlinesAfter(usFromMs(request.timeoutMs)).add(exchange);
    });
  }

  private deadlinesAfter(timeoutUs: Micros): Deadlines {
    let deadlines = this.deadlines.get(timeoutUs);
    if (!deadlines) {
      deadlines = new Deadlines(this.world, timeoutUs, () => this.deadlines.delete(timeoutUs));
      this.deadlines.set(timeoutUs, deadlines);
    }
    return deadlines;
  }
}

/** One request and its reply. It happens twice: when the request reaches the node, and when the reply comes back. */
class Exchange implements SimEvent, Connection {
  private reply: Reply | undefined;
  private settled = false;
  deadlineUs: Micros = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly node: SimNode,
    private readonly request: Request,
    private readonly resolve: (reply: Reply) => void,
  ) {}

  get isSettled(): boolean {
    return this.settled;
  }

  happen(): void {
    if (this.reply) this.settle(this.reply);
    else if (this.node.alive) {
      this.node.connections.add(this);
      this.node.deliver(this);
    } else this.comeBack({ kind: 'refused', error: 'connection refused' });
  }

  /** The process takes the request. */
  handle(): void {
    this.node.handleRequest(this.request, (status, answer) => {
      if (!this.node.connections.delete(this)) return;
      this.comeBack({ kind: 'answered', status, body: answer });
    });
  }

  reset(): void {
    this.comeBack({ kind: 'lost', error: 'connection reset' });
  }

  expire(): void {
    this.settle({ kind: 'lost', error: `no answer within ${formatDuration(usFromMs(this.request.timeoutMs))}` });
  }

  private comeBack(reply: Reply): void {
    this.reply = reply;
    this.world.at(this.world.nowUs + this.random.int(...CLIENT_DELAY_US), this);
  }

  private settle(reply: Reply): void {
    if (this.settled) return;
    this.settled = true;
    this.world.wake();
    this.resolve(reply);
  }
}

/**
 * The deadlines of all requests with one timeout: they come in the order in which the requests were made, so that one
 * scheduled event serves them all, and a request that was answered costs nothing more.
 */
class Deadlines implements SimEvent {
  private queue: Exchange[] = [];
  private head = 0;

  constructor(
    private readonly world: World,
    private readonly timeoutUs: Micros,
    private readonly onEmpty: () => void,
  ) {}

  add(exchange: Exchange): void {
    exchange.deadlineUs = this.world.nowUs + this.timeoutUs;
    this.queue.push(exchange);
    if (this.queue.length === 1) this.world.at(exchange.deadlineUs, this);
  }

  happen(): void {
    for (; this.head < this.queue.length; this.head++) {
      const exchange = this.queue[this.head] as Exchange;
      if (exchange.isSettled) continue;
      if (exchange.deadlineUs > this.world.nowUs) break;
      exchange.expire();
    }
    this.queue = this.queue.slice(this.head);
    this.head = 0;
    const next = this.queue[0];
    if (next) this.world.at(next.deadlineUs, this);
    else this.onEmpty();
  }
}
