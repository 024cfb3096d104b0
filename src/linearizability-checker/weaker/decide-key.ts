import type { Deadline, Pulse } from '../deadline.js';
import type { Model } from '../model.js';
import type { Guarantee } from './guarantees.js';
import { interleave } from './interleaving.js';
import { OrderSearch, type Windows } from './order-search.js';
import { byKey, isOrder, pick, type SessionHistory } from './sessions.js';
import { type Decision, orderVersions } from './version-order.js';
import { type Contradiction, type Versions, versionsOf } from './versions.js';

/** Numbers that one search may keep in memory: four bytes each. */
const MEMORY = 1 << 25;
/** Operations looked at between two looks at the clock, when each configuration looks at all. */
const SLICE = 100_000;

/** Configurations for one search among the orders that keep to the time. */
const GUIDED = 50_000;

/** A first window reaches so many operations' lengths to both sides. */
const FIRST_WINDOW = 4;

/** Loosens the time around a place: a new window, or one that is twice as wide as what was there. */
function widen(windows: Windows, at: number, length: number): Windows {
  if (!Number.isFinite(at)) return [];
  const here = windows.find(([from, to]) => from <= at && at <= to);
  const reach = here ? here[1] - here[0] : FIRST_WINDOW * length;
  const centre = here ? (here[0] + here[1]) / 2 : at;
  const fresh: [number, number] = [centre - reach, centre + reach];
  const apart: (readonly [number, number])[] = [];
  for (const window of windows) {
    if (window[1] < fresh[0] || window[0] > fresh[1]) apart.push(window);
    else {
      fresh[0] = Math.min(fresh[0], window[0]);
      fresh[1] = Math.max(fresh[1], window[1]);
    }
  }
  return [...apart, fresh].sort((left, right) => left[0] - right[0]);
}

/** The versions of each key by itself. */
function versionsOfKeys<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: SessionHistory<Input, Output>,
): (Versions | Contradiction | undefined)[] {
  if (history.keys === 1) return [versionsOf(model, history)];
  return byKey(history).map((places) => versionsOf(model, pick(history, places)));
}

/** Decides one guarantee: by the versions that the answers reveal, else by search, which can be stopped and resumed. */
export class GuaranteeDecider<State, Input, Output> {
  decision: Decision | undefined;
  /** Whether going on is of no use: it would take too much memory. */
  exhausted = false;
  private search: OrderSearch<State, Input, Output> | undefined;
  private guided: OrderSearch<State, Input, Output> | undefined;
  private windows: Windows = [];
  private guidedEnough = false;

  constructor(
    private readonly model: Model<State, Input, Output>,
    readonly history: SessionHistory<Input, Output>,
    private readonly guarantee: Guarantee,
    private readonly versions: readonly (Versions | Contradiction | undefined)[] = versionsOfKeys(model, history),
  ) {}

  /** The decision where the versions tell it. @throws OutOfBudget when the time is over first */
  byVersions(deadline: Deadline): Decision | undefined {
    const { history, guarantee } = this;
    const places = byKey(history, deadline.pulse);
    const revealed: Versions[] = [];
    for (const [key, versions] of this.versions.entries()) {
      if (versions === undefined) continue;
      if ('because' in versions) {
        const operations = versions.operations.map((op) => places[key]?.[op] as number);
        return this.confirm({ verdict: 'violated', operations, because: versions.because }, deadline.pulse);
      }
      revealed.push(versions);
    }
    if (revealed.length < history.keys) return undefined;
    const [only] = revealed;
    if (only && revealed.length === 1)
      return this.confirm(orderVersions(history, only, guarantee, deadline.pulse), deadline.pulse);
    return this.confirm(interleave(history, places, revealed, deadline), deadline.pulse);
  }

  /**
   * @throws OutOfBudget when the time is over while what was found is confirmed
   *
   * Searches until decided, until so many configurations were visited, or until the deadline: first among the orders
   * that keep to the time but for a few places, then among all.
   *
   * @param memory numbers that it may keep
   */
  bySearch(configurations: number, deadline: Deadline, memory = MEMORY): Decision | undefined {
    if (this.decision || this.exhausted) return this.decision;
    this.guide(configurations, deadline);
    if (this.decision) return this.decision;
    this.search ??= new OrderSearch(this.model, this.history, this.guarantee);
    this.confirm(this.advance(this.search, configurations, deadline), deadline.pulse);
    if (this.search.memory > memory) this.exhausted = true;
    if (this.decision || this.exhausted) this.search = undefined;
    return this.decision;
  }

  /** Where a search gets no further, the time is loosened around that place, and each time more. */
  private guide(configurations: number, deadline: Deadline): void {
    for (let end = configurations; end > 0 && !this.guidedEnough; ) {
      this.guided ??= new OrderSearch(this.model, this.history, this.guarantee, this.windows);
      const { guided } = this;
      const before = guided.visited;
      const decision = this.advance(guided, Math.min(end, GUIDED - before), deadline);
      if (decision?.verdict === 'holds') this.confirm(decision, deadline.pulse);
      if (decision?.verdict === 'holds' || deadline.passed()) return;
      end -= Math.max(1, guided.visited - before);
      if (decision === undefined && guided.visited < GUIDED) return;
      this.guided = undefined;
      this.windows = widen(this.windows, guided.stuckAt, this.typicalLength());
      const [first] = this.windows;
      this.guidedEnough = first === undefined || first[1] - first[0] > 4 * this.span();
    }
  }

  /** How long an operation takes, in the middle of the range. */
  private typicalLength(): number {
    const { calls, returns } = this.history;
    const lengths = returns.map((end, op) => end - (calls[op] as number)).filter((length) => length < Infinity);
    return Math.max(1e-9, lengths.sort()[lengths.length >> 1] ?? 1);
  }

  private span(): number {
    const { calls, returns } = this.history;
    let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let op = 0; op < calls.length; op++) {
      from = Math.min(from, calls[op] as number);
      const end = returns[op] as number;
      to = Math.max(to, end === Number.POSITIVE_INFINITY ? (calls[op] as number) : end);
    }
    return to - from;
  }

  private advance(
    search: OrderSearch<State, Input, Output>,
    configurations: number,
    deadline: Deadline,
  ): Decision | undefined {
    const end = search.visited + configurations;
    const slice = Math.max(1, Math.floor(SLICE / this.history.size));
    while (search.visited < end && !deadline.passed()) {
      const decision = search.run(Math.min(slice, end - search.visited));
      if (decision) return decision;
    }
    return undefined;
  }

  /** Takes a decision that was found elsewhere. "Holds" is said on nothing less than an order that replays. */
  confirm(decision: Decision | undefined, pulse: Pulse): Decision | undefined {
    if (decision?.verdict === 'holds' && !isOrder(this.model, this.history, this.guarantee, decision.order, pulse)) {
      throw new Error(`${this.guarantee.model}: the order found for ${this.model.name} does not replay`);
    }
    this.decision = decision;
    return decision;
  }
}
