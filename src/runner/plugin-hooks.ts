import type { InitializeHook, ResolveHook } from 'node:module';

/** Loader hooks, which Node runs in a thread of their own; `plugin-door.ts` installs them. */

let doors: Readonly<Record<string, string>> = {};

export const initialize: InitializeHook<typeof doors> = (urls) => {
  doors = urls;
};

/**
 * A plugin's `assay/plugin` is the Assay that runs it, wherever the plugin lies; and its TypeScript is a module, also
 * where no package.json says so.
 */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const door = doors[specifier];
  if (door !== undefined) return { url: door, format: 'module', shortCircuit: true };
  const resolved = await nextResolve(specifier, context);
  const isPlugin = /^file:.*\.ts(\?|$)/.test(resolved.url) && !resolved.url.includes('/node_modules/');
  return isPlugin ? { ...resolved, format: 'module' } : resolved;
};
