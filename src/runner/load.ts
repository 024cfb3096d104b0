import { Arrivals } from '../generator/arrivals.js';
import type { CompletionEvent, InvokeEvent, Operation, ProcessId } from '../history/events.js';
import { messageOf } from '../kernel/errors.js';
import type { Random } from '../kernel/random.js';
import { type Micros, usFromMs } from '../kernel/units.js';
import type { Answer, Client } from '../plugin/system.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { Recorder } from './recorder.js';

/** Arrivals that waited longer than this for a free process are dropped and counted. */
const BACKLOG_US = 1_000_000;

/** Between two tries of one operation that must succeed. */
const AGAIN_AFTER_US = 10_000;

interface LoadContext {
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly concurrency: number;
  readonly operationTimeoutMs: number;
  readonly newClient: (process: ProcessId) => Client;
  readonly onOutcome: (operation: Operation, answer: Answer, invokedUs: Micros) => void;
}

/** One lane of load: a process with one operation outstanding at most. */
interface Worker {
  process: ProcessId;
  client: Client;
  /** Counts operations, so that an answer which comes after its operation was given up is not believed. */
  ticket: number;
  outstanding:
    | { readonly operation: Operation; readonly invokedUs: Micros; readonly done: (type: Answer['type']) => void }
    | undefined;
}

/**
 * Drives the workload as Jepsen's processes do: one operation outstanding each; a process whose operation ended
 * `info` is retired and its worker goes on under a new id with a new client. Operations are due on an open-loop
 * schedule; while all processes are busy they wait, and the event records when it was due.
 */
export class Load {
  private readonly workers: Worker[];
  private readonly idle: Worker[];
  private backlog: Micros[] = [];
  private draw: (() => Operation) | undefined;
  private whenQuiet: (() => void) | undefined;
  /** Operations dropped because no process was free for a second. */
  shed = 0;

  constructor(private readonly context: LoadContext) {
    this.workers = Array.from({ length: context.concurrency }, (_, process) => ({
      process,
      client: context.newClient(process),
      ticket: 0,
      outstanding: undefined,
    }));
    this.idle = [...this.workers].reverse();
  }

  /** Starts operations on an open-loop schedule until {@link stop}. */
  start(options: { ratePerSecond: number; random: Random; draw: () => Operation }): void {
    const { clock } = this.context;
    const arrivals = new Arrivals(options.random, options.ratePerSecond, clock.nowUs());
    this.draw = options.draw;
    const arrive = (due: Micros) => {
      if (!this.draw) return;
      let next = due;
      // All that is due by now: a real timer comes up to a millisecond late, and one arrival a timer would never catch up.
      do {
        this.backlog.push(next);
        next = arrivals.next();
      } while (next <= clock.nowUs());
      this.startWaiting();
      clock.setTimer(next - clock.nowUs(), () => arrive(next));
    };
    const first = arrivals.next();
    clock.setTimer(Math.max(0, first - clock.nowUs()), () => arrive(first));
  }

  /** No new operations; resolves when none is outstanding. */
  async stop(): Promise<void> {
    this.draw = undefined;
    this.backlog = [];
    await this.quiet();
  }

  /** Performs these operations, as many at once as there are processes; each is tried again until it is ok or time is up. */
  async performAll(operations: readonly Operation[], untilUs: Micros): Promise<void> {
    const { clock } = this.context;
    const queue = [...operations];
    await Promise.all(
      this.workers.map(async (worker) => {
        for (let operation = queue.shift(); operation !== undefined; operation = queue.shift()) {
          const wanted = operation;
          const once = () => new Promise<Answer['type']>((done) => this.perform(worker, wanted, done));
          // A client that fails at once must let time pass, or the simulator never would.
          while ((await once()) !== 'ok' && clock.nowUs() < untilUs) await sleep(clock, AGAIN_AFTER_US);
        }
      }),
    );
  }

  /** Gives up operations whose client has not kept its own timeout: a plugin's client cannot hang the run. */
  sweep(): void {
    const overdueUs = this.context.clock.nowUs() - 2 * usFromMs(this.context.operationTimeoutMs);
    for (const worker of this.workers) {
      if (worker.outstanding && worker.outstanding.invokedUs < overdueUs) {
        this.complete(worker, worker.ticket, {
          type: 'info',
          error: 'the client did not answer within twice the timeout',
        });
      }
    }
  }

  private startWaiting(): void {
    const { clock } = this.context;
    while (this.idle.length > 0 && this.draw) {
      const due = this.backlog.shift();
      if (due === undefined) return;
      if (clock.nowUs() - due > BACKLOG_US) {
        this.shed++;
        continue;
      }
      const worker = this.idle.pop() as Worker;
      this.perform(worker, this.draw(), () => this.release(worker), due);
    }
  }

  private release(worker: Worker): void {
    this.idle.push(worker);
    if (this.draw) this.startWaiting();
    else if (this.whenQuiet && this.idle.length === this.workers.length) this.whenQuiet();
  }

  private perform(worker: Worker, operation: Operation, done: (type: Answer['type']) => void, dueUs?: Micros): void {
    const { clock, recorder } = this.context;
    const timeUs = clock.nowUs();
    const late = dueUs !== undefined && timeUs > dueUs;
    const ticket = ++worker.ticket;
    worker.outstanding = { operation, invokedUs: timeUs, done };
    recorder.record(invokeEvent(worker.process, operation, timeUs, late ? dueUs : undefined));
    const threw = (error: unknown) =>
      this.complete(worker, ticket, { type: 'info', error: `the client threw: ${messageOf(error)}` });
    try {
      worker.client.invoke(operation).then((answer) => this.complete(worker, ticket, sane(answer)), threw);
    } catch (error) {
      threw(error);
    }
  }

  private complete(worker: Worker, ticket: number, answer: Answer): void {
    const { clock, recorder, newClient, onOutcome, concurrency } = this.context;
    const { outstanding } = worker;
    if (ticket !== worker.ticket || !outstanding) return;
    const { operation, invokedUs, done } = outstanding;
    worker.outstanding = undefined;
    recorder.record(completionEvent(worker.process, operation, clock.nowUs(), answer));
    onOutcome(operation, answer, invokedUs);
    if (answer.type === 'info') {
      worker.process += concurrency;
      worker.client = newClient(worker.process);
    }
    done(answer.type);
  }

  private quiet(): Promise<void> {
    if (this.idle.length === this.workers.length) return Promise.resolve();
    return new Promise((resolve) => {
      this.whenQuiet = resolve;
    });
  }
}

/** A plugin's client may answer anything: what is no outcome leaves the operation's fate open. */
function sane(answer: Answer | undefined): Answer {
  const type = answer?.type;
  if (answer !== undefined && (type === 'ok' || type === 'fail' || type === 'info')) return answer;
  return { type: 'info', error: `the client answered what is no outcome: ${JSON.stringify(answer)}` };
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

// Field by field: two of these an operation, and each spread costs more than what it copies.

function invokeEvent(process: ProcessId, operation: Operation, timeUs: Micros, dueUs: Micros | undefined): InvokeEvent {
  const { f, key, value } = operation;
  const event: Mutable<InvokeEvent> = { kind: 'invoke', timeUs, process, f };
  if (key !== undefined) event.key = key;
  if (value !== undefined) event.value = value;
  if (dueUs !== undefined) event.dueUs = dueUs;
  return event;
}

function completionEvent(process: ProcessId, operation: Operation, timeUs: Micros, answer: Answer): CompletionEvent {
  const { f, key } = operation;
  const value = answer.type === 'ok' && answer.value !== undefined ? answer.value : operation.value;
  const event: Mutable<CompletionEvent> = { kind: answer.type, timeUs, process, f };
  if (key !== undefined) event.key = key;
  if (value !== undefined) event.value = value;
  if (answer.type !== 'ok') event.error = answer.error;
  if (answer.node !== undefined) event.node = answer.node;
  return event;
}
