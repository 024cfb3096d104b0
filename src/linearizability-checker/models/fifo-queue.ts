import type { Model } from '../model.js';
import { queueMonitor } from '../monitors/queue.js';
import type { Scalar } from './cas-register.js';
import { hashScalar } from './hash-scalar.js';

/**
 * `null` is how a dequeue answers that the queue was empty, so a `null` that is enqueued can only be removed by a
 * dequeue that never returned.
 */
export type QueueInput =
  | { readonly f: 'enqueue'; readonly key?: string; readonly value: Scalar }
  | { readonly f: 'dequeue'; readonly key?: string };

/** The value that a dequeue removed, or `null`: the queue was empty. Nothing of interest for an enqueue. */
export type QueueOutput = Scalar;

/** First-in-first-out queues, one a key, empty at first. A dequeue of an empty queue changes nothing. */
export function fifoQueue(): Model<Queue, QueueInput, QueueOutput> {
  return {
    name: 'fifo-queue',
    init: EMPTY,
    step(state, input, output) {
      if (input.f === 'enqueue') return enqueue(state, input.value);
      if (output === null) return state.front === undefined ? state : undefined;
      if (state.front === undefined) return output === undefined ? state : undefined;
      return output === undefined || output === state.front.value ? dequeue(state, state.front) : undefined;
    },
    hash: (state) => state.hash,
    equals: equalQueues,
    partition: (input) => input.key ?? '',
    readOnly: (input, output) => input.f === 'dequeue' && output === null,
    describe: (input, output) =>
      input.f === 'enqueue'
        ? `enqueue(${JSON.stringify(input.value)})`
        : `dequeue() = ${output === null ? 'empty' : (JSON.stringify(output) ?? '?')}`,
    monitor: queueMonitor,
    answersKept: true,
  };
}

interface Link {
  readonly value: Scalar;
  readonly next: Link | undefined;
}

/** Persistent: two lists, so that both ends are near, and a hash that is kept up to date at both ends. */
interface Queue {
  readonly size: number;
  /** Oldest first. `undefined` only when the queue is empty. */
  readonly front: Link | undefined;
  /** What was enqueued after those in front, newest first. */
  readonly back: Link | undefined;
  /** A polynomial in {@link BASE}, modulo 2³², whose highest coefficient is of the oldest value. */
  readonly hash: number;
  /** BASE to the power of the size. */
  readonly power: number;
}

const BASE = 0x2c1b_3c6d;
/** BASE · INVERSE = 1 modulo 2³². */
const INVERSE = 0x64ea_2d65;
const EMPTY: Queue = { size: 0, front: undefined, back: undefined, hash: 0, power: 1 };

function enqueue(queue: Queue, value: Scalar): Queue {
  const { size, front, back } = queue;
  return {
    size: size + 1,
    front: front ?? { value, next: undefined },
    back: front === undefined ? undefined : { value, next: back },
    hash: (Math.imul(queue.hash, BASE) + hashScalar(value)) | 0,
    power: Math.imul(queue.power, BASE),
  };
}

function dequeue(queue: Queue, oldest: Link): Queue {
  const power = Math.imul(queue.power, INVERSE);
  let front = oldest.next;
  let { back } = queue;
  if (front === undefined) {
    for (; back !== undefined; back = back.next) front = { value: back.value, next: front };
  }
  return {
    size: queue.size - 1,
    front,
    back,
    hash: (queue.hash - Math.imul(hashScalar(oldest.value), power)) | 0,
    power,
  };
}

function equalQueues(left: Queue, right: Queue): boolean {
  if (left.size !== right.size) return false;
  let [one, other] = [left.front, right.front];
  while (one !== other && one !== undefined && other !== undefined) {
    if (one.value !== other.value) return false;
    one = one.next;
    other = other.next;
  }
  if (one !== other) {
    // Split at different places.
    const values = valuesOf(right);
    return valuesOf(left).every((value, index) => value === values[index]);
  }
  [one, other] = [left.back, right.back];
  while (one !== other && one !== undefined && other !== undefined) {
    if (one.value !== other.value) return false;
    one = one.next;
    other = other.next;
  }
  return one === other;
}

/** Oldest first. */
function valuesOf({ front, back }: Queue): Scalar[] {
  const values: Scalar[] = [];
  for (let link = front; link !== undefined; link = link.next) values.push(link.value);
  const newest: Scalar[] = [];
  for (let link = back; link !== undefined; link = link.next) newest.push(link.value);
  return [...values, ...newest.reverse()];
}
