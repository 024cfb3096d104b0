import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { FIRST_ROUND, type Turn } from '../linearizability-checker/check.js';
import type { PartitionResult } from '../linearizability-checker/index.js';
import type { Columns } from './columns.js';
import { type Answer, monotonicMs, type Request } from './messages.js';

/** A partition to decide. */
export interface Job {
  /** Where it stands in the result. */
  readonly partition: number;
  readonly key: string;
  readonly size: number;
  /** Its operations, for a worker. */
  readonly columns: () => Columns;
  /** Whether this thread has begun it, before there was a crew. */
  readonly begunHere: boolean;
  /** The latest that a worker told; its numbers are indices into the operations of the partition. */
  result?: PartitionResult;
  ended: boolean;
  /** Who has begun it and can go on with it, and after how many rounds each paused: the later, the longer a round. */
  readonly rounds: Map<Hand, number>;
  outOfMemory?: boolean;
}

/** A worker or this thread, and what it is at. */
interface Hand {
  /** Absent for this thread. */
  readonly worker: Worker | undefined;
  job: Job | undefined;
}

/** What this thread does of the work: the same, without messages. */
export interface Here {
  readonly overdue: boolean;
  allow(partition: number, configurations: number): void;
  /** Goes on with a partition, for about so many configurations. */
  turn(partition: number, configurations: number): Turn;
  forget(partition: number): void;
}

export interface CrewOptions {
  /** How many work, this thread included if it does. */
  readonly size: number;
  /** Absent where this thread must not run the model. */
  readonly here?: Here;
  readonly start: () => Worker;
  /** On the axis of {@link monotonicMs}: what is left then stays undecided. */
  readonly endMs: number;
  /** How long after it workers are left to stop by themselves. */
  readonly graceMs: number;
  /** For messages. */
  readonly model: string;
}

/** As in `check`, the budgets of a partition grow from round to round. */
const GROWTH = 4;
/** A job that nobody has tried in earnest comes after so many rounds of one's own jobs; last those of which another did the first. */
const BEGIN = 3.5;
const BEGIN_ANEW = 3.6;
/** How much of a round this thread does before it looks for messages. */
const SLICE = 10_000;
/** What `setTimeout` can count to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Workers, and this thread, that decide partitions until all are decided, one is illegal, or the time is over.
 * Partitions take turns, so that hard ones do not keep an easy violation from being found; one that is paused stays
 * with whom began it, unless another has nothing else to do: that one begins it anew.
 *
 * This thread works too, for it has the history and its code is warm; between slices it looks for messages.
 */
export class Crew {
  private readonly hands = new Set<Hand>();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly ended: Promise<void>;
  private resolve: () => void = () => {};
  private reject: (error: unknown) => void = () => {};
  private over = false;
  /** A violation is known: what is still done is to explain it. */
  private violated = false;
  /** Calls this thread, when it has nothing to do, back to work. */
  private wake: () => void = () => {};

  constructor(
    private readonly jobs: readonly Job[],
    private readonly options: CrewOptions,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    const leftMs = options.endMs + options.graceMs - monotonicMs();
    if (leftMs < LONGEST_TIMER_MS) this.timer = setTimeout(() => this.finish(), Math.max(0, leftMs));
  }

  /** Leaves the results with the jobs. @throws Error what a worker threw, naming model and key */
  run(): Promise<void> {
    const { here, size } = this.options;
    const me: Hand | undefined = here && { worker: undefined, job: undefined };
    if (me) for (const job of this.jobs) if (job.begunHere) job.rounds.set(me, 0);
    if (me) this.hands.add(me);
    while (this.hands.size < Math.min(size, this.jobs.length)) this.hire();
    for (const hand of [...this.hands]) if (hand.worker) this.attempt(() => this.employ(hand));
    if (here && me) this.help(here, me).catch((error: unknown) => this.finish(error));
    return this.ended;
  }

  /** This thread's part of the work. */
  private async help(here: Here, hand: Hand): Promise<void> {
    while (!this.over && !this.violated) {
      const job = this.take(hand)?.job;
      if (job === undefined) {
        if (this.idle) this.finish();
        else {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        }
        continue;
      }
      here.allow(job.partition, budgetOf(hand, job));
      let outcome: Turn = 'going';
      while (outcome === 'going' && !job.ended && !here.overdue) {
        outcome = here.turn(job.partition, SLICE);
        await setImmediate();
        if (this.over || this.violated) return;
      }
      if (outcome === 'illegal') this.finish();
      else this.pause(hand, job, !job.ended && (outcome === 'legal' || outcome === 'unknown'));
    }
  }

  /** A worker that loads its program, and waits for something to do. */
  private hire(): Hand {
    const worker = this.options.start();
    const hand: Hand = { worker, job: undefined };
    this.hands.add(hand);
    worker.on('message', (answer: Answer) => this.attempt(() => this.receive(hand, answer)));
    worker.on('messageerror', (error) => this.fail(hand.job, error));
    worker.on('error', (error) => this.attempt(() => this.lose(hand, error)));
    worker.on('exit', (code) => {
      if (this.hands.delete(hand)) this.fail(hand.job, new Error(`the worker ended by itself, with exit code ${code}`));
    });
    return hand;
  }

  /** Gives a free worker something to do. */
  private employ(hand: Hand): void {
    const taken = this.take(hand);
    if (taken === undefined) {
      if (this.idle) this.finish();
      return;
    }
    const { job, begun } = taken;
    this.tell(hand, {
      kind: 'check',
      partition: job.partition,
      ...(!begun && { columns: job.columns() }),
      configurations: budgetOf(hand, job),
      endMs: this.options.endMs,
    });
  }

  /** What is to be done next, and whether this one has begun it already. */
  private take(hand: Hand): { readonly job: Job; readonly begun: boolean } | undefined {
    if (monotonicMs() >= this.options.endMs) return undefined;
    const job = this.next(hand);
    if (job === undefined) return undefined;
    const begun = job.rounds.has(hand);
    if (!begun) job.rounds.set(hand, 0);
    hand.job = job;
    return { job, begun };
  }

  /**
   * Every job has a short first round soon, by whoever is free, lest an easy violation wait. After that a job belongs
   * to who tries it in earnest, and is begun only after a few rounds of one's own: who is fast takes more, and little
   * is done twice. Who has nothing left goes on with what another has taken over, or takes over what another paused.
   */
  private next(hand: Hand): Job | undefined {
    const running = new Set([...this.hands].map(({ job }) => job));
    const open = this.jobs.filter(({ ended }) => !ended);
    const idle = open.filter((job) => !running.has(job));
    const mine = open.filter(({ rounds }) => rounds.has(hand));
    return (
      largest(idle.filter(({ rounds }) => rounds.size === 0)) ??
      leastTried(
        hand,
        idle.filter((job) => job.rounds.has(hand) || !isClaimed(job)),
      ) ??
      leastTried(hand, mine) ??
      leastTried(hand, idle)
    );
  }

  /** A hand stops for now, or for good. */
  private pause(hand: Hand, job: Job, ended: boolean): void {
    hand.job = undefined;
    job.rounds.set(hand, roundsOf(hand, job) + 1);
    if (ended) this.end(job, hand);
  }

  private end(job: Job, by: Hand): void {
    job.ended = true;
    const { partition } = job;
    for (const hand of job.rounds.keys()) {
      if (hand === by) continue;
      if (hand.worker) this.tell(hand, { kind: 'forget', partition });
      else this.options.here?.forget(partition);
    }
  }

  private get idle(): boolean {
    return [...this.hands].every(({ job }) => job === undefined || job.ended);
  }

  private receive(hand: Hand, answer: Answer): void {
    const { job } = hand;
    if (this.over || job === undefined) return;
    switch (answer.kind) {
      case 'failed':
        this.fail(job, answer.error);
        return;
      case 'violated':
        job.result = answer.result;
        this.violated = true;
        for (const other of this.hands) if (other !== hand) this.dismiss(other);
        return;
      case 'paused':
      case 'done':
        if (!job.ended) job.result = answer.result;
        this.pause(hand, job, answer.kind === 'done' && !job.ended);
        if (answer.result.verdict === 'illegal') this.finish();
        else {
          this.employ(hand);
          this.wake();
        }
    }
  }

  private lose(hand: Hand, error: Error & { readonly code?: string }): void {
    const { job } = hand;
    this.hands.delete(hand);
    if (this.over) return;
    if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') {
      this.fail(job, error);
      return;
    }
    if (job?.result?.verdict === 'illegal') {
      // It was explaining.
      this.finish();
      return;
    }
    for (const { rounds } of this.jobs) rounds.delete(hand);
    if (job && !job.ended) {
      job.outOfMemory = true;
      this.end(job, hand);
    }
    this.employ(this.hire());
    this.wake();
  }

  private fail(job: Job | undefined, error: unknown): void {
    const what = `model "${this.options.model}"${job ? `, key ${JSON.stringify(job.key)}` : ''}`;
    const message = error instanceof Error ? error.message : String(error);
    this.finish(new Error(`${what}: ${message}`, { cause: error }));
  }

  /** A listener that throws would end the process. */
  private attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.finish(error);
    }
  }

  private tell({ worker }: Hand, request: Request): void {
    worker?.postMessage(request);
  }

  private dismiss(hand: Hand): void {
    this.hands.delete(hand);
    void hand.worker?.terminate();
  }

  private finish(error?: unknown): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    for (const hand of this.hands) this.dismiss(hand);
    this.wake();
    if (error === undefined) this.resolve();
    else this.reject(error);
  }
}

function largest(jobs: readonly Job[]): Job | undefined {
  return jobs.reduce<Job | undefined>(
    (best, job) => (best === undefined || job.size > best.size ? job : best),
    undefined,
  );
}

/** Of several that are as much tried the larger. */
function leastTried(hand: Hand, jobs: readonly Job[]): Job | undefined {
  const tried = (job: Job) => (isClaimed(job) ? roundsOf(hand, job) : roundsOf(hand, job) > 0 ? BEGIN : BEGIN_ANEW);
  const least = Math.min(...jobs.map(tried));
  return largest(jobs.filter((job) => tried(job) === least));
}

/** Whether somebody has more than a first round behind it. */
function isClaimed({ rounds }: Job): boolean {
  return [...rounds.values()].some((count) => count > 1);
}

/** As in `check`, rounds grow. */
function budgetOf(hand: Hand, job: Job): number {
  return FIRST_ROUND * GROWTH ** roundsOf(hand, job);
}

function roundsOf(hand: Hand, { rounds }: Job): number {
  return rounds.get(hand) ?? 0;
}
