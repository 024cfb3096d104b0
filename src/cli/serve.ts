import type { Command } from 'commander';
import { serveResults } from '../report/serve.js';
import { ResultsStore } from '../store/results.js';
import { integerFlag } from './arguments.js';
import { resultsFlag } from './results-flag.js';
import type { Session } from './session.js';

/** `assay serve`: the runs and their reports in a browser, on this machine only. */
export function addServe(program: Command, session: Session): void {
  program
    .command('serve')
    .description('browse results at 127.0.0.1')
    .addOption(integerFlag('port', 'port; 0 takes a free one', { min: 0, max: 65_535 }).default(7300))
    .addOption(resultsFlag())
    .action(async ({ port, results }: { port: number; results: string }) => {
      await session.interruptible(async (signal) => {
        const server = await serveResults({ store: new ResultsStore(results), port });
        session.print(`Results of ${results}: ${server.url} (Ctrl-C ends it)`);
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        await server.close();
      });
    });
}
