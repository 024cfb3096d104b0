import type { ViolatingStep } from '../../spec/explorer.js';
import type { ActionCoverage } from '../../spec/findings.js';
import type { PortableStates } from '../../spec/portable-states.js';
import type { Model } from './model.js';

/** What a worker is started with. */
export interface WorkerSettings {
  readonly model: Model;
  readonly symmetry: boolean;
  /** Of each worker: see {@link FIGURES}. */
  readonly figures: SharedArrayBuffer;
  readonly index: number;
  /** One word, which is not 0 once all are to pause. */
  readonly stop: SharedArrayBuffer;
}

/** What a worker leaves in shared memory while it works, for a live line and for limits. */
export const FIGURES = { distinct: 0, generated: 1, open: 2, found: 3, count: 4 } as const;

export type Request =
  | {
      readonly kind: 'work';
      /** Of all visited states; another one after it has grown. */
      readonly visited: SharedArrayBuffer;
      /** How many states may be found before the memory is looked at. */
      readonly room: number;
    }
  /** Takes one part of so many of the visited states over into larger memory. */
  | {
      readonly kind: 'grow';
      readonly from: SharedArrayBuffer;
      readonly to: SharedArrayBuffer;
      readonly part: number;
      readonly parts: number;
    }
  /** Begins with the initial state. */
  | { readonly kind: 'begin'; readonly visited: SharedArrayBuffer }
  /** Turns to the next level. */
  | { readonly kind: 'next-level' }
  | { readonly kind: 'give'; readonly count: number }
  | { readonly kind: 'receive'; readonly states: PortableStates };

/** Each request has one answer. */
export interface Answer {
  /** States of this level that were not looked into, and states of the next. */
  readonly open: number;
  readonly found: number;
  readonly distinct: number;
  readonly generated: number;
  readonly coverage: readonly ActionCoverage[];
  readonly violated?: ViolatingStep;
  /** Only of `give`. */
  readonly given?: PortableStates;
  /** What was thrown; nothing else counts then. */
  readonly error?: { readonly message: string; readonly tooWide: boolean };
}
