import type { Worker } from 'node:worker_threads';
import { FIRST_ROUND } from '../linearizability-checker/check.js';
import type { Operation, PartitionResult } from '../linearizability-checker/index.js';
import { type Answer, monotonicMs, type Request } from './messages.js';

/** A partition to decide. */
export interface Job {
  /** Where it stands in the result. */
  readonly partition: number;
  readonly key: string;
  readonly operations: readonly Operation<unknown, unknown>[];
  /** The latest that is known; its numbers are indices into {@link operations}. */
  result?: PartitionResult;
  state: 'waiting' | 'running' | 'ended';
  /** How often it was paused: the later, the longer a round. */
  rounds: number;
  /** The worker that began it and can go on with it. */
  owner: Hand | undefined;
  outOfMemory?: boolean;
}

/** A worker, and what it is at. */
interface Hand {
  readonly worker: Worker;
  job: Job | undefined;
}

export interface CrewOptions {
  readonly size: number;
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
/** What `setTimeout` can count to. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Workers that decide partitions until all are decided, one is illegal, or the time is over. Partitions take turns,
 * so that hard ones do not keep an easy violation from being found; one that is paused stays with its worker, unless
 * another has nothing else to do: that one begins it anew.
 */
export class Crew {
  private readonly hands = new Set<Hand>();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly ended: Promise<void>;
  private resolve: () => void = () => {};
  private reject: (error: unknown) => void = () => {};
  private over = false;

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
    for (let index = 0; index < Math.min(this.options.size, this.jobs.length); index++) this.hire();
    return this.ended;
  }

  private hire(): void {
    this.attempt(() => {
      const hand: Hand = { worker: this.options.start(), job: undefined };
      this.hands.add(hand);
      hand.worker.on('message', (answer: Answer) => this.attempt(() => this.receive(hand, answer)));
      hand.worker.on('messageerror', (error) => this.fail(hand.job, error));
      hand.worker.on('error', (error) => this.attempt(() => this.lose(hand, error)));
      hand.worker.on('exit', (code) => {
        if (this.hands.delete(hand))
          this.fail(hand.job, new Error(`the worker ended by itself, with exit code ${code}`));
      });
      this.employ(hand);
    });
  }

  /** Gives a free worker something to do. */
  private employ(hand: Hand): void {
    const job = this.next(hand);
    if (job === undefined) {
      if (!this.jobs.some(({ state }) => state === 'running')) this.finish();
      return;
    }
    const begun = job.owner === hand;
    if (!begun && job.owner) this.tell(job.owner, { kind: 'forget', partition: job.partition });
    job.owner = hand;
    job.state = 'running';
    hand.job = job;
    this.tell(hand, {
      kind: 'check',
      partition: job.partition,
      ...(!begun && { operations: job.operations }),
      configurations: FIRST_ROUND * GROWTH ** (job.rounds + 1),
      endMs: this.options.endMs,
    });
  }

  /** Rounds are short at first; of partitions with as many rounds behind them the larger come first. */
  private next(hand: Hand): Job | undefined {
    const waiting = this.jobs.filter(({ state }) => state === 'waiting');
    const own = waiting.filter(({ owner }) => owner === undefined || owner === hand);
    return (own.length > 0 ? own : waiting).reduce<Job | undefined>(
      (best, job) =>
        best === undefined ||
        job.rounds < best.rounds ||
        (job.rounds === best.rounds && job.operations.length > best.operations.length)
          ? job
          : best,
      undefined,
    );
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
        for (const other of this.hands) if (other !== hand) this.dismiss(other);
        return;
      case 'paused':
      case 'done':
        job.result = answer.result;
        job.rounds++;
        job.state = answer.kind === 'done' ? 'ended' : 'waiting';
        hand.job = undefined;
        if (answer.result.verdict === 'illegal') this.finish();
        else this.employ(hand);
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
    if (job) {
      job.state = 'ended';
      job.outOfMemory = true;
    }
    for (const other of this.jobs) if (other.owner === hand) other.owner = undefined;
    this.hire();
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
    worker.postMessage(request);
  }

  private dismiss(hand: Hand): void {
    this.hands.delete(hand);
    void hand.worker.terminate();
  }

  private finish(error?: unknown): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    for (const hand of this.hands) this.dismiss(hand);
    if (error === undefined) this.resolve();
    else this.reject(error);
  }
}
