import { inBudget } from './budget.js';
import { check, type Verdict, type Violation } from './check.js';
import { Deadline, LOOK, type Pulse } from './deadline.js';
import { Frontier } from './frontier.js';
import type { Model, Operation } from './model.js';
import { RegisterStream } from './register/register-stream.js';

/** An operation in a stream. `tag` is the caller's own name for it. */
export interface StreamedOperation<Input, Output, Tag> extends Operation<Input, Output> {
  readonly tag: Tag;
}

export interface StreamOptions {
  /** Operations of one key that are kept for explanations, and for another try where the first algorithm gives up. Default 5,000. */
  readonly window?: number;
  /** Configurations that one key may hold at once. Default 5,000. */
  readonly configurations?: number;
  /** Time for explanations and second tries at the end. Default: no limit. */
  readonly timeoutMs?: number;
  readonly memoryBytes?: number;
  readonly now?: () => number;
}

export interface StreamedPartition<State, Input, Output, Tag> {
  readonly key: string;
  readonly verdict: Verdict;
  readonly operations: number;
  readonly algorithm: string;
  /** Illegal: the last operations of this key, among them those of the violation. */
  readonly recorded?: readonly StreamedOperation<Input, Output, Tag>[];
  /** What the object held before them; absent where nobody knows. */
  readonly before?: State;
  /** Indices into `recorded`. */
  readonly violation?: Violation;
  /** Unknown: why. */
  readonly reason?: string;
}

export interface StreamResult<State, Input, Output, Tag> {
  readonly verdict: Verdict;
  readonly partitions: readonly StreamedPartition<State, Input, Output, Tag>[];
  readonly operations: number;
  readonly states: number;
  /** Time for second tries and explanations, at the end. */
  readonly elapsedMs: number;
}

/**
 * Checks a history while it is being made. What it holds grows with concurrency, not with length: objects seen as
 * registers are decided by zones while their values can be told apart; others, and all other models, by the set of
 * configurations that are possible now. An event is judged as soon as the outcome of every operation called before it
 * is known. Where nothing runs and the state is certain, what came before is forgotten.
 *
 * Queues and stacks show their order late, so with many clients their configurations may be too many: such a key is
 * decided at the end, from what the window kept, or left unknown.
 *
 * @example
 * const stream = new LinearizabilityStream(casRegister());
 * const write = stream.call({ f: 'write', value: 1 }, 0, 'w1');
 * stream.return(write, null, 10);
 * stream.conclude().verdict; // 'legal'
 */
export class LinearizabilityStream<State, Input, Output, Tag = undefined> {
  private readonly keys = new Map<string, KeyStream<State, Input, Output, Tag>>();
  private count = 0;
  private latest = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly model: Model<State, Input, Output>,
    private readonly options: StreamOptions = {},
  ) {}

  /** Whether some key is known to be wrong already. */
  get violated(): boolean {
    for (const key of this.keys.values()) if (key.isIllegal) return true;
    return false;
  }

  /**
   * @param time no earlier than that of any event before
   * @throws RangeError when time runs backwards
   */
  call(input: Input, time: number, tag: Tag): StreamHandle<Input, Output, Tag> {
    return this.begin(new Entry<Input, Output, Tag>(input, time, tag));
  }

  /**
   * An operation of which it is known what becomes of it, where the history is told after the event. Nothing happens
   * yet: {@link begin} must be told of it when it is called, {@link end} when it returns.
   */
  known(operation: Operation<Input, Output>, tag: Tag): StreamHandle<Input, Output, Tag> {
    const entry = new Entry<Input, Output, Tag>(operation.input, operation.call, tag);
    if (operation.output !== undefined) entry.output = operation.output;
    if (operation.return !== undefined) entry.return = operation.return;
    entry.outcome = operation.return === undefined ? 'lost' : 'ok';
    return entry;
  }

  begin(handle: StreamHandle<Input, Output, Tag>): StreamHandle<Input, Output, Tag> {
    const entry = handle as Entry<Input, Output, Tag>;
    this.advance(entry.call);
    this.count++;
    const name = this.model.partition?.(entry.input) ?? '';
    let key = this.keys.get(name);
    if (key === undefined) {
      key = new KeyStream(this.model, this.options);
      this.keys.set(name, key);
    }
    entry.key = key as KeyStream<unknown, Input, Output, Tag>;
    key.called(entry);
    return entry;
  }

  end(handle: StreamHandle<Input, Output, Tag>): void {
    const entry = handle as Entry<Input, Output, Tag>;
    this.advance(entry.return as number);
    entry.key?.returned(entry);
  }

  return(handle: StreamHandle<Input, Output, Tag>, output: Output | undefined, time: number): void {
    const entry = handle as Entry<Input, Output, Tag>;
    if (output !== undefined) entry.output = output;
    entry.return = time;
    entry.outcome = 'ok';
    this.end(entry);
  }

  /** It surely did not happen. */
  fail(handle: StreamHandle<Input, Output, Tag>): void {
    this.settle(handle, 'failed');
  }

  /** Nobody will know what became of it. */
  lose(handle: StreamHandle<Input, Output, Tag>): void {
    this.settle(handle, 'lost');
  }

  /** Operations that have not ended count as lost. */
  conclude(): StreamResult<State, Input, Output, Tag> {
    const deadline = new Deadline(this.options.timeoutMs ?? Number.POSITIVE_INFINITY, this.options.now);
    const partitions = [...this.keys].map(([name, key]) => key.conclude(name, deadline));
    const has = (verdict: Verdict) => partitions.some((partition) => partition.verdict === verdict);
    return {
      verdict: has('illegal') ? 'illegal' : has('unknown') ? 'unknown' : 'legal',
      partitions,
      operations: this.count,
      elapsedMs: deadline.elapsedMs(),
      states: [...this.keys.values()].reduce((sum, key) => sum + key.states, 0),
    };
  }

  private settle(handle: StreamHandle<Input, Output, Tag>, outcome: 'failed' | 'lost'): void {
    const entry = handle as Entry<Input, Output, Tag>;
    entry.outcome = outcome;
    entry.key?.advance();
  }

  private advance(time: number): void {
    if (!(time >= this.latest)) throw new RangeError(`an event at ${time} comes after one at ${this.latest}`);
    this.latest = time;
  }
}

/** Names a running operation of a stream. */
export interface StreamHandle<Input, Output, Tag> extends StreamedOperation<Input, Output, Tag> {
  readonly outcome: 'running' | 'ok' | 'failed' | 'lost';
}

/** One operation; it stands in its key's queue twice: where it was called and where it returned. */
class Entry<Input, Output, Tag> implements StreamHandle<Input, Output, Tag> {
  output?: Output;
  return?: number;
  outcome: 'running' | 'ok' | 'failed' | 'lost' = 'running';
  key: KeyStream<unknown, Input, Output, Tag> | undefined = undefined;
  /** Its call was handed on. */
  begun = false;
  /** What the algorithm calls it. */
  slot = -1;

  constructor(
    readonly input: Input,
    readonly call: number,
    readonly tag: Tag,
  ) {}
}

/** What decides one key, event by event; the answers of operations are known when they are called. */
export interface OnlineDecider<State, Input, Output> {
  readonly name: string;
  readonly visited: number;
  /** The state, if it is certain and nothing is running. */
  readonly onlyState: State | undefined;
  /** `gave up`: another algorithm must decide. The slot names the operation from now on. */
  call(operation: Operation<Input, Output>): number | 'gave up';
  return_(slot: number): 'legal' | 'illegal' | 'gave up';
  /** The history is over: is there anything left that it cannot decide? */
  end(): 'legal' | 'gave up';
}

const WINDOW = 5_000;
const CONFIGURATIONS = 5_000;

class KeyStream<State, Input, Output, Tag> {
  isIllegal = false;
  operations = 0;
  private readonly queue = new Queue<Entry<Input, Output, Tag>>();
  /** Returns of the latest moment: calls at the same time come before them. */
  private readonly held: Entry<Input, Output, Tag>[] = [];
  private heldAt = Number.NEGATIVE_INFINITY;
  private decider: OnlineDecider<State, Input, Output> | undefined;
  private readonly gaveUp: OnlineDecider<State, Input, Output>[] = [];
  /** The events since the state was last certain: each operation where it was called, and again where it returned. */
  private log: Entry<Input, Output, Tag>[] = [];
  /** That state; absent once the log was cut. */
  private before: State | undefined;

  constructor(
    private readonly model: Model<State, Input, Output>,
    private readonly options: StreamOptions,
  ) {
    this.before = model.init;
    this.decider = this.nextDecider(model.init);
  }

  get states(): number {
    const deciders = this.decider ? [...this.gaveUp, this.decider] : this.gaveUp;
    return deciders.reduce((sum, { visited }) => sum + visited, 0);
  }

  called(entry: Entry<Input, Output, Tag>): void {
    this.operations++;
    this.flushHeld(entry.call);
    this.next(entry);
  }

  returned(entry: Entry<Input, Output, Tag>): void {
    this.flushHeld(entry.return as number);
    this.heldAt = entry.return as number;
    this.held.push(entry);
    this.advance();
  }

  /** Judges the events up to the first whose operation has not ended yet. */
  advance(): void {
    for (let entry = this.queue.first; entry && entry.outcome !== 'running'; entry = this.queue.first) {
      this.queue.shift();
      this.judge(entry);
    }
  }

  private next(entry: Entry<Input, Output, Tag>): void {
    if (this.queue.first === undefined && entry.outcome !== 'running') this.judge(entry);
    else this.queue.push(entry);
  }

  private judge(entry: Entry<Input, Output, Tag>): void {
    // It changes nothing, and nobody knows what it saw.
    if (entry.output === undefined && this.model.readOnly?.(entry.input, undefined)) entry.outcome = 'failed';
    if (this.isIllegal || entry.outcome === 'failed') return;
    this.log.push(entry);
    const { decider } = this;
    const judged = decider ? judge(decider, entry) : 'legal';
    if (judged === 'illegal') this.isIllegal = true;
    else if (judged === 'gave up') this.tryNext();
    this.trim();
    entry.begun = true;
  }

  conclude(key: string, deadline: Deadline): StreamedPartition<State, Input, Output, Tag> {
    this.flushHeld(Number.POSITIVE_INFINITY);
    for (const entry of this.queue.items()) if (entry.outcome === 'running') entry.outcome = 'lost';
    this.advance();
    while (!this.isIllegal && this.decider?.end() === 'gave up') this.tryNext();
    const { before, decider } = this;
    const { name: algorithm } = decider ?? (this.gaveUp.at(-1) as OnlineDecider<State, Input, Output>);
    const base = { key, operations: this.operations, algorithm };
    if (!this.isIllegal && decider) return { ...base, verdict: 'legal' };
    const history = inBudget(() => this.recorded(deadline.pulse));
    if (history === undefined) {
      return this.isIllegal ? { ...base, verdict: 'illegal' } : { ...base, verdict: 'unknown', reason: 'out of time' };
    }
    const { recorded, operations } = history;
    if (before === undefined) {
      if (this.isIllegal) return { ...base, verdict: 'illegal', recorded };
      const reason = 'there were too many configurations, and more operations than the window keeps';
      return { ...base, verdict: 'unknown', reason };
    }
    const options = { ...this.options, timeoutMs: deadline.leftMs() };
    const { partitions } = check(startingFrom(this.model, before), operations, options);
    const again = partitions[0] as (typeof partitions)[number];
    const told = { recorded, before, ...(again.violation && { violation: again.violation }) };
    if (this.isIllegal) return { ...base, verdict: 'illegal', ...told };
    return {
      ...base,
      algorithm: again.algorithm,
      verdict: again.verdict,
      ...(again.verdict === 'illegal' && told),
      ...(again.undecided && { reason: `out of ${again.undecided.reason}` }),
    };
  }

  /** What the window keeps, each operation once. @throws OutOfBudget */
  private recorded(pulse: Pulse): {
    readonly recorded: readonly Entry<Input, Output, Tag>[];
    readonly operations: readonly Operation<Input, Output>[];
  } {
    const known = new Set<Entry<Input, Output, Tag>>();
    const recorded: Entry<Input, Output, Tag>[] = [];
    const operations: Operation<Input, Output>[] = [];
    for (let index = 0; index < this.log.length; index++) {
      if ((index & LOOK) === 0) pulse();
      const entry = this.log[index] as Entry<Input, Output, Tag>;
      if (known.has(entry)) continue;
      known.add(entry);
      recorded.push(entry);
      operations.push(plain(entry));
    }
    return { recorded, operations };
  }

  private flushHeld(time: number): void {
    if (time <= this.heldAt) return;
    for (const entry of this.held) this.next(entry);
    this.held.length = 0;
  }

  /** Forgets what came before a certain state; or, where there is none, what the window does not keep. */
  private trim(): void {
    const window = 2 * (this.options.window ?? WINDOW);
    if (!this.isIllegal && (this.log.length & 63) === 0) {
      const state = this.decider?.onlyState;
      if (state !== undefined) {
        this.before = state;
        this.log = [];
      }
    }
    if (this.log.length <= window) return;
    this.before = undefined;
    this.log = this.log.slice(window >> 1);
  }

  /** Begins again, with another algorithm, where the state was last certain. */
  private tryNext(): void {
    this.gaveUp.push(this.decider as OnlineDecider<State, Input, Output>);
    this.decider = this.before === undefined ? undefined : this.nextDecider(this.before);
    if (this.decider === undefined) return;
    for (const entry of this.log) entry.begun = false;
    for (const entry of this.log) {
      const judged = judge(this.decider, entry);
      entry.begun = true;
      if (judged === 'illegal') {
        this.isIllegal = true;
        return;
      }
      if (judged === 'gave up') {
        this.tryNext();
        return;
      }
    }
  }

  private nextDecider(initial: State): OnlineDecider<State, Input, Output> | undefined {
    const { register } = this.model;
    if (register && this.gaveUp.length === 0) return new RegisterStream(register, initial);
    if (this.gaveUp.some((decider) => decider instanceof Frontier)) return undefined;
    return new Frontier(this.model, initial, this.options.configurations ?? CONFIGURATIONS);
  }
}

/** An entry stands for its call at first, for its return afterwards. */
function judge<State, Input, Output, Tag>(
  decider: OnlineDecider<State, Input, Output>,
  entry: Entry<Input, Output, Tag>,
): 'legal' | 'illegal' | 'gave up' {
  if (entry.begun) return decider.return_(entry.slot);
  const slot = decider.call(entry);
  if (slot === 'gave up') return slot;
  entry.slot = slot;
  return 'legal';
}

function plain<Input, Output, Tag>({
  input,
  output,
  call,
  ...entry
}: Entry<Input, Output, Tag>): Operation<Input, Output> {
  return entry.return === undefined
    ? { input, call }
    : { input, call, return: entry.return, ...(output !== undefined && { output }) };
}

/** The same object, found in another state. What is fast may only hold from the model's own first state. */
function startingFrom<State, Input, Output>(
  model: Model<State, Input, Output>,
  init: State,
): Model<State, Input, Output> {
  if (init === model.init) return model;
  const { monitor: _, ...rest } = model;
  return { ...rest, init };
}

/** First in, first out, in constant time. */
class Queue<Item> {
  private list: Item[] = [];
  private head = 0;

  get first(): Item | undefined {
    return this.list[this.head];
  }

  push(item: Item): void {
    this.list.push(item);
  }

  shift(): void {
    this.head++;
    if (this.head < 1024 || 2 * this.head < this.list.length) return;
    this.list = this.list.slice(this.head);
    this.head = 0;
  }

  items(): Item[] {
    return this.list.slice(this.head);
  }
}
