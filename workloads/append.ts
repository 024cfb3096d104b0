import { defineWorkload, linearizability, mix, numberOption, RotatingKeys, z } from 'assay/plugin';

export default defineWorkload({
  name: 'append',
  description: 'Unique appends to lists and reads of whole lists: a read tells the order of all writes before it.',
  options: z.object({
    keys: numberOption(5, { min: 1 }).describe('lists used at a time'),
    uses: numberOption(200, { min: 1 }).describe('operations on a list before a fresh one takes its place'),
    reads: numberOption(0.4, { min: 0, max: 1 }).describe('share of reads'),
  }),
  needs: ['read', 'append'],
  create({ options, random }) {
    const keys = new RotatingKeys(random.fork('keys'), options.keys, options.uses);
    let appended = 0;
    return {
      next() {
        const key = keys.next();
        return mix(random, [
          [options.reads, () => ({ f: 'read', key })],
          [1 - options.reads, () => ({ f: 'append', key, value: ++appended })],
        ]);
      },
      finalReads: () => keys.all().map((key) => ({ f: 'read', key })),
      checkers: () => [linearizability({ model: 'append-list' })],
    };
  },
});
