import type {
  IsolationLevel,
  MicroOperation,
  Transaction,
  TransactionModel,
} from '../../../../src/checkers/transactions/index.js';
import { Random } from '../../../../src/kernel/random.js';

export interface ExecutionShape {
  readonly model: TransactionModel;
  readonly level: Exclude<IsolationLevel, 'repeatable-read'>;
  readonly transactions: number;
  readonly clients: number;
  readonly keys: number;
  /** Most micro-operations of a transaction. */
  readonly steps: number;
  /** Shares of transactions that abort, and whose client never learns the outcome. */
  readonly aborts: number;
  readonly crashes: number;
}

interface Planned {
  readonly write: boolean;
  readonly key: number;
  readonly value: number;
}

interface Running {
  readonly process: number;
  readonly plan: readonly Planned[];
  readonly invokeUs: number;
  /** Of snapshot isolation, how many commits it sees. */
  readonly snapshot: number;
  readonly done: MicroOperation[];
  readonly own: Map<number, unknown[]>;
  crashed: boolean;
}

/**
 * Carries transactions out on a small store that keeps one isolation level, micro-operation by micro-operation, with
 * clients taking turns at random. Some abort, some go on (or not) after their client has given up, some events share
 * a moment.
 */
export function execute(seed: number, shape: ExecutionShape): Transaction[] {
  const random = new Random(seed);
  const history = new Store(random, shape).run();
  if (shape.level === 'strong-session-serializable') return withShiftedProcesses(random, history);
  if (shape.level === 'serializable') return withShuffledPlaces(random, history);
  return history;
}

/** Changes one answer, or exchanges two, so that the history may or may not be explained by some order. */
export function spoil(seed: number, history: readonly Transaction[]): Transaction[] {
  const random = new Random(seed);
  const reads = history.flatMap(({ outcome, operations }, transaction) =>
    outcome !== 'ok' ? [] : operations.flatMap(([f], step) => (f === 'r' ? [{ transaction, step }] : [])),
  );
  if (reads.length === 0) return [...history];
  const victim = random.pick(reads);
  const answer = (place: typeof victim) => history[place.transaction]?.operations[place.step] as MicroOperation;
  const [f, key, found] = answer(victim);
  const others = reads.map(answer).filter(([, other]) => other === key);
  const values = history.flatMap(({ operations }) =>
    operations.flatMap(([each, other, value]) => (each !== 'r' && other === key ? [value] : [])),
  );
  const registers = history.some(({ operations }) => operations.some(([each]) => each === 'w'));
  const list = registers ? undefined : ((found ?? []) as number[]);
  const changes: readonly (() => MicroOperation[2])[] = [
    () => random.pick(others)[2],
    () => (list ? list.slice(0, -1) : null),
    () => (list ? [...list, random.pick([...values, 99])] : random.pick([...values, 99])),
    () => (list ? random.shuffle(list) : random.pick([...values, null])),
  ];
  const changed: MicroOperation = [f, key, random.pick(changes)() ?? null];
  return history.map((transaction, index) =>
    index !== victim.transaction
      ? transaction
      : {
          ...transaction,
          operations: transaction.operations.map((operation, step) => (step === victim.step ? changed : operation)),
        },
  );
}

class Store {
  /** Every committed state of the keys, oldest first: the values written to each, in order. */
  private readonly states: ReadonlyMap<number, unknown[]>[] = [new Map()];
  private readonly locks = new Map<number, Running>();
  private readonly history: Transaction[] = [];
  private readonly zombies: Running[] = [];
  private now = 0;
  private begun = 0;
  private values = 0;
  private processes: number;

  constructor(
    private readonly random: Random,
    private readonly shape: ExecutionShape,
  ) {
    this.processes = shape.clients;
  }

  run(): Transaction[] {
    const { random, shape } = this;
    const clients = Array.from({ length: shape.clients }, (_, process) => ({
      process,
      running: undefined as Running | undefined,
      finished: undefined as Transaction | undefined,
    }));
    for (;;) {
      if (random.chance(0.6)) this.now++;
      const zombie = this.zombies.length > 0 && random.chance(0.1) ? random.pick(this.zombies) : undefined;
      if (zombie) {
        if (this.step(zombie)) this.zombies.splice(this.zombies.indexOf(zombie), 1);
        continue;
      }
      const open = clients.filter(({ running, finished }) => running ?? finished ?? this.begun < shape.transactions);
      if (open.length === 0) break;
      const client = random.pick(open);
      if (client.finished) {
        // The answer takes its time. Two of one process at the same moment would have no order that anyone could know.
        if (this.now === client.finished.invokeUs) this.now++;
        this.history.push({ ...client.finished, completeUs: this.now });
        client.finished = undefined;
      } else if (!client.running) client.running = this.begin(client.process);
      else if (random.chance(shape.crashes / shape.steps)) {
        client.running.crashed = true;
        if (random.chance(0.5)) this.zombies.push(client.running);
        else this.release(client.running);
        this.record(client.running, 'info');
        client.running = undefined;
        client.process = this.processes++;
      } else {
        const outcome = this.step(client.running);
        if (!outcome) continue;
        if (random.chance(shape.crashes / 2)) {
          client.running.crashed = true;
          this.record(client.running, 'info');
          client.process = this.processes++;
        } else client.finished = this.transaction(client.running, outcome);
        client.running = undefined;
      }
    }
    return random.chance(0.5) ? this.history : random.shuffle(this.history);
  }

  private begin(process: number): Running {
    this.begun++;
    const { random, shape } = this;
    const plan = Array.from({ length: random.int(1, shape.steps) }, () => ({
      write: random.chance(0.5),
      key: random.int(1, shape.keys),
      value: ++this.values,
    }));
    const newest = this.states.length - 1;
    // Generalized snapshot isolation: a snapshot may be old.
    const snapshot = random.chance(0.7) ? newest : random.int(0, newest);
    return { process, plan, invokeUs: this.now, snapshot, done: [], own: new Map(), crashed: false };
  }

  /** One micro-operation, or the end. @returns the outcome at the end */
  private step(running: Running): 'ok' | 'fail' | undefined {
    const { random, shape } = this;
    const atOnce =
      shape.level === 'strict-serializable' ||
      shape.level === 'serializable' ||
      shape.level === 'strong-session-serializable';
    if (!atOnce && running.done.length < running.plan.length) {
      if (this.perform(running)) return undefined;
      this.release(running);
      return 'fail';
    }
    if (random.chance(shape.aborts)) {
      this.release(running);
      return 'fail';
    }
    while (running.done.length < running.plan.length) this.perform(running);
    if (shape.level === 'snapshot-isolation' && this.conflicts(running)) return 'fail';
    const newest = new Map(this.newest());
    for (const [key, own] of running.own) newest.set(key, [...(newest.get(key) ?? []), ...own]);
    this.states.push(newest);
    this.release(running);
    return 'ok';
  }

  /** @returns false when another transaction holds the lock: this one must abort */
  private perform(running: Running): boolean {
    const { level, model } = this.shape;
    const { write, key, value } = running.plan[running.done.length] as Planned;
    const own = running.own.get(key) ?? [];
    const locking = level === 'read-committed' || level === 'read-uncommitted';
    if (write) {
      const holder = this.locks.get(key);
      if (locking && holder && holder !== running) return false;
      if (locking) this.locks.set(key, running);
      running.own.set(key, [...own, value]);
      running.done.push([model === 'list-append' ? 'append' : 'w', key, value]);
      return true;
    }
    const state = level === 'snapshot-isolation' ? this.states[running.snapshot] : this.newest();
    const dirty = level === 'read-uncommitted' ? (this.locks.get(key)?.own.get(key) ?? []) : own;
    const values = [...(state?.get(key) ?? []), ...dirty];
    const found =
      model === 'list-append'
        ? values.length === 0 && this.random.chance(0.5)
          ? null
          : values
        : (values.at(-1) ?? null);
    running.done.push(['r', key, found as MicroOperation[2]]);
    return true;
  }

  private newest(): ReadonlyMap<number, unknown[]> {
    return this.states.at(-1) as ReadonlyMap<number, unknown[]>;
  }

  /** First committer wins. */
  private conflicts({ own, snapshot }: Running): boolean {
    return [...own.keys()].some(
      (key) => (this.states[snapshot]?.get(key)?.length ?? 0) !== (this.newest().get(key)?.length ?? 0),
    );
  }

  private release(running: Running): void {
    for (const [key, holder] of this.locks) if (holder === running) this.locks.delete(key);
  }

  private record(running: Running, outcome: 'info'): void {
    this.history.push(this.transaction(running, outcome));
  }

  /** As its client knows it: of what did not commit, only what was asked. */
  private transaction({ process, invokeUs, plan, done }: Running, outcome: Transaction['outcome']): Transaction {
    if (outcome === 'ok') return { process, operations: [...done], outcome, invokeUs };
    const write = this.shape.model === 'list-append' ? 'append' : 'w';
    const asked = plan.map(
      (step): MicroOperation => (step.write ? [write, step.key, step.value] : ['r', step.key, null]),
    );
    return { process, operations: asked, outcome, invokeUs };
  }
}

/** Processes keep their order, but their clocks have nothing to do with each other. */
function withShiftedProcesses(random: Random, history: readonly Transaction[]): Transaction[] {
  const shifts = new Map<number, number>();
  return history.map((transaction) => {
    const { process, invokeUs, completeUs } = transaction;
    const shift = shifts.get(process) ?? random.int(0, 30);
    shifts.set(process, shift);
    return {
      ...transaction,
      invokeUs: invokeUs + shift,
      ...(completeUs !== undefined && { completeUs: completeUs + shift }),
    };
  });
}

/** Who ran what and when is dealt out anew among the transactions whose end is known. */
function withShuffledPlaces(random: Random, history: readonly Transaction[]): Transaction[] {
  const places = random.shuffle(history.filter(({ outcome }) => outcome !== 'info'));
  let next = 0;
  return history.map((transaction) => {
    if (transaction.outcome === 'info') return transaction;
    const { process, invokeUs, completeUs } = places[next++] as Transaction;
    return { ...transaction, process, invokeUs, ...(completeUs !== undefined && { completeUs }) };
  });
}
