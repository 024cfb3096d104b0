import { inBudget, OutOfBudget } from '../budget.js';
import { Deadline, LOOK, type Pulse } from '../deadline.js';
import type { Model, Operation } from '../model.js';
import { numbers, sortedBy } from '../sorting.js';
import { reduceContradiction } from './contradiction.js';
import { GuaranteeDecider } from './decide-key.js';
import { type Guarantee, SEQUENTIAL, SESSION_GUARANTEES, type WeakerModel } from './guarantees.js';
import { byKey, pick, type SessionHistory, sessionsOf } from './sessions.js';
import type { Decision } from './version-order.js';
import { type Contradiction, hasVersions, type Versions, versionsOf } from './versions.js';
import { capital, tell } from './wording.js';

export interface WeakerModelResult {
  readonly model: WeakerModel;
  /** Whether each key is judged by itself, or all together. */
  readonly scope: 'each key' | 'all keys';
  /** Never a guess: `holds` comes with orders that were replayed, `violated` with a proof that there is none. */
  readonly verdict: 'holds' | 'violated' | 'unknown';
  /** One sentence: the operations that contradict the model, or how it is known to hold, or why nobody knows. */
  readonly reason: string;
  /** Violated: the key that shows it. Absent where several keys do only together. */
  readonly key?: string;
  /**
   * Violated: indices of operations that contradict the model, with the updates that their answers show, in the order
   * of their calls. Empty where the proof is a search through all orders, too long to tell.
   */
  readonly operations?: readonly number[];
  /**
   * Violated: those of the {@link operations} whose answers contradict the model whatever became of all others, of
   * which only this counts then, that they were called.
   */
  readonly answers?: readonly number[];
  /** Violated: whether none of the {@link answers} can be spared. */
  readonly minimal?: boolean;
  /** Holds: an order of the operations for each key, or one for all. */
  readonly orders?: readonly (readonly number[])[];
}

export interface WeakerModelsOptions {
  /** Past this, what is not decided is `unknown`. Default: no limit but that of memory. */
  readonly timeoutMs?: number;
  /** Milliseconds from any origin, monotonic. Default: `performance.now`. */
  readonly now?: () => number;
}

/** Configurations of the first round of search; each round has four times as many. */
const FIRST_ROUND = 5000;
/** Rounds in which sequential consistency is searched for alone. */
const HEAD_START = 2;
/** Numbers that all searches together may keep in memory: four bytes each. */
const MEMORY = 1 << 26;
/** Of the time that is left, one explanation may use this share. */
const EXPLAIN_SHARE = 0.2;

/**
 * Which consistency models below linearizability a history fulfils: what is left when linearizability fails. The
 * operations must say their `process`. See {@link WeakerModel} for the definitions.
 *
 * Results come in a fixed order: sequential consistency over all keys and of each key, read your writes, monotonic
 * reads, monotonic writes, writes follow reads. They never contradict one another: where sequential consistency
 * holds, nothing weaker is violated.
 *
 * @example
 * const stale = weakerModels(casRegister(), [
 *   { process: 0, input: { f: 'write', value: 1 }, call: 0, return: 10 },
 *   { process: 1, input: { f: 'read' }, output: null, call: 20, return: 30 },
 * ]);
 * stale.every(({ verdict }) => verdict === 'holds'); // the read is stale, but no process saw itself go back
 */
export function weakerModels<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  options: WeakerModelsOptions = {},
): WeakerModelResult[] {
  const deadline = new Deadline(options.timeoutMs ?? Number.POSITIVE_INFINITY, options.now);
  try {
    return judged(model, operations, deadline);
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return ALL.map((question) => ({ ...question, verdict: 'unknown', reason: OUT_OF_TIME }));
  }
}

const OUT_OF_TIME = 'neither an order nor a contradiction was found within the time allowed';

function judged<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  deadline: Deadline,
): WeakerModelResult[] {
  const overlap = overlapping(operations, deadline.pulse);
  if (overlap !== undefined) return ALL.map((question) => ({ ...question, verdict: 'unknown', reason: overlap }));
  const nameless = operations.filter(({ process }) => process === undefined).length;
  const judge = new Judge(model, operations, deadline);
  return judge.results().map((result) => {
    if (result.verdict !== 'holds' || nameless === 0) return result;
    const { model: name, scope } = result;
    const reason = `the history does not say which process called ${nameless} of its ${operations.length} operations`;
    return { model: name, scope, verdict: 'unknown', reason };
  });
}

/** One line for each model: `Monotonic reads: violated (process 2: read() = 5, then read() = 4; …)`. */
export function describeWeakerModels(results: readonly WeakerModelResult[]): string[] {
  return results.map(({ model, scope, verdict, reason }) => {
    const where = model === 'sequential consistency' ? ` (${scope})` : '';
    return `${capital(model)}${where}: ${verdict}; ${reason}.`;
  });
}

type Question = Pick<WeakerModelResult, 'model' | 'scope'>;

const ALL: readonly Question[] = [
  { model: SEQUENTIAL.model, scope: 'all keys' },
  { model: SEQUENTIAL.model, scope: 'each key' },
  ...SESSION_GUARANTEES.map(({ model }): Question => ({ model, scope: 'each key' })),
];

/** Why there is no order of the operations of some process. */
function overlapping(operations: readonly Operation<unknown, unknown>[], pulse: Pulse): string | undefined {
  const byProcess = new Map<number, Operation<unknown, unknown>[]>();
  for (let index = 0; index < operations.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const operation = operations[index] as Operation<unknown, unknown>;
    if (operation.process === undefined) continue;
    const mine = byProcess.get(operation.process);
    if (mine) mine.push(operation);
    else byProcess.set(operation.process, [operation]);
  }
  for (const [process, mine] of byProcess) {
    pulse();
    const end = ({ return: returned = Number.POSITIVE_INFINITY }: Operation<unknown, unknown>) => returned;
    const at = (index: number) => mine[index] as Operation<unknown, unknown>;
    const inCallOrder = (left: number, right: number) => {
      const [a, b] = [at(left), at(right)];
      return a.call - b.call || (end(a) === end(b) ? 0 : end(a) < end(b) ? -1 : 1);
    };
    let busyUntil = Number.NEGATIVE_INFINITY;
    for (const index of sortedBy(numbers(mine.length), inCallOrder, pulse)) {
      const operation = at(index);
      if (operation.call < busyUntil) {
        return `process ${process} has two operations outstanding at ${operation.call}, so its operations have no order`;
      }
      if (operation.return !== undefined) busyUntil = operation.return;
    }
  }
  return undefined;
}

/** One key's operations, and what is known of them. */
interface Key<State, Input, Output> {
  readonly name: string;
  readonly history: SessionHistory<Input, Output>;
  /** Where its operations stand in the history of all keys. */
  readonly places: readonly number[];
  readonly versions: Versions | Contradiction | undefined;
  /** By model; the first of them is sequential consistency. */
  readonly deciders: readonly GuaranteeDecider<State, Input, Output>[];
}

const GUARANTEES: readonly Guarantee[] = [SEQUENTIAL, ...SESSION_GUARANTEES];

class Judge<State, Input, Output> {
  private readonly all: SessionHistory<Input, Output>;
  private readonly keys: readonly Key<State, Input, Output>[];
  private readonly together: GuaranteeDecider<State, Input, Output>;
  private readonly undefinedBecause: string | undefined;
  private readonly told = new Map<readonly number[], readonly number[]>();

  constructor(
    private readonly model: Model<State, Input, Output>,
    private readonly operations: readonly Operation<Input, Output>[],
    private readonly deadline: Deadline,
  ) {
    const { pulse } = deadline;
    const sessions = sessionsOf(model, operations, pulse);
    this.all = sessions;
    this.keys = byKey(sessions, pulse).map((mine, index) => {
      pulse();
      const history = sessions.keys === 1 ? sessions : pick(sessions, mine);
      const versions = versionsOf(model, history, pulse);
      return {
        name: sessions.keyNames[index] as string,
        history,
        places: mine,
        versions,
        deciders: GUARANTEES.map((guarantee) => new GuaranteeDecider(model, history, guarantee, [versions])),
      };
    });
    this.together = new GuaranteeDecider(
      model,
      this.all,
      SEQUENTIAL,
      this.keys.map(({ versions }) => versions),
    );
    const reads = hasVersions(model) || operations.some(({ input }) => model.readOnly?.(input, undefined));
    if (!reads) this.undefinedBecause = `not defined for a ${model.name}: none of the operations only reads`;
  }

  results(): WeakerModelResult[] {
    try {
      this.decideByVersions();
      this.decideTogether();
      this.decideBySearch();
    } catch (error) {
      // What was decided by then stands.
      if (!(error instanceof OutOfBudget)) throw error;
    }
    return ALL.map((question, index) => {
      if (index === 0) return this.ofAllKeys(question);
      if (index > 1 && this.undefinedBecause !== undefined) {
        return { ...question, verdict: 'unknown', reason: this.undefinedBecause };
      }
      return this.ofEachKey(question, index - 1);
    });
  }

  private decideByVersions(): void {
    for (const key of this.keys) {
      if (this.deadline.passed()) return;
      for (const decider of key.deciders) {
        if (decider.decision === undefined) decider.byVersions(this.deadline);
        this.spread(key);
      }
    }
  }

  /** One order for all keys, where the versions of every key are known. */
  private decideTogether(): void {
    if (this.keys.length < 2 || this.deadline.passed() || this.brokenKey()) return;
    this.settle(inBudget(() => this.together.byVersions(this.deadline.part(0.5))));
  }

  /**
   * What is still open takes turns, with budgets that grow from round to round. Sequential consistency goes ahead: an
   * order that shows it shows the rest, too.
   */
  private decideBySearch(): void {
    for (let round = 0; !this.deadline.passed(); round++) {
      const searches = this.open();
      if (searches === 0) return;
      const budget = FIRST_ROUND * 4 ** round;
      const memory = Math.floor(MEMORY / searches);
      for (const [index] of GUARANTEES.entries()) {
        if (index > 0 && round < HEAD_START && this.isUndecided(0)) continue;
        for (const key of this.keys) {
          const decider = key.deciders[index];
          if (decider === undefined || !this.isOpen(decider, index) || this.deadline.passed()) continue;
          decider.bySearch(index === 0 ? budget : budget / 4, this.deadline, memory);
          this.spread(key);
        }
        if (index === 0 && this.isTogetherOpen() && !this.deadline.passed()) {
          this.settle(this.together.bySearch(budget, this.deadline, memory));
        }
      }
    }
  }

  private isUndecided(index: number): boolean {
    return this.keys.some(({ deciders }) => deciders[index] && this.isOpen(deciders[index], index));
  }

  private isTogetherOpen(): boolean {
    const { decision, exhausted } = this.together;
    return this.keys.length > 1 && !decision && !exhausted && !this.brokenKey();
  }

  /** How many questions the search still works on. */
  private open(): number {
    return this.keys.reduce(
      (sum, { deciders }) => sum + deciders.filter((decider, index) => this.isOpen(decider, index)).length,
      this.isTogetherOpen() ? 1 : 0,
    );
  }

  private isOpen(decider: GuaranteeDecider<State, Input, Output>, index: number): boolean {
    if (decider.decision || decider.exhausted || this.violates(index)) return false;
    return index === 0 || this.undefinedBecause === undefined;
  }

  /** A key that is sequentially consistent fulfils the rest in the same order; one that violates a part is not. */
  private spread(key: Key<State, Input, Output>): void {
    const [sequential, ...sessions] = key.deciders as [
      GuaranteeDecider<State, Input, Output>,
      ...GuaranteeDecider<State, Input, Output>[],
    ];
    if (sequential.decision?.verdict === 'holds') {
      for (const session of sessions) session.decision ??= session.confirm(sequential.decision, this.deadline.pulse);
    }
    if (sequential.decision === undefined) {
      const violated = sessions.find(({ decision }) => decision?.verdict === 'violated');
      if (violated) sequential.confirm(violated.decision, this.deadline.pulse);
    }
  }

  /** An order of all operations has one for each key in it. */
  private settle(decision: Decision | undefined): void {
    if (decision?.verdict !== 'holds') return;
    const local = new Int32Array(this.all.size);
    for (const { places } of this.keys) {
      places.forEach((op, index) => {
        local[op] = index;
      });
    }
    const orders: number[][] = this.keys.map(() => []);
    for (const op of decision.order) (orders[this.all.key[op] as number] as number[]).push(local[op] as number);
    this.keys.forEach((key, index) => {
      const sequential = key.deciders[0];
      if (sequential?.decision) return;
      sequential?.confirm({ verdict: 'holds', order: orders[index] as number[] }, this.deadline.pulse);
      this.spread(key);
    });
  }

  private brokenKey(): Key<State, Input, Output> | undefined {
    return this.keys.find(({ deciders }) => deciders[0]?.decision?.verdict === 'violated');
  }

  private violates(index: number): boolean {
    return this.keys.some(({ deciders }) => deciders[index]?.decision?.verdict === 'violated');
  }

  private ofAllKeys(question: Question): WeakerModelResult {
    if (this.keys.length === 1 || this.brokenKey()) return { ...this.ofEachKey(question, 0), ...question };
    const { decision, exhausted } = this.together;
    if (decision === undefined) {
      const empty = this.keys.length === 0;
      if (empty) return { ...question, verdict: 'holds', reason: 'there are no operations', orders: [] };
      return { ...question, verdict: 'unknown', reason: this.undecided(exhausted) };
    }
    if (decision.verdict === 'holds') {
      const order = this.inSources(this.all, decision.order);
      return {
        ...question,
        verdict: 'holds',
        reason: 'one order of all operations explains every answer',
        orders: [order],
      };
    }
    return this.violated(question, this.all, SEQUENTIAL, decision);
  }

  private ofEachKey(question: Question, index: number): WeakerModelResult {
    const broken = this.keys.find(({ deciders }) => deciders[index]?.decision?.verdict === 'violated');
    if (broken) {
      const decision = broken.deciders[index]?.decision as Decision & { verdict: 'violated' };
      const result = this.violated(question, broken.history, GUARANTEES[index] as Guarantee, decision);
      const prefix = this.keys.length > 1 ? `key ${JSON.stringify(broken.name)}: ` : '';
      return { ...result, reason: `${prefix}${result.reason}`, key: broken.name };
    }
    const orders: (readonly number[])[] = [];
    let undecided = 0;
    let exhausted = false;
    for (const { deciders, history } of this.keys) {
      const decider = deciders[index];
      if (decider?.decision?.verdict === 'holds') {
        orders.push(this.inSources(history, decider.decision.order));
      } else {
        undecided++;
        if (decider?.exhausted) exhausted = true;
      }
    }
    if (undecided > 0) {
      const scope = this.keys.length > 1 ? `for ${undecided} of ${this.keys.length} keys: ` : '';
      return { ...question, verdict: 'unknown', reason: `${scope}${this.undecided(exhausted)}` };
    }
    const reason =
      this.keys.length > 1 ? 'each key has an order that explains its answers' : 'an order explains every answer';
    return { ...question, verdict: 'holds', reason, orders };
  }

  /** In the caller's numbers. One order may be the answer to several questions. */
  private inSources({ sources }: SessionHistory<Input, Output>, order: readonly number[]): readonly number[] {
    let told = this.told.get(order);
    if (told === undefined) {
      told = order.map((op) => sources[op] as number);
      this.told.set(order, told);
    }
    return told;
  }

  private undecided(exhausted: boolean): string {
    return `neither an order nor a contradiction was found within the ${exhausted ? 'memory' : 'time'} allowed`;
  }

  private violated(
    question: Question,
    history: SessionHistory<Input, Output>,
    guarantee: Guarantee,
    decision: Decision & { readonly verdict: 'violated' },
  ): WeakerModelResult {
    const part = this.deadline.part(EXPLAIN_SHARE);
    const small = reduceContradiction(this.model, history, guarantee, decision.operations, part);
    const operations = small.operations.map((op) => history.sources[op] as number);
    return {
      ...question,
      verdict: 'violated',
      reason: tell(this.model, this.operations, operations, decision.because),
      operations,
      answers: small.answers.map((op) => history.sources[op] as number),
      minimal: small.minimal,
    };
  }
}
