import { parentPort, workerData } from 'node:worker_threads';
import { MemoryBudget } from '../linearizability-checker/budget.js';
import { Checking } from '../linearizability-checker/check.js';
import type { PartitionResult } from '../linearizability-checker/index.js';
import { operationsIn } from './columns.js';
import { type Answer, monotonicMs, type Request, type WorkerSettings } from './messages.js';
import { type AnyModel, modelFrom } from './model-source.js';

const { source, memoryBytes, explain } = workerData as WorkerSettings;
const whole = new MemoryBudget(memoryBytes);
/** Partitions that were begun and are not decided. */
const tasks = new Map<number, Checking<unknown, unknown, unknown>>();
let model: AnyModel | undefined;
let busy = Promise.resolve();

parentPort?.on('message', (request: Request) => {
  busy = busy.then(() => (request.kind === 'check' ? handle(request) : forget(request.partition)));
});

async function handle(request: Request & { readonly kind: 'check' }): Promise<void> {
  try {
    model ??= onePartition(await modelFrom(source));
    work(model, request);
  } catch (error) {
    answer({ kind: 'failed', error: sendable(error) });
  }
}

function work(of: AnyModel, { partition, columns, configurations, endMs }: Request & { readonly kind: 'check' }): void {
  let checking = tasks.get(partition);
  if (checking === undefined) {
    const operations = columns ? operationsIn(columns) : [];
    checking = new Checking(of, operations, { timeoutMs: Math.max(0, endMs - monotonicMs()) }, whole);
    tasks.set(partition, checking);
  }
  checking.round(configurations);
  const result = resultOf(checking, 0);
  if (checking.open.length > 0 && !checking.overdue) {
    answer({ kind: 'paused', result });
    return;
  }
  if (result.verdict === 'illegal' && explain) answer({ kind: 'violated', result });
  answer({ kind: 'done', result: result.verdict === 'illegal' && explain ? resultOf(checking, 1) : result });
  forget(partition);
}

function forget(partition: number): void {
  tasks.get(partition)?.forget(0);
  tasks.delete(partition);
}

/** The main thread has partitioned, by its own model. */
function onePartition(made: AnyModel): AnyModel {
  return Object.create(made, { partition: { value: undefined } }) as AnyModel;
}

/** Without the state, which may be anything, and which the main thread can find by itself. */
function resultOf(checking: Checking<unknown, unknown, unknown>, explanations: number): PartitionResult {
  const result = checking.result(explanations).partitions[0] as PartitionResult;
  if (result.violation === undefined) return result;
  const { prefixState: _, ...violation } = result.violation;
  return { ...result, violation };
}

function answer(message: Answer): void {
  parentPort?.postMessage(message);
}

/** A user's error may hold what cannot be sent. */
function sendable(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return new Error(error instanceof Error ? error.message : String(error));
  }
}
