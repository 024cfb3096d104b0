import type { Deadline } from '../deadline.js';
import type { Model } from '../model.js';
import type { Guarantee } from './guarantees.js';
import { interleave } from './interleaving.js';
import { OrderSearch } from './order-search.js';
import { byKey, isOrder, pick, type SessionHistory } from './sessions.js';
import { type Decision, orderVersions } from './version-order.js';
import { type Contradiction, type Versions, versionsOf } from './versions.js';

/** Numbers that one search may keep in memory: four bytes each. */
const MEMORY = 1 << 25;
/** Configurations between two looks at the clock. */
const SLICE = 500;

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

  constructor(
    private readonly model: Model<State, Input, Output>,
    readonly history: SessionHistory<Input, Output>,
    private readonly guarantee: Guarantee,
    private readonly versions: readonly (Versions | Contradiction | undefined)[] = versionsOfKeys(model, history),
  ) {}

  /** The decision where the versions tell it. The deadline counts for more than one key only. */
  byVersions(deadline: Deadline): Decision | undefined {
    const { history, guarantee } = this;
    const places = byKey(history);
    const revealed: Versions[] = [];
    for (const [key, versions] of this.versions.entries()) {
      if (versions === undefined) continue;
      if ('because' in versions) {
        const operations = versions.operations.map((op) => places[key]?.[op] as number);
        return this.confirm({ verdict: 'violated', operations, because: versions.because });
      }
      revealed.push(versions);
    }
    if (revealed.length < history.keys) return undefined;
    const [only] = revealed;
    if (only && revealed.length === 1) return this.confirm(orderVersions(history, only, guarantee));
    return this.confirm(interleave(history, places, revealed, deadline));
  }

  /** Searches until decided, until so many configurations were visited, or until the deadline. */
  bySearch(configurations: number, deadline: Deadline, memory = MEMORY): Decision | undefined {
    if (this.decision || this.exhausted) return this.decision;
    this.search ??= new OrderSearch(this.model, this.history, this.guarantee);
    const { search } = this;
    const end = search.visited + configurations;
    while (search.visited < end && !deadline.passed()) {
      const decision = this.confirm(search.run(Math.min(SLICE, end - search.visited)));
      if (decision) break;
      if (search.memory > memory) {
        this.exhausted = true;
        break;
      }
    }
    if (this.decision || this.exhausted) this.search = undefined;
    return this.decision;
  }

  /** Takes a decision that was found elsewhere. "Holds" is said on nothing less than an order that replays. */
  confirm(decision: Decision | undefined): Decision | undefined {
    if (decision?.verdict === 'holds' && !isOrder(this.model, this.history, this.guarantee, decision.order)) {
      throw new Error(`${this.guarantee.model}: the order found for ${this.model.name} does not replay`);
    }
    this.decision = decision;
    return decision;
  }
}
