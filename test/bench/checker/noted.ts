/** What the notes measured on their machine (2 cores): Porcupine, and a prototype in JavaScript. */
export interface Noted {
  readonly porcupine: string;
  readonly prototype: string;
}

/** By the name of the row; without clients and fault where the notes have one figure for all. */
const NOTED: Readonly<Record<string, Noted>> = {
  'register u-L 100k c5': { porcupine: '0.76 s 1.5 GB', prototype: '71 ms 95 MB' },
  'register u-L 100k c20': { porcupine: '3.0 s 3.1 GB', prototype: '79 ms 95 MB' },
  'register u-H 100k c20': { porcupine: 'out of memory', prototype: '75 ms' },
  'register u-H 100k c50': { porcupine: 'timeout', prototype: '86 ms' },
  'register u-L 1M': { porcupine: 'out of memory', prototype: '560-750 ms 450 MB' },
  'register u-H 1M': { porcupine: 'out of memory', prototype: '560-750 ms 450 MB' },
  'register u-H 1k c20': { porcupine: '1.5 s', prototype: '0.5 ms' },
  'register u-H 1k c50': { porcupine: 'timeout', prototype: '0.5 ms' },
  'register u-H 1k c20, dead': { porcupine: '10.4 s', prototype: '0.5 ms' },
  'register u-H 1k c50, dead': { porcupine: 'timeout', prototype: '0.9 ms' },
  'register s-H 10k c20': { porcupine: '7.4 s', prototype: '136 ms' },
  'register s-H 10k c50': { porcupine: 'timeout', prototype: '362 ms' },
  'register s-H 100k c20': { porcupine: 'out of memory', prototype: '0.70 s' },
  'register s-H 100k c50': { porcupine: 'out of memory', prototype: '4.7 s' },
  'register s-H 10k c50, dead': { porcupine: 'timeout', prototype: 'unsolved' },
  'register s-H 10k c50, never': { porcupine: 'timeout', prototype: 'unsolved' },
  'register s-H 100k c50, dead': { porcupine: 'out of memory', prototype: 'unsolved' },
  'register s-H 100k c50, never': { porcupine: 'out of memory', prototype: 'unsolved' },
  'register u-H 1k c5, 10 crashed, dead': { porcupine: '0.8 s', prototype: '60-150 ms' },
  'register u-H 1k c5, 15 crashed, dead': { porcupine: '26 s', prototype: '60-150 ms' },
  'register u-H 1k c5, 20 crashed, dead': { porcupine: 'timeout', prototype: '60-150 ms' },
  'register u-H 1k c5, 50 crashed, dead': { porcupine: 'timeout', prototype: '60-150 ms' },
  'register s-H 1k c5, 10 crashed, never': { porcupine: '0.8 s', prototype: '60-150 ms' },
  'register s-H 1k c5, 15 crashed, never': { porcupine: '26 s', prototype: '60-150 ms' },
  'register s-H 1k c5, 20 crashed, never': { porcupine: 'timeout', prototype: '60-150 ms' },
  'register s-H 1k c5, 50 crashed, never': { porcupine: 'timeout', prototype: '60-150 ms' },
  'register u-H 10k c20, 20 crashed, dead': { porcupine: 'timeout', prototype: '11-15 ms' },
  'register u-H 10k c20, 100 crashed, dead': { porcupine: 'timeout', prototype: '11-15 ms' },
  'register u-H 10k c20, 500 crashed, dead': { porcupine: 'timeout', prototype: '11-15 ms' },
  'register s-H 10k c20, 20 crashed, never': { porcupine: 'timeout', prototype: '0.6-0.7 s' },
  'register s-H 10k c20, 100 crashed, never': { porcupine: 'timeout', prototype: '0.6-0.7 s' },
  'register s-H 10k c20, 500 crashed, never': { porcupine: 'timeout', prototype: '0.6-0.7 s' },
  'kv u-H 100k c20, 10 keys': { porcupine: '260 ms', prototype: '1052 ms' },
  'kv u-H 100k c20, 100 keys': { porcupine: '151 ms', prototype: '404 ms' },
  'kv u-H 100k c20, 1000 keys': { porcupine: '210 ms', prototype: '249 ms' },
  'kv u-H 1M c20, 100 keys': { porcupine: '3.6 s', prototype: '6.5 s' },
  'kv u-H 1M c50, 1000 keys': { porcupine: '2.5 s', prototype: '1.4 s' },
  'fifo-queue H 1k c20': { porcupine: 'timeout', prototype: '2-132 ms' },
  'fifo-queue H 10k c20': { porcupine: 'timeout', prototype: '2-132 ms' },
  'fifo-queue H 100k c20': { porcupine: 'timeout', prototype: '2-132 ms' },
  'set H 100k c20': { porcupine: '152-173 ms', prototype: '270 ms' },
  'etcd logs, all together': { porcupine: '410 ms for 102', prototype: '41 ms for 102' },
  'Porcupine kv c50-ok': { porcupine: '175 ms', prototype: '360 ms' },
  'Porcupine kv c50-bad': { porcupine: '4.4 ms', prototype: '60 ms' },
};

const NOTHING: Noted = { porcupine: '', prototype: '' };

export function notedOf(row: string): Noted {
  // The notes give one figure for all numbers of clients of the million-operation registers, legal or not.
  return NOTED[row] ?? NOTED[row.replace(/ c\d+(, dead)?$/, '')] ?? NOTHING;
}
