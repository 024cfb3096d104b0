import {
  authenticRequest,
  createPbft,
  DEFAULT_PBFT_OPTIONS,
  type PbftMessage,
  type PbftOptions,
  replyText,
  type Voucher,
} from '../../../../src/consensus/pbft/index.js';
import type { ClientResponse, DurableRecord, Effect, Input, Protocol } from '../../../../src/consensus/protocol.js';
import type { Operation, Outcome } from '../../../../src/history/events.js';
import type { TraceStep } from '../../../../src/history/trace.js';
import { type NodeId, nodeIds } from '../../../../src/kernel/ids.js';
import { Random } from '../../../../src/kernel/random.js';
import { RunKeys } from '../../../../src/node/keys/run-keys.js';
import type { Corruption } from '../../../../src/ports/corruption.js';
import type { Identities, Keyring } from '../../../../src/ports/keys.js';

interface Replica {
  readonly id: NodeId;
  core: Protocol<PbftMessage> | undefined;
  disk: DurableRecord[];
  incarnation: number;
  /** Deadline of each timer; a timer that was set again has another. */
  readonly timers: Map<string, number>;
  /** When the last write that was asked for is durable. */
  busyUntilUs: number;
}

export interface Sent {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: PbftMessage;
}

/** What a client was told: which replicas vouch for which outcome. */
export interface Asked {
  readonly client: Keyring;
  readonly timestamp: number;
  readonly operation: Operation;
  readonly answers: Map<NodeId, Outcome>;
  /** What it believes: the first outcome that f+1 vouched for. */
  believed: Outcome | undefined;
}

interface Happening {
  readonly atUs: number;
  readonly order: number;
  readonly happen: () => void;
}

export interface WorldKeys extends Identities {
  keyring(node: NodeId): Keyring;
}

export interface WorldOptions {
  readonly size?: number;
  readonly seed?: number;
  readonly options?: Partial<PbftOptions>;
  /** Looks on from the first step. */
  readonly onTrace?: (node: NodeId, step: TraceStep) => void;
  /** Whose keys; real ones unless said. */
  readonly keys?: WorldKeys;
  /** Makes a replica; a correct one unless said. */
  readonly create?: (
    id: NodeId,
    nodes: readonly NodeId[],
    keys: Keyring,
    options: PbftOptions,
  ) => Protocol<PbftMessage>;
}

/**
 * Replicas over a network with delays by chance, in virtual time: a host of few lines, so that what a test sees is the
 * core's doing. A test may drop, delay and change what is sent by `onSend`, and look on by `onTrace`.
 */
export class PbftWorld {
  readonly ids: readonly NodeId[];
  readonly options: PbftOptions;
  readonly keys: WorldKeys;
  readonly random: Random;
  nowUs = 0;
  /** How a message goes: undefined loses it. */
  onSend: (sent: Sent) => Sent | undefined = (sent) => sent;
  onTrace: (node: NodeId, step: TraceStep) => void = () => {};
  delayUs: () => number;
  private readonly replicas = new Map<NodeId, Replica>();
  private readonly queue: Happening[] = [];
  private order = 0;
  private readonly open = new Map<string, (response: ClientResponse) => void>();
  private requestId = 0;
  private readonly create: NonNullable<WorldOptions['create']>;

  constructor({ size = 4, seed = 1, options = {}, create, keys, onTrace }: WorldOptions = {}) {
    if (onTrace) this.onTrace = onTrace;
    this.ids = nodeIds(size);
    this.options = { ...DEFAULT_PBFT_OPTIONS, viewChangeTimeoutMs: 200, statusMs: 50, ...options };
    this.random = new Random(seed);
    this.keys = keys ?? new RunKeys(this.random.fork('keys'), this.ids);
    this.delayUs = () => this.random.int(500, 5000);
    this.create = create ?? ((id, nodes, keyring, given) => createPbft({ id, nodes, keys: keyring, options: given }));
    for (const id of this.ids) {
      this.replicas.set(id, { id, core: undefined, disk: [], incarnation: 0, timers: new Map(), busyUntilUs: 0 });
    }
    for (const id of this.ids) this.boot(id);
  }

  core(id: NodeId): Protocol<PbftMessage> {
    const { core } = this.replica(id);
    if (core === undefined) throw new Error(`${id} is down`);
    return core;
  }

  isUp(id: NodeId): boolean {
    return this.replica(id).core !== undefined;
  }

  boot(id: NodeId): void {
    const replica = this.replica(id);
    replica.incarnation++;
    replica.core = this.create(id, this.ids, this.keys.keyring(id), this.options);
    this.carryOut(replica, replica.core.start(replica.disk, this.nowUs));
  }

  /** Turns a replica that can be turned. */
  turn(id: NodeId, corruption: Corruption | undefined): void {
    const replica = this.replica(id);
    this.carryOut(replica, replica.core?.turn?.(corruption, this.nowUs) ?? []);
  }

  /** Memory is lost, and what was not durable. */
  crash(id: NodeId): void {
    const replica = this.replica(id);
    replica.core = undefined;
    replica.incarnation++;
    replica.timers.clear();
    replica.busyUntilUs = this.nowUs;
  }

  /** Hands a message over at once. */
  deliver({ from, to, message }: Sent): void {
    const replica = this.replica(to);
    if (replica.core !== undefined) this.step(replica, { kind: 'receive', from, message });
  }

  /** A client's request to some replicas; the others are only asked for the reply. */
  ask(client: Keyring, timestamp: number, operation: Operation, to: readonly NodeId[], readOnly = false): Asked {
    const asked: Asked = { client, timestamp, operation, answers: new Map(), believed: undefined };
    this.send(asked, to, readOnly);
    return asked;
  }

  /** Asks every replica for the same again; what was answered before still counts. */
  askAgain(asked: Asked): void {
    this.send(asked, this.ids, false);
  }

  private send(asked: Asked, to: readonly NodeId[], readOnly: boolean): void {
    const { client, timestamp, operation } = asked;
    const request = authenticRequest(client, this.ids, this.options.authentication, {
      type: 'Request',
      client: client.owner,
      timestamp,
      operation,
      readOnly,
    });
    for (const id of this.ids) {
      const extra = to.includes(id) ? { kind: 'request', readOnly, auth: request.auth } : { kind: 'await' };
      this.at(this.nowUs + this.random.int(300, 1000), () => {
        const replica = this.replica(id);
        if (replica.core === undefined) return;
        const requestId = ++this.requestId;
        this.open.set(`${id} ${replica.incarnation} ${requestId}`, (response) => this.answered(asked, response));
        const session = { client: client.owner, serial: timestamp };
        this.step(replica, { kind: 'request', id: requestId, request: { operation, session, extra } });
      });
    }
  }

  /** As a client takes it: a replica's word counts where its MAC fits. */
  private answered(asked: Asked, response: ClientResponse): void {
    if (response.type !== 'vouched') return;
    const { replica, view, mac } = response.voucher as Voucher;
    const { client, timestamp } = asked;
    const text = replyText({ client: client.owner, timestamp }, view, JSON.stringify(response.outcome));
    if (!client.verifyMac(replica, text, mac)) return;
    asked.answers.set(replica, response.outcome);
    asked.believed ??= this.accepted(asked);
  }

  /** What so many replicas at least vouch for. */
  accepted({ answers }: Asked, count = Math.floor((this.ids.length - 1) / 3) + 1): Outcome | undefined {
    const votes = new Map<string, number>();
    for (const outcome of answers.values()) {
      const text = JSON.stringify(outcome);
      const sum = (votes.get(text) ?? 0) + 1;
      if (sum >= count) return outcome;
      votes.set(text, sum);
    }
    return undefined;
  }

  at(timeUs: number, happen: () => void): void {
    const happening = { atUs: timeUs, order: this.order++, happen };
    const { queue } = this;
    let place = queue.length;
    queue.push(happening);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(happening, queue[parent] as Happening)) break;
      queue[place] = queue[parent] as Happening;
      place = parent;
    }
    queue[place] = happening;
  }

  /** Lets time pass until `isDone`, at most so long; whether it came to be. */
  run(forMs: number, isDone: () => boolean = () => false): boolean {
    const endUs = this.nowUs + forMs * 1000;
    while (!isDone()) {
      const next = this.queue[0];
      if (next === undefined || next.atUs > endUs) {
        this.nowUs = endUs;
        return isDone();
      }
      this.pop();
      this.nowUs = next.atUs;
      next.happen();
    }
    return true;
  }

  private pop(): void {
    const { queue } = this;
    const last = queue.pop() as Happening;
    if (queue.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && isBefore(queue[child + 1] as Happening, queue[child] as Happening)) child++;
      if (!isBefore(queue[child] as Happening, last)) break;
      queue[place] = queue[child] as Happening;
      place = child;
    }
    queue[place] = last;
  }

  private replica(id: NodeId): Replica {
    const replica = this.replicas.get(id);
    if (replica === undefined) throw new Error(`no replica ${id}`);
    return replica;
  }

  private step(replica: Replica, input: Input<PbftMessage>): void {
    if (replica.core !== undefined) this.carryOut(replica, replica.core.step(input, this.nowUs));
  }

  private carryOut(replica: Replica, effects: readonly Effect<PbftMessage>[]): void {
    const { incarnation } = replica;
    const whileAlive = (happen: () => void) => () => {
      if (replica.incarnation === incarnation) happen();
    };
    for (const effect of effects) {
      switch (effect.kind) {
        case 'trace':
          this.onTrace(replica.id, effect.step);
          break;
        case 'send': {
          const sent = this.onSend({ from: replica.id, to: effect.to, message: effect.message });
          if (sent !== undefined) this.at(this.nowUs + this.delayUs(), () => this.deliver(sent));
          break;
        }
        case 'persist':
          replica.busyUntilUs = Math.max(replica.busyUntilUs, this.nowUs) + 1000;
          this.at(
            replica.busyUntilUs,
            whileAlive(() => {
              replica.disk = effect.mode === 'replace' ? [...effect.records] : [...replica.disk, ...effect.records];
              this.carryOut(replica, effect.then);
              if (effect.token !== undefined) this.step(replica, { kind: 'persisted', token: effect.token });
            }),
          );
          break;
        case 'set-timer': {
          const dueUs = this.nowUs + effect.afterUs;
          replica.timers.set(effect.timer, dueUs);
          this.at(
            dueUs,
            whileAlive(() => {
              if (replica.timers.get(effect.timer) !== dueUs) return;
              replica.timers.delete(effect.timer);
              this.step(replica, { kind: 'timer', timer: effect.timer });
            }),
          );
          break;
        }
        case 'clear-timer':
          replica.timers.delete(effect.timer);
          break;
        case 'reply':
          this.open.get(`${replica.id} ${incarnation} ${effect.id}`)?.(effect.response);
          break;
      }
    }
  }
}

function isBefore(left: Happening, right: Happening): boolean {
  return left.atUs < right.atUs || (left.atUs === right.atUs && left.order < right.order);
}
