import { AssayError } from '../kernel/errors.js';
import type { Micros } from '../kernel/units.js';
import type { CompletionEvent, InvokeEvent, OperationEvent, ProcessId } from './events.js';

/** An invocation and what became of it. `completion` is absent when the history ends before it. */
export interface PairedOperation {
  readonly invoke: InvokeEvent;
  readonly completion?: CompletionEvent;
}

/**
 * Pairs completions with their invocations, one event at a time, in time order. A process has one operation
 * outstanding, and none after one that ended `info`, as in Jepsen.
 */
export class Pairing {
  private readonly outstanding = new Map<ProcessId, InvokeEvent>();
  private readonly retired = new Set<ProcessId>();
  private lastUs: Micros = 0;

  /**
   * The pair that this event completes, if it does.
   *
   * @throws AssayError `bad-file` when no client could have produced this sequence
   */
  observe(event: OperationEvent): PairedOperation | undefined {
    const { process, timeUs } = event;
    if (timeUs < this.lastUs) throw malformed(event, `comes after an event at ${this.lastUs} µs: time runs backwards`);
    this.lastUs = timeUs;
    const open = this.outstanding.get(process);
    if (event.kind === 'invoke') {
      if (open) throw malformed(event, `has its operation of ${open.timeUs} µs still outstanding`);
      if (this.retired.has(process)) throw malformed(event, 'was retired by an operation of unknown outcome');
      this.outstanding.set(process, event);
      return undefined;
    }
    if (!open) throw malformed(event, 'has no operation outstanding');
    if (event.f !== open.f || event.key !== open.key) {
      throw malformed(event, `has "${open.f}" of ${open.key ?? 'no key'} outstanding`);
    }
    this.outstanding.delete(process);
    if (event.kind === 'info') this.retired.add(process);
    return { invoke: open, completion: event };
  }

  /** When the earliest of the running operations was invoked; never, if nothing is running. */
  get earliestOutstandingUs(): Micros {
    // A map keeps the order in which its entries came, and they come in the order of time.
    for (const { timeUs } of this.outstanding.values()) return timeUs;
    return Number.POSITIVE_INFINITY;
  }

  /** Invocations without a completion so far: at the end of a history, nobody knows their outcome. */
  pending(): PairedOperation[] {
    return [...this.outstanding.values()].map((invoke) => ({ invoke }));
  }
}

function malformed(event: OperationEvent, what: string): AssayError {
  return new AssayError(
    'bad-file',
    `The history is malformed: at ${event.timeUs} µs, "${event.kind}" of "${event.f}": process ${event.process} ${what}`,
    'Each process must invoke and complete its operations in turn, in time order.',
  );
}
