import {
  chooseTargets,
  defineNemesis,
  durationMs,
  type FaultKind,
  inTurn,
  numberOption,
  targetOption,
  z,
} from 'assay/plugin';

export default defineNemesis({
  name: 'clock',
  description: "Skews nodes' clocks: the wall clock jumps, or the monotonic clock runs fast or slow.",
  options: z.object({
    target: targetOption('any'),
    kind: z.enum(['any', 'jump', 'rate']).default('any').describe('what happens to the clock'),
    jump: durationMs(60_000).describe('the longest jump, either way'),
    rate: numberOption(0, { min: 0 }).describe('the rate to set; 0 draws one between 0.5 and 2'),
  }),
  needs: ({ kind }): FaultKind[] =>
    kind === 'jump' ? ['clock-jump'] : kind === 'rate' ? ['clock-rate'] : ['clock-jump', 'clock-rate'],
  disturbsLeader: false,
  next(context) {
    const { options, random } = context;
    const nodes = chooseTargets(context, options.target);
    if (!nodes) return undefined;
    const kind = options.kind === 'any' ? inTurn(context, ['jump', 'rate'] as const) : options.kind;
    if (kind === 'jump') {
      const byMs = random.int(Math.ceil(options.jump / 10), options.jump) * (random.chance(0.5) ? 1 : -1);
      return { faults: [{ kind: 'clock-jump', nodes, byMs }] };
    }
    // 0.5 to 2, as likely slow as fast; never so near to 1 that nothing would be seen.
    const drawn = 2 ** (random.chance(0.5) ? 0.3 + 0.7 * random.float() : -0.3 - 0.7 * random.float());
    const rate = options.rate > 0 ? options.rate : Math.round(drawn * 100) / 100;
    return { faults: [{ kind: 'clock-rate', nodes, rate }] };
  },
});
