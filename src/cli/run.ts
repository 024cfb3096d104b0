import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { type Catalogue, find, loadCatalogue } from '../runner/catalogue.js';
import { RUN_DEFAULTS } from '../runner/defaults.js';
import { executeRun } from '../runner/run.js';
import { ResultsStore } from '../store/results.js';
import type { RunOptions, RunRecord } from '../store/run-record.js';
import { choiceFlag, durationFlag, integerFlag, rateFlag } from './arguments.js';
import { exitCodeOfRun } from './exit-codes.js';
import { parsePluginSpec, parsePluginSpecs } from './plugin-spec.js';
import { printRun } from './print-run.js';
import { resultsFlag } from './results-flag.js';
import type { Session } from './session.js';
import { addSystemFlags, givenSystemOptions } from './system-flags.js';
import { withProgress } from './with-progress.js';

interface RunFlags {
  readonly backend: string;
  readonly nodes?: number;
  readonly workload: string;
  readonly nemesis: string;
  readonly timeLimit: number;
  readonly recovery: number;
  readonly concurrency: number;
  readonly rate: number;
  readonly operationTimeout: number;
  readonly checkBudget: number;
  readonly seed?: number;
  readonly results: string;
}

export const MAX_SEED = 2 ** 32 - 1;

/** `assay run <system>`: one run, from its options to a verdict and a report. */
export function addRun(program: Command, session: Session): void {
  program
    .command('run <system>')
    .description('run a cluster under load and faults, and judge what happened')
    .addOption(choiceFlag('backend', 'where the cluster runs', ['sim', 'docker']).default(RUN_DEFAULTS.backend))
    .addOption(integerFlag('nodes', "nodes of the cluster (default: the system's own)", { min: 1, max: 99 }))
    .option('--workload <spec>', 'what clients do: register, or register:keys=3,reads=0.8', RUN_DEFAULTS.workload)
    .option(
      '--nemesis <specs>',
      'faults to inject: partition,kill, or partition:shape=bridge,interval=5s,kill; "none" for none',
      RUN_DEFAULTS.nemeses,
    )
    .addOption(durationFlag('time-limit', 'how long faults and load go on', RUN_DEFAULTS.timeLimitMs))
    .addOption(
      durationFlag('recovery', 'how soon it must serve again after everything was healed', RUN_DEFAULTS.recoveryMs),
    )
    .addOption(
      integerFlag('concurrency', 'client processes', { min: 1, max: 10_000 }).default(RUN_DEFAULTS.concurrency),
    )
    .addOption(
      rateFlag('rate', 'operations a second, over all clients, on an open-loop schedule').default(RUN_DEFAULTS.rate),
    )
    .addOption(
      durationFlag('operation-timeout', 'after this an operation counts as unknown', RUN_DEFAULTS.operationTimeoutMs),
    )
    .addOption(durationFlag('check-budget', 'time that each checker may take', RUN_DEFAULTS.checkBudgetMs))
    .addOption(integerFlag('seed', 'makes the same run again (default: a random one)', { min: 0, max: MAX_SEED }))
    .addOption(resultsFlag())
    .option('--json', "print the run's record as JSON")
    .action(async (systemName: string, flags: RunFlags, command: Command) => {
      const catalogue = await loadCatalogue(session.folder);
      const options = runOptions(systemName, flags, command, catalogue);
      await perform(options, catalogue, new ResultsStore(flags.results), session);
    });
}

/** Systems' options become flags before the command line is read. */
export async function addFlagsOfSystems(command: Command, session: Session): Promise<void> {
  const catalogue = await loadCatalogue(session.folder);
  addSystemFlags(command, catalogue.systems.values());
}

function runOptions(systemName: string, flags: RunFlags, command: Command, catalogue: Catalogue): RunOptions {
  const system = find('system', systemName, catalogue.systems);
  const workload = parsePluginSpec('workload', flags.workload);
  return {
    system: system.name,
    systemOptions: givenSystemOptions(command, system),
    backend: flags.backend,
    nodes: flags.nodes ?? system.defaultNodes,
    workload: workload.name,
    workloadOptions: workload.options,
    nemeses: parsePluginSpecs('nemesis', flags.nemesis),
    timeLimitMs: flags.timeLimit,
    recoveryMs: flags.recovery,
    concurrency: flags.concurrency,
    rate: flags.rate,
    operationTimeoutMs: flags.operationTimeout,
    checkBudgetMs: flags.checkBudget,
    seed: flags.seed ?? randomSeed(),
  };
}

/** Nine digits at most: short enough to say over the telephone. */
export function randomSeed(): number {
  return randomInt(1, 1_000_000_000);
}

/** Executes, shows the progress, prints the verdict and sets the exit code. */
export async function perform(
  options: RunOptions,
  catalogue: Catalogue,
  store: ResultsStore,
  session: Session,
): Promise<RunRecord> {
  let announced = false;
  const record = await withProgress(session, (signal, view) =>
    executeRun(options, {
      catalogue,
      store,
      signal,
      onProgress: (progress) => {
        // Not earlier: a run that is refused before it starts needs no announcement.
        if (!announced) session.note(announcement(options));
        announced = true;
        view.update(progress);
      },
    }),
  );
  printRun(record, store.open(record.id), session);
  session.printJson(record);
  session.exitCode = exitCodeOfRun(record);
  return record;
}

function announcement(options: RunOptions): string {
  const nemeses = options.nemeses.map(({ name }) => name).join(', ') || 'no faults';
  return `${options.system} in ${options.backend}: ${options.nodes} nodes, ${options.workload}, ${nemeses}, seed ${options.seed}`;
}
