import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../backends/package-files.js';

/** What a reader needs to know of the harness's own side. */
export function harnessFacts(): Record<string, string> {
  return {
    assay: assayVersion(),
    node: process.version,
    platform: `${platform()} ${release()} ${arch()}, ${cpus().length} cores`,
  };
}

/** The version in our package.json. */
export function assayVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}
