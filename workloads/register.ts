import { defineWorkload, linearizability, numberOption, RotatingKeys, type Value, z } from 'assay/plugin';

export default defineWorkload({
  name: 'register',
  description: 'Reads, writes and compare-and-sets over several registers; each key must be linearizable.',
  options: z.object({
    keys: numberOption(5, { min: 1 }).describe('registers used at a time'),
    uses: numberOption(1000, { min: 1 }).describe('operations on a key before a fresh one takes its place'),
    reads: numberOption(0.5, { min: 0, max: 1 }).describe('share of reads'),
    cas: numberOption(0.4, { min: 0, max: 1 }).describe('share of compare-and-sets among the updates'),
    values: z.enum(['unique', 'few']).default('unique').describe('every write its own value, or five values in all'),
  }),
  needs: ['read', 'write', 'cas'],
  create({ options, random }) {
    const keys = new RotatingKeys(random.fork('keys'), options.keys, options.uses);
    /** What each register was last seen to hold: a compare-and-set that expects it often succeeds. */
    const seen = new Map<string, Value>();
    let written = 0;
    const value = () => (options.values === 'unique' ? ++written : random.int(1, 5));
    return {
      next() {
        const key = keys.next();
        if (random.chance(options.reads)) return { f: 'read', key };
        if (random.chance(options.cas)) return { f: 'cas', key, value: [seen.get(key) ?? null, value()] };
        return { f: 'write', key, value: value() };
      },
      learn({ f, key, value: asked }, outcome) {
        if (outcome.type !== 'ok' || key === undefined) return;
        const held = f === 'read' ? outcome.value : f === 'cas' && Array.isArray(asked) ? asked[1] : asked;
        seen.set(key, held ?? null);
      },
      finalReads: () => keys.all().map((key) => ({ f: 'read', key })),
      checkers: () => [linearizability({ model: 'cas-register' })],
    };
  },
});
