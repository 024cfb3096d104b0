import { chooseTargets, defineNemesis, targetOption, z } from 'assay/plugin';

export default defineNemesis({
  name: 'kill',
  description: 'Kills node processes (SIGKILL) and starts them again: memory is lost, written bytes stay.',
  options: z.object({ target: targetOption('any') }),
  needs: () => ['kill'],
  disturbsLeader: true,
  next(context) {
    const nodes = chooseTargets(context, context.options.target);
    return nodes && { faults: [{ kind: 'kill', nodes }] };
  },
});
