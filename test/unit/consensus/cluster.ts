import type { ClientRequest, ClientResponse, Effect, Protocol } from '../../../src/consensus/protocol.js';
import {
  createRaft,
  DEFAULT_RAFT_OPTIONS,
  type RaftMessage,
  type RaftOptions,
  type RaftRecord,
} from '../../../src/consensus/raft/index.js';
import type { TraceStep } from '../../../src/history/trace.js';
import type { NodeId } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';

type RaftEffect = Effect<RaftMessage>;
type Persist = Extract<RaftEffect, { kind: 'persist' }>;

export interface InFlight {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: RaftMessage;
}

/** One node: its core while it is up, its timers, its disk, and the writes that were not synced yet. */
export class TestNode {
  core: Protocol<RaftMessage> | undefined;
  readonly timers = new Map<string, number>();
  disk: RaftRecord[] = [];
  readonly unsynced: Persist[] = [];
  boots = 0;
  clockRate = 1;

  constructor(readonly id: NodeId) {}

  get up(): boolean {
    return this.core !== undefined;
  }
}

/**
 * Cores without a world: nothing happens until a test delivers a message, completes a sync, or fires a timer. It is a
 * host of few lines, so that what a test sees is the core's doing.
 */
export class TestCluster {
  readonly nodes = new Map<NodeId, TestNode>();
  /** In the order sent. */
  messages: InFlight[] = [];
  nowUs = 0;
  private requests = 0;
  private readonly options: RaftOptions;

  /** Set by tests that want to look on. */
  onTrace: (node: TestNode, step: TraceStep) => void = () => {};
  onReply: (node: TestNode, id: number, response: ClientResponse) => void = () => {};

  constructor(
    readonly ids: readonly NodeId[],
    options: Partial<RaftOptions> = {},
    private readonly seed = 1,
  ) {
    this.options = { ...DEFAULT_RAFT_OPTIONS, ...options };
    for (const id of ids) this.nodes.set(id, new TestNode(id));
  }

  node(id: NodeId): TestNode {
    const node = this.nodes.get(id);
    if (!node) throw new Error(`no node ${id}`);
    return node;
  }

  start(id: NodeId): void {
    const node = this.node(id);
    const random = new Random(this.seed).fork(id).fork(String(node.boots++));
    node.core = createRaft({ id, nodes: this.ids, random, options: this.options });
    this.carryOut(node, node.core.start(node.disk, this.localUs(node)));
  }

  startAll(): void {
    for (const id of this.ids) this.start(id);
  }

  /** Power failure: memory and what was not synced are lost. */
  crash(id: NodeId): void {
    const node = this.node(id);
    node.core = undefined;
    node.unsynced.length = 0;
    node.timers.clear();
  }

  /** Hands over the message at that place of `messages`; it is lost when the receiver is down. */
  deliver(index = 0): void {
    const [inFlight] = this.messages.splice(index, 1);
    if (!inFlight) return;
    const node = this.node(inFlight.to);
    // As on a wire: what arrives is a copy.
    const message = JSON.parse(JSON.stringify(inFlight.message)) as RaftMessage;
    this.step(node, { kind: 'receive', from: inFlight.from, message });
  }

  /** Completes the oldest write of the node; false when there is none. */
  sync(id: NodeId): boolean {
    const node = this.node(id);
    const persist = node.unsynced.shift();
    if (!persist) return false;
    const records = persist.records as readonly RaftRecord[];
    node.disk = persist.mode === 'replace' ? [...records] : [...node.disk, ...records];
    this.carryOut(node, persist.then);
    if (persist.token !== undefined) this.step(node, { kind: 'persisted', token: persist.token });
    return true;
  }

  fire(id: NodeId, timer: string): void {
    const node = this.node(id);
    node.timers.delete(timer);
    this.step(node, { kind: 'timer', timer });
  }

  /** Fires the timers that are due by the node's own clock. */
  fireDue(id: NodeId): void {
    const node = this.node(id);
    for (const [timer, dueUs] of [...node.timers]) {
      if (dueUs <= this.localUs(node) && node.timers.get(timer) === dueUs) this.fire(id, timer);
    }
  }

  /** The id under which `onReply` will hear of it. */
  request(id: NodeId, request: ClientRequest): number {
    const requestId = ++this.requests;
    this.step(this.node(id), { kind: 'request', id: requestId, request });
    return requestId;
  }

  /** Everything arrives at once and every sync succeeds, for that long. */
  runCalmly(durationUs: number, meanwhile: () => void = () => {}): void {
    const endUs = this.nowUs + durationUs;
    while (this.nowUs < endUs) {
      this.settle();
      meanwhile();
      this.nowUs += 1000;
      for (const id of this.ids) this.fireDue(id);
    }
    this.settle();
  }

  /** Delivers and syncs until nothing is under way. */
  settle(): void {
    for (let rounds = 0; rounds < 100_000; rounds++) {
      let busy = false;
      for (const id of this.ids) busy = this.sync(id) || busy;
      if (this.messages.length > 0) {
        this.deliver();
        busy = true;
      }
      if (!busy) return;
    }
    throw new Error('the nodes never stop talking');
  }

  localUs(node: TestNode): number {
    return Math.floor(this.nowUs * node.clockRate);
  }

  private step(node: TestNode, input: Parameters<Protocol<RaftMessage>['step']>[0]): void {
    if (!node.core) return;
    this.carryOut(node, node.core.step(input, this.localUs(node)));
  }

  private carryOut(node: TestNode, effects: readonly RaftEffect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.messages.push({ from: node.id, to: effect.to, message: effect.message });
          break;
        case 'persist':
          node.unsynced.push(effect);
          break;
        case 'set-timer':
          node.timers.set(effect.timer, this.localUs(node) + effect.afterUs);
          break;
        case 'clear-timer':
          node.timers.delete(effect.timer);
          break;
        case 'reply':
          this.onReply(node, effect.id, effect.response);
          break;
        case 'trace':
          this.onTrace(node, effect.step);
          break;
      }
    }
  }
}
