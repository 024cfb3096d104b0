import { chooseTargets, defineNemesis, targetOption, z } from 'assay/plugin';

export default defineNemesis({
  name: 'pause',
  description: 'Stops node processes in their tracks (SIGSTOP) and lets them go on as if no time had passed.',
  options: z.object({ target: targetOption('any') }),
  needs: () => ['pause'],
  disturbsLeader: true,
  next(context) {
    const nodes = chooseTargets(context, context.options.target);
    return nodes && { faults: [{ kind: 'pause', nodes }] };
  },
});
