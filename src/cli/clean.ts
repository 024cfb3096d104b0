import type { Command } from 'commander';
import { removeLeftovers } from '../backends/docker/leftovers.js';
import { AssayError } from '../kernel/errors.js';
import type { Session } from './session.js';

/** `assay clean`: removes what dead runs left in the Docker engine. Live runs are left alone. */
export function addClean(program: Command, session: Session): void {
  program
    .command('clean')
    .description('remove containers, networks and volumes that dead runs left behind')
    .option('--json', 'print what was removed as JSON')
    .action(async () => {
      const removed = await removeLeftovers().catch((error: unknown) => {
        if (!(error instanceof AssayError) || error.code !== 'no-engine') throw error;
        session.note(`${error.message}: nothing of a run can be left there.`);
        return [];
      });
      session.print(
        removed.length === 0 ? 'Nothing was left over.' : `Removed ${removed.length}:\n  ${removed.join('\n  ')}`,
      );
      session.printJson({ removed });
    });
}
