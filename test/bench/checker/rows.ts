import {
  appendList,
  casRegister,
  counter,
  fifoQueue,
  keyValue,
  mutex,
  set,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { keyValues, registers } from '../../support/history-families/cells.js';
import { counters } from '../../support/history-families/counters.js';
import { lists } from '../../support/history-families/lists.js';
import { mutexes } from '../../support/history-families/mutexes.js';
import { queues, stacks } from '../../support/history-families/queues.js';
import { sets } from '../../support/history-families/sets.js';
import type { Shape } from '../../support/history-families/shape.js';
import { publishedRows } from './published.js';
import { type Limit, type Row, row } from './row.js';

const CLIENTS = [5, 20, 50];
const OVERLAPS = ['light', 'heavy'] as const;

/** The issue, figure 2. */
const UNIQUE_MILLION: Limit = { ms: 800, megabytes: 600 };
/** The issue, figure 4: Porcupine's times, by number of keys. */
const KEY_VALUE_MS = { 10: 260, 100: 151, 1000: 210 };

/** The issue, figure 5. */
const MILLION_MS = 3000;

/** Every family of the notes, and a few more. */
export function rows(): Row[] {
  return [
    ...uniqueRegister(),
    ...fewValuedRegister(),
    ...crashed(),
    ...keyValueStore(),
    ...otherObjects(),
    ...publishedRows(),
  ];
}

function uniqueRegister(): Row[] {
  return shapes([1_000, 10_000, 100_000, 1_000_000], [undefined, 'dead']).map((shape) =>
    row(registers, casRegister(), { ...shape, values: 'unique' }, shape.operations === 1_000_000 ? UNIQUE_MILLION : {}),
  );
}

function fewValuedRegister(): Row[] {
  return shapes([1_000, 10_000, 100_000], [undefined, 'dead', 'never', 'subtle']).map((shape) =>
    row(registers, casRegister(), { ...shape, values: 'few' }),
  );
}

/** Where each of a few values may still be written by a crashed operation, no value is dead. */
function crashed(): Row[] {
  const sizes = [
    ...[10, 15, 20, 50].map((count) => ({ operations: 1_000, clients: 5, crashed: count })),
    ...[20, 100, 500].map((count) => ({ operations: 10_000, clients: 20, crashed: count })),
  ];
  const kinds = [
    { values: 'unique' },
    { values: 'unique', fault: 'dead' },
    { values: 'unique', fault: 'never' },
    { values: 'few' },
    { values: 'few', fault: 'never' },
  ] as const;
  return sizes.flatMap((size) =>
    kinds.map((kind) => row(registers, casRegister(), { ...size, ...kind, overlap: 'heavy' })),
  );
}

function keyValueStore(): Row[] {
  const base = { overlap: 'heavy', values: 'unique' } as const;
  const sizes = [
    ...([10, 100, 1000] as const).map((keys) => ({
      shape: { ...base, operations: 100_000, clients: 20, keys },
      limit: { ms: KEY_VALUE_MS[keys] },
    })),
    { shape: { ...base, operations: 1_000_000, clients: 20, keys: 100 }, limit: {} },
    { shape: { ...base, operations: 1_000_000, clients: 50, keys: 1000 }, limit: {} },
  ];
  return sizes.flatMap(({ shape, limit }) => [
    row(keyValues, keyValue(), shape, limit),
    row(keyValues, keyValue(), { ...shape, fault: 'dead' }),
  ]);
}

function otherObjects(): Row[] {
  return LEGAL_AND_DEAD.flatMap((fault) => {
    const sized = (operations: number): Shape => ({ operations, clients: 20, overlap: 'heavy', ...fault });
    const million = sized(1_000_000);
    const growing = [1_000, 10_000, 100_000].map(sized);
    return [
      ...growing.map((shape) => row(queues, fifoQueue(), shape)),
      row(queues, fifoQueue(), million, { ms: MILLION_MS }),
      ...growing.map((shape) => row(stacks, stack(), shape)),
      row(stacks, stack(), million, { ms: MILLION_MS }),
      row(sets, set(), sized(100_000)),
      row(sets, set(), million, { ms: MILLION_MS }),
      row(counters, counter(), sized(100_000)),
      row(mutexes, mutex(), sized(100_000)),
      row(lists, appendList(), { ...sized(20_000), keys: 20 }),
    ];
  });
}

const LEGAL_AND_DEAD = [{}, { fault: 'dead' }] as const;

function shapes(sizes: readonly number[], faults: readonly Shape['fault'][]): Shape[] {
  return OVERLAPS.flatMap((overlap) =>
    sizes.flatMap((operations) =>
      CLIENTS.flatMap((clients) => faults.map((fault) => ({ overlap, operations, clients, ...(fault && { fault }) }))),
    ),
  );
}
