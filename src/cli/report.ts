import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { AssayError, messageOf } from '../kernel/errors.js';
import { usFromMs } from '../kernel/units.js';
import { renderHtml } from '../report/html.js';
import { runJunit } from '../report/junit.js';
import { REPORT_FILE, ResultsStore } from '../store/results.js';
import { durationFlag } from './arguments.js';
import { exitCodeOfRun } from './exit-codes.js';
import { printRun } from './print-run.js';
import { resultsFlag } from './results-flag.js';
import type { Session } from './session.js';

interface ReportFlags {
  readonly junit?: string;
  readonly around?: number;
  readonly results: string;
}

/** `assay report <run>`: the verdict again, and the report made anew from the events. */
export function addReport(program: Command, session: Session): void {
  program
    .command('report <run>')
    .description('print a verdict again and write its report anew: a run\'s id, its folder or "latest"')
    .option('--junit <file>', 'write JUnit XML as well')
    .addOption(durationFlag('around', 'a time of the run of which to show the batches as well, such as 12.5s'))
    .addOption(resultsFlag())
    .option('--json', "print the run's record as JSON")
    .action(async (run: string, flags: ReportFlags) => {
      const store = new ResultsStore(flags.results);
      const folder = store.open(run);
      const record = await folder.readRecord();
      folder.write(REPORT_FILE, await renderHtml(folder.path, limitsOf(flags)));
      if (flags.junit !== undefined) writeFile(flags.junit, runJunit(record));
      printRun(record, folder, session);
      session.printJson(record);
      session.exitCode = exitCodeOfRun(record);
    });
}

/** What the page shows besides that which stands out by itself. */
function limitsOf({ around }: ReportFlags): { aroundUs?: number } {
  return around === undefined ? {} : { aroundUs: usFromMs(around) };
}

function writeFile(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new AssayError(
      'bad-argument',
      `cannot write ${path}: ${messageOf(error)}`,
      'Name a file that you may write.',
      {
        cause: error,
      },
    );
  }
}
