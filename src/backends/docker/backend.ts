import type { Abilities, System } from '../../plugin/system.js';
import type { Backend, Cluster, ClusterOptions } from '../cluster.js';
import { abilitiesFor } from './abilities.js';
import { startCluster } from './cluster.js';
import { ENGINE_WAY_OUT, Engine } from './engine.js';
import { removeLeftovers } from './leftovers.js';

/** Clusters in containers: real processes, a real network, real disks. */
export const dockerBackend: Backend = {
  name: 'docker',

  async abilities(system: System): Promise<Abilities> {
    return abilitiesFor(system);
  },

  async unavailable() {
    const problem = await new Engine().problem();
    return problem === undefined
      ? undefined
      : { reason: `no Docker engine answers (${problem})`, wayOut: ENGINE_WAY_OUT };
  },

  async start(options: ClusterOptions): Promise<Cluster> {
    const engine = new Engine();
    await engine.mustAnswer();
    const removed = await removeLeftovers(engine);
    if (removed.length > 0) options.onNote(`removed what a dead run had left: ${removed.join(', ')}`);
    return await startCluster(engine, options);
  },
};
