import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What a reader needs to know of the harness's own side. */
export function harnessFacts(): Record<string, string> {
  return {
    assay: assayVersion(),
    node: process.version,
    platform: `${platform()} ${release()} ${arch()}, ${cpus().length} cores`,
  };
}

/** The version in our package.json, seen from `src/runner` or from `dist/src/runner`. */
export function assayVersion(): string {
  const up = import.meta.url.includes('/dist/src/') ? '../../../package.json' : '../../package.json';
  const manifest = JSON.parse(readFileSync(fileURLToPath(new URL(up, import.meta.url)), 'utf8')) as { version: string };
  return manifest.version;
}
