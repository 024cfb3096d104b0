import type { FaultEvent, RunEvent } from '../history/events.js';
import { count, grouped } from '../kernel/count.js';
import type { Checker, CheckResult } from '../plugin/checker.js';
import { LEADER_WORDS, type NodeWords } from '../plugin/node-words.js';
import type { FaultKind } from '../ports/faults.js';
import { Tally } from './tally.js';
import { showTime } from './wording.js';

export interface EvidenceOptions {
  /** The nemeses that ran, with the kinds of fault that each may inject. */
  readonly nemeses: readonly { readonly name: string; readonly kinds: readonly FaultKind[] }[];
  /** Whether these nemeses should have deposed a leader. */
  readonly expectLeaderChange: boolean;
  /** What the system calls a leader and its change. */
  readonly words?: NodeWords | undefined;
  /** Acknowledged operations that a run must have, and that must have ended while a fault was in force. Default 10. */
  readonly minOk?: number;
  readonly minOkDuringFaults?: number;
}

/**
 * Whether the run tried hard enough to deserve a verdict. A quiet test proves nothing: where operations hardly
 * succeeded, a fault did not take effect, or no leader changed although one should have, the verdict is `unknown`,
 * never `invalid`.
 */
export function evidence(options: EvidenceOptions): Checker {
  return new EvidenceChecker(options);
}

class EvidenceChecker implements Checker {
  readonly name = 'evidence';
  readonly reads = 'history';
  private readonly tally = new Tally();
  /** By nemesis: how many of its faults were confirmed; absent where it never struck. */
  private readonly confirmedBy = new Map<string, number>();
  private readonly unconfirmed: FaultEvent[] = [];
  private readonly words: NodeWords;

  constructor(private readonly options: EvidenceOptions) {
    this.words = options.words ?? LEADER_WORDS;
  }

  observe(event: RunEvent): void {
    this.tally.observe(event);
    if (event.kind !== 'fault') return;
    const { phase, probe, nemesis } = event;
    if (!probe.confirmed) this.unconfirmed.push(event);
    if (phase === 'heal') return;
    this.confirmedBy.set(nemesis, (this.confirmedBy.get(nemesis) ?? 0) + (probe.confirmed ? 1 : 0));
  }

  conclude(): CheckResult {
    const doubts = this.doubts();
    const { leaders, ok, okDuringFaults } = this.tally;
    const enough = [
      count(ok, 'acknowledged operation'),
      ...(this.options.nemeses.length > 0
        ? [`${grouped(okDuringFaults)} of them under faults`, count(this.confirmedFaults(), 'confirmed fault')]
        : []),
      ...(leaders.changes > 0 ? [count(leaders.changes, this.words.change)] : []),
    ].join(', ');
    return {
      checker: this.name,
      verdict: doubts.length > 0 ? 'unknown' : 'valid',
      summary: doubts.length > 0 ? `Inconclusive: ${doubts.join('; ')}.` : `Evidence: ${enough}.`,
      anomalies: [],
      facts: this.facts(),
    };
  }

  private doubts(): string[] {
    const { nemeses, expectLeaderChange, minOk = 10, minOkDuringFaults = 10 } = this.options;
    const { ok, okDuringFaults, leaders } = this.tally;
    const { words } = this;
    const doubts: string[] = [];
    if (ok < minOk)
      doubts.push(`only ${count(ok, 'operation')} succeeded in the whole run, at least ${minOk} are needed`);
    const idle = nemeses.filter(({ name }) => !this.confirmedBy.has(name)).map(({ name }) => name);
    if (idle.length > 0) doubts.push(`${idle.join(', ')} never struck`);
    const blunt = nemeses.filter(({ name }) => this.confirmedBy.get(name) === 0).map(({ name }) => name);
    if (blunt.length > 0) doubts.push(`no fault of ${blunt.join(', ')} was confirmed by its probe`);
    const [first] = this.unconfirmed;
    if (first) {
      const others =
        this.unconfirmed.length > 1 ? ` (and ${count(this.unconfirmed.length - 1, 'more probe')} failed)` : '';
      const what = first.phase === 'inject' ? 'took effect' : 'was taken back';
      doubts.push(
        `it is not confirmed that the ${first.fault.kind} of ${first.nemesis} at ${showTime(first.timeUs)} ${what}: ${first.probe.detail}${others}`,
      );
    }
    if (nemeses.length > 0 && this.confirmedFaults() > 0 && okDuringFaults < minOkDuringFaults) {
      doubts.push(
        `only ${count(okDuringFaults, 'operation')} succeeded while a fault was in force, at least ${minOkDuringFaults} are needed`,
      );
    }
    if (expectLeaderChange && leaders.changes === 0) {
      doubts.push(
        leaders.known
          ? `no ${words.change} was seen although the faults should have deposed a ${words.leader}`
          : `no node ever named a ${words.leader}`,
      );
    }
    return doubts;
  }

  private confirmedFaults(): number {
    let sum = 0;
    for (const number of this.confirmedBy.values()) sum += number;
    return sum;
  }

  private facts(): Record<string, number | string> {
    const { ok, okDuringFaults, leaders, faults } = this.tally;
    const facts: Record<string, number | string> = {
      ok,
      okDuringFaults,
      // As a name of data: "leader change" is told as leaderChanges.
      [`${this.words.change.replace(/ (.)/g, (_, first: string) => first.toUpperCase())}s`]: leaders.changes,
      failedProbes: this.unconfirmed.length,
    };
    for (const [kind, { injected, confirmed }] of faults) facts[kind] = `${confirmed} of ${injected} confirmed`;
    const wanted = new Set(this.options.nemeses.flatMap(({ kinds }) => kinds));
    const never = [...wanted].filter((kind) => !faults.has(kind));
    if (never.length > 0) facts.neverInjected = never.join(', ');
    return facts;
  }
}
