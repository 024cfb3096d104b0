import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../kernel/errors.js';

/** This package's own folder, whether this file runs from `src/` or from `dist/src/`. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    invariant(folder !== dirname(folder), () => `no package.json above ${fileURLToPath(import.meta.url)}`);
    folder = dirname(folder);
  }
  return folder;
}

/** Whether this very file is TypeScript: a checkout under tsx or vitest, not the built package. */
export function runsFromSource(): boolean {
  return import.meta.url.endsWith('.ts');
}
