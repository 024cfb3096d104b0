import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { SetInput, SetOutput } from '../models/set.js';
import { growingSetMonitor } from './growing-set.js';
import { decideTwoState, type TwoStateDecision } from './two-state.js';
import { FLIPS, IDLE, MAY_SET, REFUSED, SEES, SETS } from './two-state-kinds.js';

const ALGORITHM = 'set monitor';

/** So many observations of single elements may be made of the reads of the whole set, when nothing else decides. */
const OBSERVATIONS = 1 << 24;

/**
 * Decides sets. Without reads of the whole set, elements cannot influence one another: each is an object of two
 * states. With them: sets that only grow are decided by {@link growingSetMonitor}; of others, each element is looked
 * at by itself, with every read as an observation of this element. If that is illegal, so is the whole; if not, that
 * proves nothing, and the answer is `undefined`.
 */
export function setMonitor(history: MonitoredHistory<SetInput, SetOutput>): MonitorResult | undefined {
  const { size, inputs, outputs, returnRank } = history;
  const grown = growingSetMonitor(history);
  if (grown) return grown;
  const numbers = new Map<Scalar, number>();
  const kinds = new Uint8Array(size);
  const objects = new Int32Array(size);
  const reads: number[] = [];
  for (let op = 0; op < size; op++) {
    const input = inputs[op] as SetInput;
    kinds[op] = IDLE;
    if (input.f === 'read') {
      if (returnRank[op] !== NEVER && Array.isArray(outputs[op])) reads.push(op);
      else if (returnRank[op] !== NEVER && (outputs[op] ?? undefined) !== undefined) return illegal([op]);
      continue;
    }
    let number = numbers.get(input.value);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(input.value, number);
    }
    objects[op] = number;
    kinds[op] = kindOf(input.f, outputs[op], returnRank[op] === NEVER);
  }
  const alone = { ...history, kinds, objects, objectCount: Math.max(1, numbers.size) };
  if (reads.length === 0) return named(decideTwoState(alone));
  return eachElement(alone, numbers, reads, outputs);
}

function kindOf(f: 'add' | 'remove' | 'contains', output: SetOutput | undefined, crashed: boolean): number {
  if (f === 'contains') return typeof output === 'boolean' ? SEES | Number(output) : IDLE;
  const present = f === 'add' ? 1 : 0;
  if (crashed) return MAY_SET | present;
  return (output === true ? FLIPS : output === false ? REFUSED : SETS) | present;
}

/** Looks for an element whose operations and observations contradict each other. */
function eachElement(
  history: Parameters<typeof decideTwoState>[0],
  numbers: ReadonlyMap<Scalar, number>,
  reads: readonly number[],
  outputs: readonly (SetOutput | undefined)[],
): MonitorResult | undefined {
  const found: Set<number>[] = [];
  for (const read of reads) {
    const list = outputs[read] as readonly Scalar[];
    const elements = new Set<number>();
    for (const value of list) {
      const number = numbers.get(value);
      // A value that nobody added, or one that is there twice.
      if (number === undefined || elements.has(number)) return illegal([read]);
      elements.add(number);
    }
    found.push(elements);
  }
  if (reads.length * numbers.size > OBSERVATIONS) return undefined;
  const members: number[][] = Array.from({ length: numbers.size }, () => []);
  for (let op = 0; op < history.size; op++) {
    if (history.kinds[op] !== IDLE) members[history.objects[op] as number]?.push(op);
  }
  for (let element = 0; element < numbers.size; element++) {
    const ops = Int32Array.from([...(members[element] as number[]), ...reads]);
    const kinds = new Uint8Array(ops.length);
    const own = ops.length - reads.length;
    for (let index = 0; index < ops.length; index++) {
      const read = index - own;
      kinds[index] =
        read < 0 ? (history.kinds[ops[index] as number] as number) : SEES | Number(found[read]?.has(element));
    }
    const decision = decideTwoState({
      size: ops.length,
      callRank: ops.map((op) => history.callRank[op] as number),
      returnRank: ops.map((op) => history.returnRank[op] as number),
      kinds,
      objects: new Int32Array(ops.length),
      objectCount: 1,
      pulse: history.pulse,
    });
    if (decision?.verdict === 'illegal') return illegal(decision.core.map((index) => ops[index] as number));
  }
  return undefined;
}

function illegal(core: readonly number[]): MonitorResult {
  return { verdict: 'illegal', algorithm: ALGORITHM, core };
}

function named(decision: TwoStateDecision | undefined): MonitorResult | undefined {
  return decision && { ...decision, algorithm: ALGORITHM };
}
