import type { Model } from '../model.js';
import { setMonitor } from '../monitors/set.js';
import type { Scalar } from './cas-register.js';
import { Members } from './members.js';

export type SetInput =
  | { readonly f: 'add' | 'remove' | 'contains'; readonly key?: string; readonly value: Scalar }
  | { readonly f: 'read'; readonly key?: string };

/**
 * `add`, `remove`: whether it changed anything, or null when the set did not tell. `contains`: whether the value is
 * there. `read`: all values, in any order.
 */
export type SetOutput = boolean | null | readonly Scalar[];

/** Sets with add, remove, contains and read of the whole, one a key, empty at first. */
export function set(): Model<Members, SetInput, SetOutput> {
  // Values are numbered as they come, for short states.
  const numbers = new Map<Scalar, number>();
  /** By number: the latest list in which it was met. */
  const met: number[] = [];
  let lists = 0;
  const numberOf = (value: Scalar) => {
    let number = numbers.get(value);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(value, number);
      met.push(0);
    }
    return number;
  };
  /** Whether the list names each member once, and nothing else. */
  const holds = (state: Members, list: readonly Scalar[]) => {
    if (list.length !== state.size) return false;
    lists++;
    for (const value of list) {
      const number = numberOf(value);
      if (met[number] === lists || !state.has(number)) return false;
      met[number] = lists;
    }
    return true;
  };
  return {
    name: 'set',
    init: Members.NONE,
    finite: true,
    step(state, input, output) {
      if (input.f === 'read') {
        if (output === undefined || output === null) return state;
        return Array.isArray(output) && holds(state, output) ? state : undefined;
      }
      const number = numberOf(input.value);
      const answer = output ?? undefined;
      switch (input.f) {
        case 'contains':
          return answer === undefined || answer === state.has(number) ? state : undefined;
        case 'add':
          return answer === undefined || answer === !state.has(number) ? state.with(number) : undefined;
        case 'remove':
          return answer === undefined || answer === state.has(number) ? state.without(number) : undefined;
      }
    },
    hash: (state) => state.hash,
    equals: (left, right) => left.equals(right),
    partition: (input) => input.key ?? '',
    readOnly: (input, output) => input.f === 'contains' || input.f === 'read' || output === false,
    blind: (input, output) => (input.f === 'add' || input.f === 'remove') && (output ?? undefined) === undefined,
    describe(input, output) {
      const call = input.f === 'read' ? 'read()' : `${input.f}(${JSON.stringify(input.value)})`;
      return (output ?? undefined) === undefined ? call : `${call} = ${JSON.stringify(output)}`;
    },
    monitor: setMonitor,
  };
}
