import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder } from '../package-files.js';
import type { Engine } from './engine.js';
import { LABEL } from './labels.js';

/** How long the end of the process may be held up for it. */
const TIMEOUT_MS = 20_000;

/**
 * Removes a run's containers and networks when the process exits without having done so (`process.exit` in the middle,
 * an uncaught error). An exit handler cannot wait for anything, so another process does the work while this one is
 * held. What SIGKILL leaves is removed by the next run instead, and so is what an engine behind TLS or SSH holds:
 * that takes more than an exit handler should do.
 *
 * @returns takes it back, when everything was removed properly
 */
export async function removeAtExit(engine: Engine, run: string): Promise<() => void> {
  const place = await engine.plainPlace();
  if (place === undefined) return () => undefined;
  const remove = () => {
    spawnSync(
      process.execPath,
      [join(packageFolder(), 'docker', 'remove-run.mjs'), JSON.stringify(place), `${LABEL.run}=${run}`],
      { timeout: TIMEOUT_MS, stdio: 'ignore' },
    );
  };
  process.once('exit', remove);
  return () => process.off('exit', remove);
}
