import { type Command, Option } from 'commander';
import { ISOLATION_LEVELS, type IsolationLevel } from '../checkers/transactions/levels.js';
import type { Value } from '../history/events.js';
import type { DialectOptions } from '../history/importers/dialects.js';
import { FORMATS, type HistoryFormat } from '../history/importers/formats.js';
import { count } from '../kernel/count.js';
import { AssayError } from '../kernel/errors.js';
import { checkFile, MODELS, type ModelName, modelNamed } from '../runner/check.js';
import { RUN_DEFAULTS } from '../runner/defaults.js';
import { didYouMean } from '../runner/suggest.js';
import { choiceFlag, durationFlag } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { fileOrRun } from './file-or-run.js';
import { resultsFlag } from './results-flag.js';
import type { Session } from './session.js';
import { printChecks, verdictWord } from './verdict.js';

interface CheckFlags {
  readonly model?: ModelName;
  /** In a box, for commander takes null for the empty text. */
  readonly initial?: { readonly value: Value };
  readonly timeout: number;
  readonly budget?: number;
  readonly format?: HistoryFormat;
  readonly isolation?: IsolationLevel;
  readonly failedCas?: DialectOptions['failedCas'];
  readonly nilRead?: DialectOptions['nilRead'];
  readonly independent?: 'yes' | 'no';
  readonly results: string;
}

/** `assay check <history>`: judges recorded events again, also those that a killed harness left. */
export function addCheck(program: Command, session: Session): void {
  program
    .command('check <history>')
    .description('judge a recorded history, Assay\'s or another tool\'s, or a run: its id, its folder or "latest"')
    .addOption(modelFlag())
    .addOption(
      new Option('--initial <value>', 'what the objects hold at first: JSON, or a bare word').argParser(initialValue),
    )
    .addOption(durationFlag('timeout', 'time that each checker may take', RUN_DEFAULTS.checkBudgetMs))
    .addOption(
      durationFlag('budget', 'the same as --timeout', RUN_DEFAULTS.checkBudgetMs).default(undefined).hideHelp(),
    )
    .addOption(choiceFlag('format', 'how the file is written (default: by how it begins)', Object.keys(FORMATS)))
    .addOption(choiceFlag('isolation', 'what transactions were promised', ISOLATION_LEVELS))
    .addOption(
      choiceFlag('failed-cas', 'what a failed compare-and-set of another tool says (default: by format)', [
        'mismatch',
        'nothing',
      ]),
    )
    .addOption(
      choiceFlag('nil-read', 'what a read of nil in a history of another tool found (default: by format)', [
        'nothing',
        'anything',
      ]),
    )
    .addOption(
      choiceFlag('independent', 'whether values of another tool are pairs [key value] (default: by its first ones)', [
        'yes',
        'no',
      ]),
    )
    .addOption(resultsFlag())
    .option('--json', 'print everything that was found out, as JSON')
    .action(async (history: string, flags: CheckFlags) => {
      const { model, initial, format, isolation } = flags;
      const checked = await checkFile(await fileOrRun(history, flags.results), {
        ...(model && { model }),
        ...(initial && { initial: initial.value }),
        ...(format && { format }),
        ...(isolation && { isolation }),
        dialect: dialectOf(flags),
        budgetMs: flags.budget ?? flags.timeout,
        catalogue: async () => (await import('../runner/catalogue.js')).loadCatalogue(session.folder),
      });
      for (const note of checked.notes) session.note(note);
      const as = checked.model === undefined ? '' : `, judged as ${checked.model}`;
      session.print(
        `${verdictWord(checked.verdict)}: ${count(checked.operations, 'operation')} of ${checked.file}${as}`,
      );
      printChecks(checked.checks, session);
      session.printJson(checked);
      session.exitCode = EXIT[checked.verdict];
    });
}

function modelFlag(): Option {
  const names = [...MODELS.keys()];
  return new Option(
    '--model <name>',
    `what the operations are about (default: the run's own, or evident) (${names.join(', ')})`,
  ).argParser((text) => {
    const model = modelNamed(text);
    if (model === undefined) {
      throw new AssayError('bad-argument', `--model cannot be "${text}"`, didYouMean(text, names));
    }
    return model;
  });
}

/** JSON, or else a text as it is; Clojure's nil is null. */
function initialValue(text: string): { readonly value: Value } {
  if (text === 'nil') return { value: null };
  try {
    return { value: JSON.parse(text) as Value };
  } catch {
    return { value: text };
  }
}

function dialectOf({ failedCas, nilRead, independent }: CheckFlags): DialectOptions {
  return {
    ...(failedCas && { failedCas }),
    ...(nilRead && { nilRead }),
    ...(independent && { independent: independent === 'yes' }),
  };
}
