import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../../src/linearizability-checker/', import.meta.url));
const blocks = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code]) => code as string,
);

describe("the README's examples", () => {
  it.each(blocks.map((code, index) => ({ code, number: index + 1 })))('number $number runs', async ({ code }) => {
    const scratch = mkdtempSync(join(tmpdir(), 'assay-readme-'));
    try {
      // What an example says of a value in a comment is what it exports.
      const claims = [...code.matchAll(/^(result\..*?); \/\/ (\[[^\]]*\]|'[^']*')/gm)];
      const checks = claims.map(([, value, claim]) => `[JSON.stringify(${value}), JSON.stringify(${claim})]`);
      writeFileSync(join(scratch, 'example.ts'), `${code}\nexport const claims = [${checks.join(', ')}];\n`);
      const outfile = join(scratch, 'example.mjs');
      await build({
        entryPoints: [join(scratch, 'example.ts')],
        outfile,
        bundle: true,
        format: 'esm',
        alias: { 'assay/linearizability-checker': join(folder, 'index.ts') },
      });
      const example = (await import(/* @vite-ignore */ outfile)) as { claims: [found: string, said: string][] };
      for (const [found, said] of example.claims) expect(found).toBe(said);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });

  it('are there', () => {
    expect(blocks.length).toBe(2);
  });
});
