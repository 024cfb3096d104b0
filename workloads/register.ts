import { defineWorkload, linearizability, mix, numberOption, RotatingKeys, type Value, z } from 'assay/plugin';

export default defineWorkload({
  name: 'register',
  description: 'Reads, writes and compare-and-sets over several registers; each key must be linearizable.',
  options: z.object({
    keys: numberOption(5, { min: 1 }).describe('registers used at a time'),
    uses: numberOption(1000, { min: 1 }).describe('operations on a key before a fresh one takes its place'),
    reads: numberOption(0.5, { min: 0, max: 1 }).describe('share of reads'),
    cas: numberOption(0.2, { min: 0, max: 1 }).describe('share of compare-and-sets'),
    values: z.enum(['unique', 'few']).default('unique').describe('every write its own value, or five values in all'),
  }),
  needs: ['read', 'write', 'cas'],
  create({ options, random }) {
    const keys = new RotatingKeys(random.fork('keys'), options.keys, options.uses);
    /** The value most recently asked for, per key: a compare-and-set that expects it often succeeds. */
    const latest = new Map<string, number>();
    let written = 0;
    const fresh = () => (options.values === 'unique' ? ++written : random.int(1, 5));
    const update = (key: string, make: (value: number) => { f: string; value: Value }) => {
      const value = fresh();
      const operation = { key, ...make(value) };
      latest.set(key, value);
      return operation;
    };
    return {
      next() {
        const key = keys.next();
        return mix(random, [
          [options.reads, () => ({ f: 'read', key })],
          [options.cas, () => update(key, (value) => ({ f: 'cas', value: [latest.get(key) ?? null, value] }))],
          [Math.max(0, 1 - options.reads - options.cas), () => update(key, (value) => ({ f: 'write', value }))],
        ]);
      },
      finalReads: () => keys.all().map((key) => ({ f: 'read', key })),
      checkers: () => [linearizability({ model: 'cas-register' })],
    };
  },
});
