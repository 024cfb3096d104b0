import { chooseTargets, defineNemesis, targetOption, z } from 'assay/plugin';

export default defineNemesis({
  name: 'power',
  description: 'Power failure: kills nodes and loses what they had not synced; the last write may be torn.',
  options: z.object({ target: targetOption('any') }),
  needs: () => ['power'],
  disturbsLeader: true,
  next(context) {
    const nodes = chooseTargets(context, context.options.target);
    return nodes && { faults: [{ kind: 'power', nodes }] };
  },
});
