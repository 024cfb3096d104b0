import type { Abilities, System } from '../../plugin/system.js';
import type { Backend, Cluster, ClusterOptions } from '../cluster.js';
import { abilitiesFor } from './abilities.js';
import { startCluster } from './cluster.js';
import { Engine } from './engine.js';
import { removeLeftovers } from './leftovers.js';

/** Clusters in containers: real processes, a real network, real disks. */
export const dockerBackend: Backend = {
  name: 'docker',

  async abilities(system: System): Promise<Abilities> {
    return abilitiesFor(system);
  },

  async unavailable() {
    return await new Engine().problem();
  },

  async start(options: ClusterOptions): Promise<Cluster> {
    const engine = new Engine();
    await engine.mustAnswer();
    const removed = await removeLeftovers(engine);
    if (removed.length > 0) options.onNote(`removed what a dead run had left: ${removed.join(', ')}`);
    return await startCluster(engine, options);
  },
};
