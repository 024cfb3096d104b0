import { MemoryBudget } from '../budget.js';
import type { SearchOutcome } from '../search.js';
import { type CrashedKind, crashedKindsOf } from './crashed-kind.js';
import { type PassOutcome, SweepPass } from './sweep-pass.js';
import type { RegisterHistory } from './view.js';

/** What a use of a crashed update costs at first; prices rise in smaller steps. */
const USE_PRICE = 4;
/** Passes with prices, each with what its configurations may cost more than the cheapest, in uses. */
const SLACKS = [0, 0, 1, 1, 2, 2, 4, 4];

/**
 * Decides any register's history, made for few values: a sweep over its returns that keeps every configuration worth
 * keeping (Lowe's just-in-time linearization, 2017, for registers).
 *
 * A configuration is the value held and, for each operation that is running, whether it is *satisfied*: there has been
 * a moment since its call at which it can be put. A read is when its value was held. A write is when its value was
 * held, or when another write took effect: it goes right before that one, unseen. A failed compare-and-set is when
 * something else was held. So all reads of a value behave alike, and only what changes the register branches:
 * a running write that takes effect visibly (once: it is *used* then), or a compare-and-set.
 *
 * The register changes only when a return needs it: right before the return of an operation that is not satisfied.
 * Of two configurations with the same value, the one that satisfied more and used less dominates; only those that no
 * other dominates are kept.
 *
 * Operations that never returned change the register when called for. They are taken as unlimited at first, by kind;
 * "illegal" is then final. Where a linearization uses some kind more often than it was called, such uses get a price:
 * few passes that keep what is cheap mostly find one with few uses, and prices rise where there are still too many.
 * Where that finds none, kinds that were used too often are counted, one after another: that is exact, but with many
 * of them it may take for ever.
 */
export class RegisterSweep {
  /** Configurations made so far. */
  visited = 0;
  private readonly steps: Generator<undefined, SearchOutcome>;
  private readonly crashed: readonly CrashedKind[];
  private outcome: SearchOutcome | undefined;
  private pass: SweepPass | undefined;

  constructor(
    private readonly history: RegisterHistory,
    private readonly options: RegisterSweepOptions = {},
  ) {
    this.crashed = crashedKindsOf(history);
    this.steps = this.decide();
  }

  /**
   * Everything that returned before the return with this rank is linearizable. `undefined`: not known, for uses of what
   * never returned are not counted yet.
   */
  get reached(): number | undefined {
    return this.pass?.reached;
  }

  /** Goes on for about `configurations` more; `undefined` when that did not suffice. */
  run(configurations: number): SearchOutcome | undefined {
    const end = this.visited + configurations;
    while (this.outcome === undefined && this.visited < end) {
      const step = this.steps.next();
      if (step.done) this.outcome = step.value;
    }
    return this.outcome;
  }

  private *decide(): Generator<undefined, SearchOutcome> {
    const counted: CrashedKind[] = [];
    let outcome = yield* this.sweep(counted);
    if (outcome.verdict === 'overused') {
      const priced = yield* this.sweepWithPrices();
      if (priced) return priced;
    }
    while (outcome.verdict === 'overused') {
      for (const [kind, ranks] of outcome.uses) {
        if (!counted.includes(kind) && !ranks.every((rank, use) => kind.allows(use, rank))) counted.push(kind);
      }
      outcome = yield* this.sweep(counted);
    }
    return outcome;
  }

  private *sweepWithPrices(): Generator<undefined, SearchOutcome | undefined> {
    for (const kind of this.crashed) kind.setPrice(USE_PRICE);
    for (const slack of SLACKS) {
      const outcome = yield* this.sweep([], slack * USE_PRICE);
      if (outcome.verdict === 'legal') return outcome;
      if (outcome.verdict === 'overused') for (const [kind, ranks] of outcome.uses) kind.raisePrices(ranks);
    }
    for (const kind of this.crashed) kind.setPrice(0);
    return undefined;
  }

  private *sweep(counted: readonly CrashedKind[], slack = Number.POSITIVE_INFINITY): Generator<undefined, PassOutcome> {
    const { memory = new MemoryBudget(), since } = this.options;
    const pass = new SweepPass(this.history, {
      memory,
      since,
      crashed: this.crashed,
      counted,
      slack,
      visit: () => this.visited++,
    });
    this.pass = pass;
    const outcome = yield* pass.run();
    pass.release();
    return outcome;
  }
}

export interface RegisterSweepOptions {
  readonly memory?: MemoryBudget;
  /**
   * A rank. The register may hold anything there, not only value 0 at first, and operations that were called before may
   * have taken effect before. A legal outcome then comes without an order.
   */
  readonly since?: number;
}
