import {
  allLinks,
  defineNemesis,
  durationMs,
  type FaultKind,
  inTurn,
  linksBetween,
  numberOption,
  z,
} from 'assay/plugin';

const KINDS = ['delay', 'loss', 'duplicate', 'reorder'] as const;

export default defineNemesis({
  name: 'packet',
  description: 'Makes the network between nodes bad without cutting it: delay, loss, duplication, reordering.',
  options: z.object({
    kind: z
      .enum(['any', ...KINDS])
      .default('any')
      .describe('what happens to packets'),
    links: z.enum(['any', 'all', 'one-node']).default('any').describe('where'),
    delay: durationMs(100).describe('mean added delay'),
    probability: numberOption(0.3, { min: 0, max: 1 }).describe('share of packets lost, duplicated or reordered'),
  }),
  needs: ({ kind }): FaultKind[] => (kind === 'any' ? [...KINDS] : [kind]),
  disturbsLeader: false,
  next(context) {
    const { options, random, nodes } = context;
    const kind = options.kind === 'any' ? inTurn(context, KINDS) : options.kind;
    const everywhere = options.links === 'all' || (options.links === 'any' && random.chance(0.5));
    const [victim, ...others] = random.shuffle(nodes);
    const links = everywhere || victim === undefined ? allLinks(nodes) : linksBetween([victim], others);
    const { probability } = options;
    switch (kind) {
      case 'delay':
        return { faults: [{ kind, links, meanMs: options.delay, jitterMs: Math.round(options.delay / 2) }] };
      case 'loss':
      case 'duplicate':
        return { faults: [{ kind, links, probability }] };
      case 'reorder':
        return { faults: [{ kind, links, probability, byMs: options.delay }] };
    }
  },
});
