import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Modules in TypeScript load through tsx, so that a model needs no build. */
export async function importModule(module: string): Promise<Readonly<Record<string, unknown>>> {
  const specifier = isAbsolute(module) ? pathToFileURL(module).href : module;
  if (!specifier.endsWith('.ts')) return import(specifier);
  const { tsImport } = await import('tsx/esm/api');
  return tsImport(specifier, import.meta.url);
}
