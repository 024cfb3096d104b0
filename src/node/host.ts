import type { ClientRequest, ClientResponse, Effect, Input, PersistEffect, Protocol } from '../consensus/protocol.js';
import type { Operation } from '../history/events.js';
import type { TraceStep } from '../history/trace.js';
import { unreachable } from '../kernel/errors.js';
import type { Micros } from '../kernel/units.js';
import type { Clock, TimerHandle } from '../ports/clock.js';
import type { Corruption } from '../ports/corruption.js';
import type { Disk } from '../ports/disk.js';
import type { Network } from '../ports/network.js';
import { prometheusText } from './metrics.js';
import { WriteAheadLog } from './wal.js';

/** The world of one node, real or simulated. */
export interface HostPorts {
  readonly clock: Clock;
  readonly network: Network<unknown>;
  readonly disk: Disk;
  /** The protocol's steps, in order. */
  readonly trace?: (step: TraceStep) => void;
  /** Something that an operator should know: a torn tail was cut off the log. */
  readonly note?: (text: string) => void;
  /** The node cannot go on and must not: the process ends. Called once; the host does nothing afterwards. */
  readonly fatal: (error: Error) => void;
}

export interface HostRequest {
  readonly method: string;
  /** Absolute path; a query is ignored. */
  readonly path: string;
  /** Parsed JSON, unchecked. */
  readonly body?: unknown;
}

/** Answers one request: a status and a JSON body, or text where the body is a string. */
export type Respond = (status: number, body: unknown) => void;

/**
 * One node: carries a protocol's effects out, in order, on its ports. The same host runs in the simulator and in
 * containers. After an error of the disk it never tries again: what the kernel did with the pages of a failed fsync
 * is unknown, so the process ends and recovers from what the disk really holds.
 */
export class Host {
  private readonly wal: WriteAheadLog;
  private readonly timers = new Map<string, NamedTimer>();
  private readonly openRequests = new Map<number, Respond>();
  private lastRequestId = 0;
  /** Persist effects whose records were written and are not yet durable, oldest first. */
  private readonly undurable: PersistEffect<unknown>[] = [];
  /** How many persist effects were asked for, and how many of them are durable. */
  private asked = 0;
  private durable = 0;
  /** How many of those asked for the latest sync or replacement covers. */
  private covered = 0;
  private syncing = false;
  private syncs = 0;
  private state: 'new' | 'running' | 'stopping' | 'ended' = 'new';
  private stopped: (() => void) | undefined;

  constructor(
    private readonly protocol: Protocol<unknown>,
    private readonly ports: HostPorts,
  ) {
    this.wal = new WriteAheadLog(ports.disk);
  }

  /** Recovers from disk and starts the protocol. Called once; a log that is damaged is fatal. */
  boot(): void {
    this.ports.network.onReceive((from, message) => this.input({ kind: 'receive', from, message }));
    this.state = 'running';
    try {
      const { records, tornBytes } = this.wal.recover();
      if (tornBytes > 0) this.ports.note?.(`cut ${tornBytes} bytes of an unfinished write off the log's end`);
      this.carryOut(this.protocol.start(records, this.ports.clock.nowUs()));
      this.flush();
    } catch (error) {
      this.die(error);
    }
  }

  /** The client port: see src/README.md. `respond` is called at most once, and never if the node dies before. */
  handle(request: HostRequest, respond: Respond): void {
    const query = request.path.indexOf('?');
    const path = query < 0 ? request.path : request.path.slice(0, query);
    if (this.state === 'new') {
      respond(503, { error: 'the node is starting' });
    } else if (request.method === 'POST' && path === '/operation') {
      const parsed = parseClientRequest(request.body);
      if (typeof parsed === 'string') respond(400, { error: parsed });
      else if (this.state !== 'running') respond(200, { type: 'fail', error: 'the node is stopping' });
      else {
        const id = ++this.lastRequestId;
        this.openRequests.set(id, respond);
        this.input({ kind: 'request', id, request: parsed });
      }
    } else if (request.method === 'GET' && path === '/status') {
      const { metrics: _, ...status } = this.protocol.status();
      const { clock } = this.ports;
      respond(200, { ...status, clock: { localUs: Math.round(clock.wallMs() * 1000), monotonicUs: clock.nowUs() } });
    } else if (request.method === 'GET' && path === '/metrics') {
      const { metrics, bugEffects, misdeeds } = this.protocol.status();
      const own = {
        assay_wal_syncs_total: this.syncs,
        ...(bugEffects !== undefined && { assay_bug_effects_total: bugEffects }),
        ...(misdeeds !== undefined && { assay_misdeeds_total: misdeeds }),
      };
      respond(200, prometheusText({ ...metrics, ...own }));
    } else {
      respond(404, { error: `there is no ${request.method} ${path}` });
    }
  }

  /** Has the node lie from now on, or (undefined) be honest again; false where its protocol cannot. */
  turn(corruption: Corruption | undefined): boolean {
    if (this.protocol.turn === undefined) return false;
    this.act((nowUs) => this.protocol.turn?.(corruption, nowUs) ?? []);
    return true;
  }

  /**
   * Stops gracefully: takes no more input, finishes the sync that is under way, answers open requests with an unknown
   * outcome, then calls `done`.
   */
  stop(done: () => void): void {
    if (this.state !== 'running') {
      this.state = 'ended';
      done();
      return;
    }
    this.state = 'stopping';
    this.stopped = done;
    if (this.durable === this.covered) this.end();
  }

  private input(input: Input<unknown>): void {
    this.act((nowUs) => this.protocol.step(input, nowUs));
  }

  private act(effects: (nowUs: Micros) => readonly Effect<unknown>[]): void {
    if (this.state !== 'running') return;
    try {
      this.carryOut(effects(this.ports.clock.nowUs()));
      this.flush();
    } catch (error) {
      this.die(error);
    }
  }

  private carryOut(effects: readonly Effect<unknown>[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case 'trace':
          this.ports.trace?.(effect.step);
          break;
        case 'send':
          this.ports.network.send(effect.to, effect.message);
          break;
        case 'persist':
          this.persist(effect);
          break;
        case 'set-timer':
          this.timer(effect.timer).set(effect.afterUs);
          break;
        case 'clear-timer':
          this.timer(effect.timer).clear();
          break;
        case 'reply':
          this.reply(effect.id, effect.response);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  private reply(id: number, response: ClientResponse): void {
    const respond = this.openRequests.get(id);
    if (respond === undefined) return;
    this.openRequests.delete(id);
    respond(response.type === 'redirect' ? 421 : 200, response);
  }

  private timer(name: string): NamedTimer {
    let timer = this.timers.get(name);
    if (timer === undefined) {
      timer = new NamedTimer(this.ports.clock, () => this.input({ kind: 'timer', timer: name }));
      this.timers.set(name, timer);
    }
    return timer;
  }

  private persist(effect: PersistEffect<unknown>): void {
    this.undurable.push(effect);
    const upTo = ++this.asked;
    if (effect.mode === 'append') {
      this.wal.append(effect.records);
      return;
    }
    // The disk keeps the order, so a replacement that is durable covers all that was asked for before it.
    this.covered = upTo;
    this.wal.replace(effect.records, (error) => this.madeDurable(upTo, error));
  }

  /** Group commit: whatever was appended while a sync was under way shares the next one. */
  private flush(): void {
    if (this.syncing || this.covered === this.asked) return;
    const upTo = this.asked;
    this.covered = upTo;
    this.syncing = true;
    this.syncs++;
    this.wal.sync((error) => {
      this.syncing = false;
      this.madeDurable(upTo, error);
    });
  }

  private madeDurable(upTo: number, error: Error | undefined): void {
    if (this.state === 'ended') return;
    if (error) {
      this.die(error);
      return;
    }
    try {
      while (this.durable < upTo) {
        const effect = this.undurable.shift();
        if (effect === undefined) break;
        this.durable++;
        if (this.state !== 'running') continue;
        this.carryOut(effect.then);
        if (effect.token !== undefined) {
          this.carryOut(this.protocol.step({ kind: 'persisted', token: effect.token }, this.ports.clock.nowUs()));
        }
      }
      if (this.state === 'running') this.flush();
      else if (this.durable === this.covered) this.end();
    } catch (error) {
      this.die(error);
    }
  }

  private die(error: unknown): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    for (const timer of this.timers.values()) timer.clear();
    this.ports.fatal(error instanceof Error ? error : new Error(String(error)));
  }

  private end(): void {
    this.state = 'ended';
    for (const timer of this.timers.values()) timer.clear();
    for (const respond of this.openRequests.values()) respond(200, { type: 'info', error: 'the node stopped' });
    this.openRequests.clear();
    this.stopped?.();
  }
}

/**
 * A timer that is restarted far more often than it fires, as an election timer is: restarting moves the deadline and
 * leaves the clock's timer alone; that one, when it comes too early, is set again for the rest.
 */
class NamedTimer {
  private deadlineUs: Micros | undefined;
  private armed: { readonly handle: TimerHandle; readonly atUs: Micros } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly fire: () => void,
  ) {}

  set(afterUs: Micros): void {
    const deadlineUs = this.clock.nowUs() + afterUs;
    this.deadlineUs = deadlineUs;
    if (this.armed) {
      if (this.armed.atUs <= deadlineUs) return;
      this.clock.clearTimer(this.armed.handle);
    }
    this.arm(deadlineUs, afterUs);
  }

  clear(): void {
    this.deadlineUs = undefined;
    if (!this.armed) return;
    this.clock.clearTimer(this.armed.handle);
    this.armed = undefined;
  }

  private arm(atUs: Micros, afterUs: Micros): void {
    this.armed = { handle: this.clock.setTimer(afterUs, this.expired), atUs };
  }

  private readonly expired = (): void => {
    this.armed = undefined;
    if (this.deadlineUs === undefined) return;
    const remainingUs = this.deadlineUs - this.clock.nowUs();
    if (remainingUs > 0) {
      this.arm(this.deadlineUs, remainingUs);
      return;
    }
    this.deadlineUs = undefined;
    this.fire();
  };
}

/** The request, or what is wrong with it. */
function parseClientRequest(body: unknown): ClientRequest | string {
  if (!isObject(body)) return 'the body is no JSON object';
  const { operation, session, extra } = body;
  if (!isObject(operation)) return 'operation is missing';
  const { f, key } = operation;
  if (typeof f !== 'string') return 'operation.f is no string';
  if (key !== undefined && typeof key !== 'string') return 'operation.key is no string';
  // What else the operation carries came as JSON, and is the protocol's business.
  const parsed = operation as unknown as Operation;
  const request = extra === undefined ? { operation: parsed } : { operation: parsed, extra };
  if (session === undefined) return request;
  if (!isObject(session) || typeof session.client !== 'string' || !Number.isSafeInteger(session.serial)) {
    return 'session must be { client: string, serial: integer }';
  }
  return { ...request, session: { client: session.client, serial: Number(session.serial) } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
