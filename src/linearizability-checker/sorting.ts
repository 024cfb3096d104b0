import { LOOK, type Pulse } from './deadline.js';

/** What is sorted at once; the pieces are then merged two by two, so that no step takes long. */
const PIECE = 4096;

/**
 * The items in order; equal ones stay as they were. In one pass where they are in order already.
 *
 * @param items may be overwritten
 */
export function sortedBy(
  items: Int32Array<ArrayBuffer>,
  compare: (left: number, right: number) => number,
  pulse: Pulse,
): Int32Array<ArrayBuffer> {
  if (isInOrder(items, compare, pulse)) return items;
  const size = items.length;
  for (let start = 0; start < size; start += PIECE) {
    pulse();
    items.subarray(start, start + PIECE).sort(compare);
  }
  let from = items;
  let to = new Int32Array(size);
  for (let piece = PIECE; piece < size; piece *= 2) {
    for (let start = 0; start < size; start += 2 * piece) {
      let left = start;
      let right = Math.min(start + piece, size);
      const middle = right;
      const end = Math.min(start + 2 * piece, size);
      for (let at = start; at < end; at++) {
        if ((at & LOOK) === 0) pulse();
        const takeLeft = left < middle && (right === end || compare(from[left] as number, from[right] as number) <= 0);
        to[at] = from[takeLeft ? left++ : right++] as number;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

function isInOrder(items: Int32Array, compare: (left: number, right: number) => number, pulse: Pulse): boolean {
  for (let at = 1; at < items.length; at++) {
    if ((at & LOOK) === 0) pulse();
    if (compare(items[at - 1] as number, items[at] as number) > 0) return false;
  }
  return true;
}

/** 0, 1, 2, … */
export function numbers(size: number): Int32Array<ArrayBuffer> {
  const items = new Int32Array(size);
  for (let index = 0; index < size; index++) items[index] = index;
  return items;
}
