import type { Command } from 'commander';
import { count } from '../kernel/count.js';
import { loadCatalogue } from '../runner/catalogue.js';
import { checkFile, MODELS, type ModelName } from '../runner/check.js';
import { RUN_DEFAULTS } from '../runner/defaults.js';
import { choiceFlag, durationFlag } from './arguments.js';
import { EXIT } from './exit-codes.js';
import type { Session } from './session.js';
import { printChecks, verdictWord } from './verdict.js';

interface CheckFlags {
  readonly model?: ModelName;
  readonly budget: number;
}

/** `assay check <history>`: judges recorded events again, also those that a killed harness left. */
export function addCheck(program: Command, session: Session): void {
  program
    .command('check <history>')
    .description("judge a recorded history: a history.ndjson file, or a run's folder")
    .addOption(choiceFlag('model', "what the operations are about (default: the run's own, or evident)", MODELS))
    .addOption(durationFlag('budget', 'time that each checker may take', RUN_DEFAULTS.checkBudgetMs))
    .option('--json', 'print the verdicts as JSON')
    .action(async (history: string, flags: CheckFlags) => {
      const checked = await checkFile(history, {
        ...(flags.model && { model: flags.model }),
        budgetMs: flags.budget,
        catalogue: await loadCatalogue(session.folder),
      });
      for (const note of checked.notes) session.note(note);
      session.print(`${verdictWord(checked.verdict)}: ${count(checked.operations, 'operation')} of ${checked.file}`);
      printChecks(checked.checks, session);
      session.printJson(checked);
      session.exitCode = EXIT[checked.verdict];
    });
}
