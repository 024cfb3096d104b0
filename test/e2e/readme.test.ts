import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withTables } from '../../.tooling/readme-tables.js';
import { loadCatalogue } from '../../src/runner/catalogue.js';
import { assay, PACKAGE_ROOT, temporaryFolder } from '../support/program.js';

const readme = readFileSync(join(PACKAGE_ROOT, 'README.md'), 'utf8');
const shellLines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, text = '']) => text.trim().split('\n'));
const simulated = shellLines.filter((line) => line.startsWith('npx assay run') && !line.includes('docker'));

describe('the README', () => {
  it('has tables that say what the plugins say (npm run docs)', async () => {
    expect(withTables(readme, await loadCatalogue(temporaryFolder()))).toBe(readme);
  });

  it.each(simulated)('gives a command that works: %s', async (line) => {
    const folder = temporaryFolder();
    const { exitCode, stderr } = await assay(folder, line.split(' ').slice(2));
    expect([0, 1, 2], stderr).toContain(exitCode);
    expect((await assay(folder, ['check', 'results/latest'])).exitCode).toBeLessThanOrEqual(2);
  });

  it('shows the output of its example, a violation, word for word but for the time of the run', async () => {
    const line = simulated[0] ?? 'no example';
    const { stdout, exitCode } = await assay(temporaryFolder(), line.split(' ').slice(2));
    expect(exitCode).toBe(1);
    const [, shown] = /```\n(INVALID [\s\S]*?)```/.exec(readme) ?? [];
    const timeless = (text = '') => text.trim().replace(/\d{8}T\d{6}/, 'TIME');
    expect(timeless(shown)).toBe(timeless(stdout));
  });

  it('names every command that there is, and only those', async () => {
    const { stdout } = await assay(temporaryFolder(), ['--help']);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const named = new Set([...readme.matchAll(/`(?:npx )?assay ([a-z]+)/g)].map(([, name]) => name));
    expect([...named].sort()).toEqual(commands.filter((name) => name !== undefined).sort());
  });
});
