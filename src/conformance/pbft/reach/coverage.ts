import type { PbftStep } from '../../../history/pbft-trace.js';
import type { CoverageClass, Reached } from '../../../plugin/coverage.js';
import { NULL_DIGEST } from '../message.js';
import type { StepReplica } from '../steps/replica.js';
import { CLASSES, type ClassKey } from './classes.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** What a trace came upon: a number a class. A verdict means little about what none of a campaign's runs came upon. */
export class PbftCoverage {
  readonly times = Object.fromEntries(Object.keys(CLASSES).map((key) => [key, 0])) as Record<ClassKey, number>;

  /** A pre-prepare of a new view's O is accepted. */
  carries(digest: string, isUnknown: boolean): void {
    if (digest === NULL_DIGEST) this.times.nullAccepted++;
    else this.times.carried++;
    if (isUnknown) this.times.batchMissing++;
  }

  /** Before the replica changes. */
  startsViewChange({ active }: StepReplica, joins: boolean): void {
    this.times.viewChangeStarted++;
    if (!active) this.times.newViewAfterNewView++;
    if (joins) this.times.joined++;
  }

  /** Before the replica changes. */
  entersView(replica: StepReplica, { view, stable, proposals }: Step<'EnterView'>): void {
    this.times.viewChanged++;
    if (replica.active || replica.view < view) this.times.enteredUnasked++;
    if (stable > replica.executed) this.times.beganBeyond++;
    for (const { sequence, digest } of proposals) {
      const accepted = replica.slots.get(sequence)?.accepted;
      if (accepted !== undefined && accepted.digest !== digest) this.times.carriedConflict++;
    }
  }

  restarts({ active, slots }: Step<'InitReplica'>): void {
    this.times.restarted++;
    if (!active) this.times.restartWaiting++;
    if (slots.some(({ prepared }) => prepared !== null)) this.times.restartPrepared++;
  }

  conclude(): Reached[] {
    const listed: [string, CoverageClass][] = Object.entries(CLASSES);
    return listed.map(([key, told]) => ({ ...told, times: this.times[key as ClassKey] }));
  }
}
