// The bundles beside the compiled modules: the programs of the report's pages, which must be one self-contained file
// each, and the node process, which runs in containers that hold nothing but Node.
import { chmodSync } from 'node:fs';
import { build } from 'esbuild';

await Promise.all([
  build({
    entryPoints: ['src/report/app/report.ts', 'src/report/app/list.ts'],
    outdir: 'dist/src/report/app',
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
  }),
  build({
    entryPoints: ['src/node/main.ts'],
    outfile: 'dist/assay-node.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // Not by way of dist: the bundle would hold a second copy of what the sources import from beside it.
    alias: { 'assay/plugin': './src/plugin/index.ts' },
    legalComments: 'none',
  }),
]);
chmodSync('dist/src/cli/main.js', 0o755);
