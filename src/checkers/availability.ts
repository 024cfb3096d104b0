import type { CompletionEvent, InvokeEvent, Phase, ProcessId, RunEvent } from '../history/events.js';
import { count } from '../kernel/count.js';
import { formatDuration, type Micros, msFromUs, usFromMs } from '../kernel/units.js';
import type { Anomaly, Checker, CheckResult, OperationRef } from '../plugin/checker.js';
import { showTime } from './wording.js';

export interface AvailabilityOptions {
  /** The cluster must serve again this soon after everything was healed. */
  readonly recoveryMs: number;
}

/** What a cluster must do again: answer reads, take updates. */
export type Service = 'read' | 'update';

/**
 * Liveness: after everything is healed, a read and an update that are invoked from then on succeed within the bound,
 * and every final read succeeds. Outages under faults are reported, not judged: a cluster without a majority must not
 * serve.
 */
export function availability(options: AvailabilityOptions): Checker {
  return new AvailabilityChecker(usFromMs(options.recoveryMs));
}

class AvailabilityChecker implements Checker {
  readonly name = 'availability';
  readonly reads = 'history';
  private readonly outstanding = new Map<ProcessId, InvokeEvent>();
  /** When each phase began. */
  private readonly phases = new Map<Phase, Micros>();
  private lastUs: Micros = 0;
  private readonly load = { ended: 0, ok: 0, lastOkUs: 0, outageUs: 0, outageEndUs: 0 };
  /** What clients asked for before the final reads. */
  private readonly asked = new Set<Service>();
  /** When each was first asked for after the recovery began, and when the first of those was served. */
  private readonly askedUs = new Map<Service, Micros>();
  private readonly servedUs = new Map<Service, Micros>();
  /** The first operations invoked after the recovery began that did not succeed. */
  private readonly unserved: { readonly invoke: InvokeEvent; readonly completion: CompletionEvent }[] = [];
  /** By key: whether some final read of it succeeded, and the last that did not. */
  private readonly finalReads = new Map<string, InvokeEvent | 'ok'>();

  constructor(private readonly recoveryUs: Micros) {}

  observe(event: RunEvent): void {
    switch (event.kind) {
      case 'phase':
        this.phases.set(event.phase, event.timeUs);
        if (event.phase === 'load') this.load.lastOkUs = event.timeUs;
        if (event.phase === 'heal') this.endOutage(event.timeUs);
        if (event.phase === 'recovery') {
          // Who waits for an answer wants it now: a cluster in which all clients hang has been asked.
          for (const invoke of this.outstanding.values()) this.askedUs.set(serviceOf(invoke), event.timeUs);
        }
        break;
      case 'invoke':
        this.outstanding.set(event.process, event);
        this.observeAsked(event);
        if (this.phases.has('final') && event.f === 'read' && this.finalReads.get(event.key ?? '') !== 'ok') {
          this.finalReads.set(event.key ?? '', event);
        }
        break;
      case 'ok':
      case 'fail':
      case 'info':
        this.complete(event);
        break;
      default:
        return;
    }
    this.lastUs = event.timeUs;
  }

  conclude(): CheckResult {
    const recoveryAt = this.phases.get('recovery');
    const base = { checker: this.name, facts: this.facts() };
    if (recoveryAt === undefined) {
      return {
        ...base,
        verdict: 'unknown',
        summary: 'The history ends before a recovery phase, so nobody knows whether the cluster would serve again.',
        anomalies: [],
      };
    }
    const missing = [...this.asked].filter((service) => !this.servedInTime(service, recoveryAt)).sort();
    const boundUs = recoveryAt + this.recoveryUs;
    const cutShort = !this.phases.has('final') && this.lastUs < boundUs;
    if (missing.length > 0 && cutShort) {
      return {
        ...base,
        verdict: 'unknown',
        summary: `The history ends ${formatDuration(this.lastUs - recoveryAt)} after everything was healed, before the cluster had to serve again.`,
        anomalies: [],
      };
    }
    // Asked for too late to be served in time, or not at all: the load was too thin to tell.
    const untold = missing.filter(
      (service) => (this.askedUs.get(service) ?? boundUs) > recoveryAt + this.recoveryUs / 2,
    );
    if (untold.length > 0 && untold.length === missing.length) {
      return {
        ...base,
        verdict: 'unknown',
        summary: `No ${untold.join(' and no ')} was asked for soon enough after everything was healed to tell whether the cluster serves again.`,
        anomalies: [],
      };
    }
    const anomalies = [
      ...(missing.length > 0 ? [this.notRecovered(missing, recoveryAt)] : []),
      ...(this.phases.has('end') ? this.lostFinalReads() : []),
    ];
    if (anomalies.length > 0) {
      return { ...base, verdict: 'invalid', summary: `${anomalies[0]?.title}.`, anomalies };
    }
    if (this.asked.size === 0) {
      return { ...base, verdict: 'unknown', summary: 'No client asked for anything.', anomalies };
    }
    return {
      ...base,
      verdict: 'valid',
      summary: `The cluster served again ${formatDuration(this.recoveredAfterUs(recoveryAt))} after everything was healed.`,
      anomalies,
    };
  }

  /** The final reads are the harness's own: whether they succeed is judged by themselves. */
  private observeAsked(invoke: InvokeEvent): void {
    if (this.phases.has('final')) return;
    const service = serviceOf(invoke);
    this.asked.add(service);
    if (this.phases.has('recovery') && !this.askedUs.has(service)) this.askedUs.set(service, invoke.timeUs);
  }

  private complete(event: CompletionEvent): void {
    const invoke = this.outstanding.get(event.process);
    this.outstanding.delete(event.process);
    if (!invoke) return;
    if (this.phases.has('load') && !this.phases.has('heal')) {
      this.load.ended++;
      if (event.kind === 'ok') {
        this.load.ok++;
        this.endOutage(event.timeUs);
      }
    }
    const recoveryAt = this.phases.get('recovery');
    if (recoveryAt === undefined || invoke.timeUs < recoveryAt) return;
    if (event.kind === 'ok') {
      const service = serviceOf(event);
      if (!this.servedUs.has(service)) this.servedUs.set(service, event.timeUs);
      if (this.phases.has('final') && event.f === 'read') this.finalReads.set(event.key ?? '', 'ok');
    } else if (this.unserved.length < 5) this.unserved.push({ invoke, completion: event });
  }

  private endOutage(timeUs: Micros): void {
    const outageUs = timeUs - this.load.lastOkUs;
    if (outageUs > this.load.outageUs) {
      this.load.outageUs = outageUs;
      this.load.outageEndUs = timeUs;
    }
    this.load.lastOkUs = timeUs;
  }

  private servedInTime(service: Service, recoveryAt: Micros): boolean {
    const servedUs = this.servedUs.get(service);
    return servedUs !== undefined && servedUs <= recoveryAt + this.recoveryUs;
  }

  private recoveredAfterUs(recoveryAt: Micros): Micros {
    return Math.max(0, ...[...this.servedUs.values()].map((servedUs) => servedUs - recoveryAt));
  }

  private notRecovered(missing: readonly Service[], recoveryAt: Micros): Anomaly {
    const what = missing.join(' and no ');
    const waiting = [...this.outstanding.values()].filter((invoke) => invoke.timeUs >= recoveryAt).slice(0, 5);
    const story = [
      `At ${showTime(recoveryAt)} all faults had been taken back.`,
      ...this.unserved.map(({ invoke, completion }) => {
        const outcome = completion.kind === 'fail' ? 'failed' : 'ended with an unknown outcome';
        return `${showTime(invoke.timeUs)}: process ${invoke.process} asked for a ${invoke.f} of ${invoke.key ?? 'the object'}; at ${showTime(completion.timeUs)} it ${outcome}: ${completion.error ?? 'no reason given'}.`;
      }),
      ...waiting.map(
        (invoke) =>
          `${showTime(invoke.timeUs)}: process ${invoke.process} asked for a ${invoke.f} of ${invoke.key ?? 'the object'} and had no answer when the history ended.`,
      ),
      ...missing.map((service) => {
        const servedUs = this.servedUs.get(service);
        return servedUs === undefined
          ? `No ${service} succeeded from then on.`
          : `The first ${service} succeeded at ${showTime(servedUs)}, ${formatDuration(servedUs - recoveryAt)} after the healing.`;
      }),
    ];
    return {
      kind: 'not-recovered',
      title: `no ${what} succeeded within ${formatDuration(this.recoveryUs)} after everything was healed at ${showTime(recoveryAt)}`,
      story,
      operations: [...this.unserved.map(({ invoke }) => invoke), ...waiting].map(refOf),
      fromUs: recoveryAt,
      toUs: recoveryAt + this.recoveryUs,
    };
  }

  private lostFinalReads(): Anomaly[] {
    const lost = [...this.finalReads].flatMap(([key, read]) => (read === 'ok' ? [] : [{ key, read }]));
    if (lost.length === 0) return [];
    const finalAt = this.phases.get('final') ?? this.lastUs;
    const keys = lost.map(({ key }) => key || 'the object').join(', ');
    return [
      {
        kind: 'not-recovered',
        title: `${count(lost.length, 'final read')} did not succeed after everything was healed: ${keys}`,
        story: lost.map(
          ({ key, read }) =>
            `${showTime(read.timeUs)}: process ${read.process} asked for the final value of ${key || 'the object'} and did not get it.`,
        ),
        operations: lost.map(({ read }) => refOf(read)),
        fromUs: finalAt,
        toUs: this.lastUs,
      },
    ];
  }

  private facts(): Record<string, number | string> {
    const recoveryAt = this.phases.get('recovery');
    const { ended, ok, outageUs, outageEndUs } = this.load;
    const facts: Record<string, number | string> = {
      longestOutageMs: msFromUs(outageUs),
      finalReads: this.finalReads.size,
    };
    if (outageUs > 0) facts.longestOutage = `${showTime(outageEndUs - outageUs)} to ${showTime(outageEndUs)}`;
    if (ended > 0) facts.okShare = Number((ok / ended).toFixed(4));
    if (recoveryAt !== undefined && this.servedUs.size > 0) {
      facts.recoveryMs = msFromUs(this.recoveredAfterUs(recoveryAt));
    }
    return facts;
  }
}

export function serviceOf({ f }: { readonly f: string }): Service {
  return f === 'read' ? 'read' : 'update';
}

function refOf({ process, timeUs }: InvokeEvent): OperationRef {
  return { process, invokeUs: timeUs };
}
