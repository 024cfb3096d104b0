import type { PartitionResult } from '../linearizability-checker/index.js';
import type { Columns } from './columns.js';
import type { ModelSource } from './model-source.js';

/** What a worker is started with. */
export interface WorkerSettings {
  readonly source: ModelSource;
  /** What its searches may hold together. */
  readonly memoryBytes: number;
  /** Whether a violation is to be explained. */
  readonly explain: boolean;
}

/** What a worker is asked for. */
export type Request =
  | {
      readonly kind: 'check';
      readonly partition: number;
      /** Absent when the worker goes on with what it began. */
      readonly columns?: Columns;
      /** How many configurations more each algorithm may visit. */
      readonly configurations: number;
      /** On the axis of {@link monotonicMs}. */
      readonly endMs: number;
    }
  /** Another worker has it. */
  | { readonly kind: 'forget'; readonly partition: number };

/** What it answers to a `check`; the numbers in results are indices into the operations of the partition. */
export type Answer =
  /** An explanation follows; that it is illegal is known already. */
  | { readonly kind: 'violated'; readonly result: PartitionResult }
  | { readonly kind: 'done' | 'paused'; readonly result: PartitionResult }
  | { readonly kind: 'failed'; readonly error: unknown };

/** A clock that all threads of a process share, in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
