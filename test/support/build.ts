import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

const BUILT = 'dist/src/cli/main.js';
const SOURCES = ['src', 'workloads', 'nemeses', '.tooling', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds `dist/` once before the tests that use the program, unless it is newer than every source. */
export default async function setup(): Promise<void> {
  if (existsSync(BUILT) && SOURCES.every((source) => newestMs(source) < statSync(BUILT).mtimeMs)) return;
  await execa('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function newestMs(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}
