import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AssayError } from '../kernel/errors.js';

/** The programs that run in the pages: the instrument of a run's report, and the filter of a list. */
export type AppName = 'report' | 'list';

const bundled = new Map<AppName, Promise<string>>();

/**
 * A page's program as one script. A built Assay carries it beside this file; from sources it is bundled here and now,
 * with the same options as the build's `esbuild src/report/app/{report,list}.ts --bundle …`.
 *
 * @throws AssayError `harness` when the build left it out
 */
export function appScript(name: AppName): Promise<string> {
  let script = bundled.get(name);
  if (!script) {
    script = import.meta.url.endsWith('.ts') ? bundle(name) : load(name);
    bundled.set(name, script);
  }
  return script;
}

async function load(name: AppName): Promise<string> {
  const file = fileURLToPath(new URL(`./app/${name}.js`, import.meta.url));
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new AssayError('harness', `the report's program is missing: ${file}`, 'Build again with `npm run build`.', {
      cause: error,
    });
  }
}

async function bundle(name: AppName): Promise<string> {
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [fileURLToPath(new URL(`./app/${name}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    write: false,
  });
  return result.outputFiles[0]?.text ?? '';
}
