import type Docker from 'dockerode';
import { isDead, LABEL, ownerOf } from '../../src/backends/docker/labels.js';

/**
 * The names of all containers, networks and volumes of an engine, whoever made them: to compare before and after. What
 * belongs to another harness that is at work beside these tests comes and goes, and is left out.
 */
export async function listEverything(docker: Docker): Promise<string[]> {
  const [containers, networks, volumes] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  return [
    ...containers
      .filter(({ Labels }) => !isAnothers(Labels))
      .flatMap(({ Names }) => Names.map((name) => `container ${name}`)),
    ...networks.filter(({ Labels }) => !isAnothers(Labels ?? {})).map(({ Name }) => `network ${Name}`),
    ...volumes.Volumes.map(({ Name }) => `volume ${Name}`),
  ].sort();
}

/** The containers that the harness in this process started. */
export async function containersOf(docker: Docker, pid: number | undefined): Promise<Docker.ContainerInfo[]> {
  return await docker.listContainers({ filters: { label: [`${LABEL.pid}=${pid}`] } });
}

function isAnothers(labels: Readonly<Record<string, string>>): boolean {
  const owner = ownerOf(labels);
  return owner !== undefined && owner.pid !== process.pid && !isDead(owner);
}
