import { existsSync, readdirSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Backend } from '../backends/cluster.js';
import { dockerBackend } from '../backends/docker/backend.js';
import { packageFolder } from '../backends/package-files.js';
import { simBackend } from '../backends/sim/backend.js';
import { AssayError, messageOf } from '../kernel/errors.js';
import type { Nemesis } from '../plugin/nemesis.js';
import type { System } from '../plugin/system.js';
import type { Workload } from '../plugin/workload.js';
import { openPluginDoor } from './plugin-door.js';
import { didYouMean } from './suggest.js';

/** Everything a run can be made of, by name. */
export interface Catalogue {
  readonly systems: ReadonlyMap<string, System>;
  readonly workloads: ReadonlyMap<string, Workload>;
  readonly nemeses: ReadonlyMap<string, Nemesis>;
  readonly backends: ReadonlyMap<string, Backend>;
}

const PLUGIN_KINDS = ['systems', 'workloads', 'nemeses'] as const;
type PluginKind = (typeof PLUGIN_KINDS)[number];

/** Where our own plugins lie, from `src/runner` and from `dist/src/runner` alike. */
const OUR_FOLDERS: Readonly<Record<PluginKind, string>> = {
  systems: fileURLToPath(new URL('../systems', import.meta.url)),
  workloads: fileURLToPath(new URL('../../workloads', import.meta.url)),
  nemeses: fileURLToPath(new URL('../../nemeses', import.meta.url)),
};

/**
 * Our plugins, and the user's: every file in `systems/`, `workloads/` and `nemeses/` of `folder` whose default export
 * is one. Ours are found the same way, so a plugin of yours can do whatever ours can.
 *
 * @throws AssayError `plugin`, naming the file, for one that does not load or has no such export
 */
export async function loadCatalogue(folder: string): Promise<Catalogue> {
  const plugins = { systems: new Map(), workloads: new Map(), nemeses: new Map() };
  for (const kind of PLUGIN_KINDS) {
    const ours = pluginFiles(OUR_FOLDERS[kind]);
    const built = new Set(ours.map(stem));
    // In a checkout of Assay itself, the folder holds the sources of what was just listed from the build.
    const isCheckout = resolve(folder) === packageFolder();
    const theirs = pluginFiles(resolve(folder, kind)).filter((file) => !(isCheckout && built.has(stem(file))));
    for (const file of [...ours, ...theirs]) {
      const plugin = await loadPlugin(file, kind);
      if (plugins[kind].has(plugin.name)) {
        throw new AssayError(
          'plugin',
          `${file} defines "${plugin.name}", which there is already`,
          'Give it another name.',
        );
      }
      plugins[kind].set(plugin.name, plugin);
    }
  }
  return {
    ...plugins,
    backends: new Map([simBackend, dockerBackend].map((backend) => [backend.name, backend])),
  };
}

function pluginFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => ['.ts', '.js', '.mjs'].includes(extname(file)) && !/\.(d|test)\.ts$/.test(file))
    .sort()
    .map((file) => join(folder, file));
}

/** The file's name without its folder and ending. */
function stem(file: string): string {
  return basename(file, extname(file));
}

async function loadPlugin(path: string, kind: PluginKind): Promise<{ name: string }> {
  let module: { default?: unknown };
  try {
    module = await importModule(path);
  } catch (error) {
    throw new AssayError('plugin', `${path} does not load: ${messageOf(error)}`, 'Mend the file, or move it away.', {
      cause: error,
    });
  }
  const plugin = module.default;
  const shape = { systems: 'client', workloads: 'create', nemeses: 'next' }[kind];
  const call = { systems: 'defineSystem', workloads: 'defineWorkload', nemeses: 'defineNemesis' }[kind];
  if (typeof plugin !== 'object' || plugin === null || !('name' in plugin) || !(shape in plugin)) {
    throw new AssayError(
      'plugin',
      `${path} has no default export made by ${call}`,
      `Write: import { ${call} } from 'assay/plugin'; export default ${call}({ … });`,
    );
  }
  return plugin as { name: string };
}

/** TypeScript files load through tsx, so that a plugin needs no build; under a runner that knows them, directly. */
async function importModule(path: string): Promise<{ default?: unknown }> {
  const url = pathToFileURL(path).href;
  if (import.meta.url.endsWith('.ts')) return import(url);
  openPluginDoor();
  if (!path.endsWith('.ts')) return import(url);
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(url, import.meta.url);
}

/**
 * Finds one by name.
 *
 * @throws AssayError `unknown-name`, with a suggestion
 */
export function find<T>(what: string, name: string, from: ReadonlyMap<string, T>): T {
  const found = from.get(name);
  if (found === undefined) {
    throw new AssayError('unknown-name', `there is no ${what} "${name}"`, didYouMean(name, from.keys()));
  }
  return found;
}
