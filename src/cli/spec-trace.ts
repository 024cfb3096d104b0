import { type Command, Option } from 'commander';
import { count } from '../kernel/count.js';
import { loadCatalogue } from '../runner/catalogue.js';
import { checkTrace } from '../runner/check-trace.js';
import { RUN_DEFAULTS } from '../runner/defaults.js';
import { integerFlag } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { fileOrRun } from './file-or-run.js';
import { resultsFlag } from './results-flag.js';
import type { Session } from './session.js';
import { printChecks, verdictWord } from './verdict.js';

interface TraceFlags {
  readonly spec: string;
  readonly system?: string;
  readonly nodes?: number;
  readonly results: string;
}

/** `assay spec trace <trace...>`: whether every step of every node is one that the specification allows. */
export function addTrace(spec: Command, session: Session): void {
  spec
    .command('trace <trace...>')
    .description(
      'hold the nodes\' steps against the specification: of a run (its id, its folder or "latest"), or of files of trace events, one or several (spec/trace/README.md); what a trace does not tell is not checked, and said',
    )
    .option('--spec <protocol>', 'whose specification files alone are held against', 'raft')
    .addOption(
      new Option('--system <name>', 'judge a file alone as this system of ours, with its default options').conflicts(
        'spec',
      ),
    )
    .addOption(integerFlag('nodes', 'nodes of its cluster (default: those it speaks of)', { min: 1, max: 99 }))
    .addOption(resultsFlag())
    .option('--json', 'print everything that was found out, as JSON')
    .action(async (traces: string[], { spec: protocol, system, nodes, results }: TraceFlags) => {
      const catalogue = await loadCatalogue(session.folder);
      const checked = await checkTrace(await Promise.all(traces.map((trace) => fileOrRun(trace, results))), {
        spec: protocol,
        system,
        budgetMs: RUN_DEFAULTS.checkBudgetMs,
        catalogue,
        ...(nodes !== undefined && { nodes }),
      });
      for (const note of checked.notes) session.note(note);
      session.print(
        `${verdictWord(checked.verdict)}: ${count(checked.events, 'trace event')} of ${count(checked.nodes.length, 'node')} in ${checked.file}`,
      );
      printChecks(checked.checks, session);
      session.printJson(checked);
      session.exitCode = EXIT[checked.verdict];
    });
}
