import type { ClientRequest, ClientResponse } from '../../../src/consensus/protocol.js';
import type { RaftOptions } from '../../../src/consensus/raft/index.js';
import type { Value } from '../../../src/history/events.js';
import { type NodeId, nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import { TestCluster } from './cluster.js';
import { Observer } from './observer.js';

/** A client with one request outstanding, which it sends again, under the same serial, until it is answered. */
interface TestClient {
  readonly name: string;
  serial: number;
  request: ClientRequest | undefined;
  requestId: number;
  sentUs: number;
  target: NodeId;
  /** Acknowledged appends when the outstanding read began: it must show them all. */
  mustShow: number;
}

export interface ChaosReport {
  readonly violations: readonly string[];
  readonly leaders: number;
  readonly committed: number;
  readonly acknowledged: number;
  readonly reads: number;
  readonly snapshotsInstalled: number;
  readonly truncations: number;
  readonly crashes: number;
}

const KEY = 'list';
const RETRY_US = 80_000;
/** Short timeouts and small logs: much happens in few steps. */
const SMALL: Partial<RaftOptions> = {
  electionTimeoutMs: 60,
  heartbeatMs: 15,
  snapshotEntries: 20,
  trailingEntries: 5,
  snapshotChunkCharacters: 200,
  maxEntriesPerMessage: 4,
  maxInflight: 3,
};

/**
 * A cluster under loss, duplication, reordering, cuts and power failures, for so many small steps; then calm, in
 * which it must serve again. Everything is drawn from the seed.
 */
export function runChaos(seed: number, nodeCount: number, steps: number, options: Partial<RaftOptions>): ChaosReport {
  return new Chaos(seed, nodeCount, options).run(steps);
}

class Chaos {
  private readonly random: Random;
  private readonly cluster: TestCluster;
  private readonly observer: Observer;
  private readonly clients: TestClient[];
  /** Tokens whose append was acknowledged, in that order. */
  private readonly acknowledged: number[] = [];
  private tokens = 0;
  private reads = 0;
  private crashes = 0;
  /** Nodes on the far side of a cut. */
  private cut = new Set<NodeId>();
  private oneWay = false;

  constructor(seed: number, nodeCount: number, options: Partial<RaftOptions>) {
    this.random = new Random(seed).fork('chaos');
    this.cluster = new TestCluster(nodeIds(nodeCount), { ...SMALL, ...options }, seed);
    this.observer = new Observer(this.cluster);
    this.cluster.onReply = (_, id, response) => this.replied(id, response);
    this.clients = [1, 2, 3].map((n) => ({
      name: `c${n}`,
      serial: 0,
      request: undefined,
      requestId: 0,
      sentUs: 0,
      target: 'n1',
      mustShow: 0,
    }));
  }

  run(steps: number): ChaosReport {
    const { cluster, observer } = this;
    cluster.startAll();
    for (let step = 0; step < steps && observer.violations.length === 0; step++) this.once();
    this.recover();
    return {
      violations: observer.violations,
      leaders: observer.leaders.size,
      committed: observer.committed.length,
      acknowledged: this.acknowledged.length,
      reads: this.reads,
      snapshotsInstalled: observer.snapshotsInstalled,
      truncations: observer.truncations,
      crashes: this.crashes,
    };
  }

  private once(): void {
    const { cluster, random } = this;
    cluster.nowUs += random.int(0, 1500);
    for (const id of cluster.ids) if (random.chance(0.5)) cluster.fireDue(id);
    for (const client of this.clients) if (random.chance(0.05)) this.drive(client);
    const draw = random.float() * 100;
    const { messages } = cluster;
    const anyMessage = messages.length > 0 ? random.int(0, messages.length - 1) : 0;
    if (draw < 50) this.deliver(0);
    else if (draw < 62) this.deliver(anyMessage);
    else if (draw < 64) messages.splice(anyMessage, 1);
    else if (draw < 66 && messages[anyMessage]) messages.push(messages[anyMessage]);
    else if (draw < 98) cluster.sync(random.pick(cluster.ids));
    else if (draw < 98.3) this.crash(random.pick(cluster.ids));
    else if (draw < 99.2) this.startOne();
    else if (draw < 99.6) this.startCut();
    else this.cut.clear();
  }

  private deliver(index: number): void {
    const inFlight = this.cluster.messages[index];
    if (!inFlight) return;
    const outward = this.cut.has(inFlight.from) && !this.cut.has(inFlight.to);
    const inward = this.cut.has(inFlight.to) && !this.cut.has(inFlight.from);
    if (outward || (inward && !this.oneWay)) this.cluster.messages.splice(index, 1);
    else this.cluster.deliver(index);
  }

  private crash(id: NodeId): void {
    if (!this.cluster.node(id).up) return;
    this.crashes++;
    this.cluster.crash(id);
  }

  private startOne(): void {
    const down = this.cluster.ids.filter((id) => !this.cluster.node(id).up);
    if (down.length > 0) this.cluster.start(this.random.pick(down));
  }

  private startCut(): void {
    const size = this.random.int(1, Math.max(1, this.cluster.ids.length - 2));
    this.cut = new Set(this.random.shuffle(this.cluster.ids).slice(0, size));
    this.oneWay = this.random.chance(0.3);
  }

  private drive(client: TestClient): void {
    const { cluster, random } = this;
    if (client.request === undefined) {
      const isRead = random.chance(0.4);
      client.mustShow = this.acknowledged.length;
      client.request = isRead
        ? { operation: { f: 'read', key: KEY } }
        : {
            operation: { f: 'append', key: KEY, value: ++this.tokens },
            session: { client: client.name, serial: ++client.serial },
          };
    } else if (client.requestId !== 0) {
      if (cluster.nowUs - client.sentUs < RETRY_US) return;
      client.target = random.pick(cluster.ids);
    }
    client.sentUs = cluster.nowUs;
    // The id must be known before an answer that comes at once.
    client.requestId = this.nextRequestId;
    this.nextRequestId++;
    cluster.request(client.target, client.request);
  }

  private nextRequestId = 1;

  private replied(id: number, response: ClientResponse): void {
    const client = this.clients.find((each) => each.requestId === id);
    if (!client?.request) return;
    client.requestId = 0;
    if (response.type === 'redirect') client.target = response.leader ?? this.random.pick(this.cluster.ids);
    else if (response.type === 'ok') this.answered(client, client.request, response.value);
    else if (response.type === 'fail') this.observer.violations.push(`an append failed: ${response.error}`);
  }

  private answered(client: TestClient, { operation }: ClientRequest, value: Value | undefined): void {
    client.request = undefined;
    if (operation.f === 'append') {
      this.acknowledged.push(operation.value as number);
      return;
    }
    this.reads++;
    this.checkList((value ?? []) as readonly number[], client.mustShow, 'a read');
  }

  /** Every append that was acknowledged before the read began is there, and nothing is there twice. */
  private checkList(list: readonly number[], mustShow: number, who: string): void {
    const shown = new Set(list);
    if (shown.size < list.length) this.observer.violations.push(`Duplicate: ${who} shows an element twice`);
    const missing = this.acknowledged.slice(0, mustShow).find((token) => !shown.has(token));
    if (missing !== undefined) this.observer.violations.push(`StaleOrLost: ${who} misses acknowledged ${missing}`);
  }

  /** Heals everything; within five seconds there must be a leader that serves, and equal logs everywhere. */
  private recover(): void {
    const { cluster, observer } = this;
    if (observer.violations.length > 0) return;
    this.cut.clear();
    for (const id of cluster.ids) if (!cluster.node(id).up) cluster.start(id);
    const before = this.acknowledged.length;
    cluster.runCalmly(5_000_000, () => {
      for (const client of this.clients) if (this.random.chance(0.01)) this.drive(client);
    });
    if (this.acknowledged.length === before) observer.violations.push('NotRecovered: nothing was acknowledged');
    this.finalReads();
    const commits = cluster.ids.map((id) => cluster.node(id).core?.status().metrics.raft_applied_index);
    if (new Set(commits).size > 1) observer.violations.push(`NotRecovered: applied indexes are ${commits.join(', ')}`);
  }

  private finalReads(): void {
    for (const client of this.clients) client.request = undefined;
    this.cluster.runCalmly(1_000_000);
    const [client] = this.clients;
    if (!client) return;
    const before = this.reads;
    for (let tries = 0; tries < 10 && this.reads === before; tries++) {
      client.mustShow = this.acknowledged.length;
      client.request = { operation: { f: 'read', key: KEY } };
      client.requestId = this.nextRequestId++;
      this.cluster.request(client.target, client.request);
      this.cluster.runCalmly(500_000);
    }
    if (this.reads === before) this.observer.violations.push('NotRecovered: the final read was not answered');
  }
}
