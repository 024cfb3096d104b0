import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';

export const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(PACKAGE_ROOT, 'dist', 'src', 'cli', 'main.js');

/** The built program as a user would run it, without colours; never rejects for an exit code. */
export function assay(folder: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const running = execa(process.execPath, [MAIN, ...args], {
    cwd: folder,
    reject: false,
    all: true,
    env: { NO_COLOR: '1', CI: 'true', ASSAY_DEBUG: '0', ...environment },
  });
  // A test that failed while it waited leaves nothing behind.
  onTestFinished(() => {
    running.kill('SIGKILL');
  });
  return running;
}

/** Waits until a started program has printed something that matches, and returns what it printed so far. */
export async function untilOutput(running: ReturnType<typeof assay>, pattern: RegExp): Promise<string> {
  let text = '';
  return await new Promise<string>((resolve, reject) => {
    running.all.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    });
    running.all.on('end', () => reject(new Error(`it ended without saying ${pattern}:\n${text}`)));
  });
}

/** An empty folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
