import type { Command } from 'commander';
import { count } from '../kernel/count.js';
import { loadCatalogue } from '../runner/catalogue.js';
import { checkTrace } from '../runner/check-trace.js';
import { RUN_DEFAULTS } from '../runner/defaults.js';
import { durationFlag, integerFlag } from './arguments.js';
import { EXIT } from './exit-codes.js';
import type { Session } from './session.js';
import { printChecks, verdictWord } from './verdict.js';

interface TraceFlags {
  readonly system: string;
  readonly nodes?: number;
  readonly timeout: number;
}

/** `assay spec trace <trace>`: whether every step of every node is one that the specification allows. */
export function addTrace(spec: Command, session: Session): void {
  spec
    .command('trace <trace>')
    .description("hold the nodes' steps against the specification: a run's folder, or a file of trace events")
    .option('--system <name>', 'whose trace a file alone is', 'raft')
    .addOption(integerFlag('nodes', 'nodes of its cluster (default: those it speaks of)', { min: 1, max: 99 }))
    .addOption(durationFlag('timeout', 'time that each checker may take', RUN_DEFAULTS.checkBudgetMs))
    .option('--json', 'print everything that was found out, as JSON')
    .action(async (trace: string, { system, nodes, timeout }: TraceFlags) => {
      const catalogue = await loadCatalogue(session.folder);
      const checked = await checkTrace(trace, {
        system,
        budgetMs: timeout,
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
