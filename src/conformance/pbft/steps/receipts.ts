import type { Micros } from '../../../kernel/units.js';
import type { StepContext } from './context.js';
import type { StepReplica } from './replica.js';
import { RULES } from './rules.js';

/** Receipts that wait for their sends, at most: a container's trace is read when another's is not. */
const WAITING = 1 << 16;

interface Unsaid {
  readonly listener: StepReplica;
  readonly author: StepReplica;
  readonly digest: number;
  readonly what: string;
  readonly eventNumber: number;
  readonly timeUs: Micros;
  /** What the listener was then, as far as it is kept. */
  readonly before: string;
}

/**
 * Statements that were received, against those that were made: nobody can make one in the name of a correct replica. By
 * whom it came does not matter, nor how often.
 */
export class Receipts {
  private waiting: Unsaid[] = [];

  constructor(private readonly context: StepContext) {}

  said(listener: StepReplica, place: number, digest: number, what: string): void {
    const { context } = this;
    const author = context.at(place);
    if (author === undefined || author.turned || context.sent.has(digest)) return;
    const { eventNumber } = listener;
    const unsaid = {
      listener,
      author,
      digest,
      what,
      eventNumber,
      timeUs: context.reader.timeUs,
      before: listener.describe(),
    };
    if (context.options.inOrder) this.fail(unsaid);
    else this.wait(unsaid);
  }

  private wait(unsaid: Unsaid): void {
    if (this.waiting.length === WAITING) {
      const open = this.waiting.filter(({ author, digest }) => !author.turned && !this.context.sent.has(digest));
      const given = Math.max(0, open.length - WAITING / 2);
      this.context.unobserved += given;
      this.waiting = open.slice(given);
    }
    this.waiting.push(unsaid);
  }

  /** At the end of the trace. */
  settle(): void {
    for (const unsaid of this.waiting) if (!this.context.sent.has(unsaid.digest)) this.fail(unsaid);
  }

  private fail({ listener, author, what, eventNumber, timeUs, before }: Unsaid): void {
    this.context.suspects({
      replica: listener,
      of: [author],
      unlessUnseen: true,
      divergence: {
        rule: RULES.receivedWasSent,
        timeUs,
        eventNumber,
        before,
        allowed: `only what ${author.id} stated, who is correct`,
        did: `received a ${what} of ${author.id} that ${author.id} never sent`,
      },
    });
  }
}
