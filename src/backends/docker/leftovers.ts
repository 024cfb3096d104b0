import { setTimeout as wait } from 'node:timers/promises';
import { AssayError } from '../../kernel/errors.js';
import { Engine, isRefusal } from './engine.js';
import { isDead, LABEL, ownerOf } from './labels.js';

interface Thing {
  readonly kind: 'container' | 'network';
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Removes the containers and networks of harnesses that died without cleaning up, and nothing else: what carries no
 * label of ours, or belongs to a harness that lives, stays.
 *
 * @returns the names of what was removed
 * @throws AssayError `no-engine` when no engine answers
 */
export async function removeLeftovers(engine = new Engine()): Promise<string[]> {
  await engine.mustAnswer();
  const things = await labelled(engine, LABEL.run);
  return await remove(
    engine,
    things.filter(({ labels }) => {
      const owner = ownerOf(labels);
      return owner !== undefined && isDead(owner);
    }),
  );
}

/** Removes everything of one run. */
export async function removeRun(engine: Engine, run: string): Promise<string[]> {
  return await remove(engine, await labelled(engine, `${LABEL.run}=${run}`));
}

async function labelled(engine: Engine, label: string): Promise<Thing[]> {
  const filters = { label: [label] };
  const [containers, networks] = await Promise.all([
    engine.ask('list containers', (docker) => docker.listContainers({ all: true, filters })),
    engine.ask('list networks', (docker) => docker.listNetworks({ filters })),
  ]);
  return [
    ...containers.map(({ Id, Names, Labels }): Thing => {
      return { kind: 'container', id: Id, name: Names[0]?.slice(1) ?? Id, labels: Labels };
    }),
    ...networks.map(({ Id, Name, Labels }): Thing => ({ kind: 'network', id: Id, name: Name, labels: Labels ?? {} })),
  ];
}

/** Containers first: a network goes only when nobody is attached to it. */
async function remove(engine: Engine, things: readonly Thing[]): Promise<string[]> {
  const containers = things.filter(({ kind }) => kind === 'container');
  const networks = things.filter(({ kind }) => kind === 'network');
  await Promise.all(containers.map(({ id }) => removeContainer(engine, id)));
  await Promise.all(networks.map(({ id }) => removeNetwork(engine, id)));
  return [...containers, ...networks].map(({ name }) => name);
}

async function removeContainer(engine: Engine, id: string): Promise<void> {
  await untilGone(() =>
    engine.ask('remove a container', (docker) => docker.getContainer(id).remove({ force: true, v: true })),
  );
}

async function removeNetwork(engine: Engine, id: string): Promise<void> {
  await untilGone(() => engine.ask('remove a network', (docker) => docker.getNetwork(id).remove()));
}

/** Another harness, or the engine itself, may be removing the same thing: that is as good. */
async function untilGone(attempt: () => Promise<unknown>): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (isRefusal(error, 404)) return;
      if (error instanceof AssayError && error.code === 'engine-lost') throw error;
      if (attempts === 20) throw error;
      await wait(100);
    }
  }
}
