import type { Command } from 'commander';
import pc from 'picocolors';
import { AssayError } from '../kernel/errors.js';
import { formatDuration, usFromMs } from '../kernel/units.js';
import { certify } from '../runner/campaign.js';
import { type Catalogue, find, loadCatalogue } from '../runner/catalogue.js';
import { RUN_DEFAULTS } from '../runner/defaults.js';
import { PROFILES, type ProfileName } from '../runner/profiles.js';
import { didYouMean } from '../runner/suggest.js';
import { CAMPAIGN_FILES, type CampaignRecord } from '../store/campaign-record.js';
import { ResultsStore } from '../store/results.js';
import { choiceFlag, durationFlag, integerFlag, rateFlag } from './arguments.js';
import { exitCodeOfRun } from './exit-codes.js';
import { exclusion } from './inventory.js';
import { resultsFlag } from './results-flag.js';
import { MAX_SEED, randomSeed } from './run.js';
import type { Session } from './session.js';
import { givenSystemOptions } from './system-flags.js';
import { shortPath, verdictWord } from './verdict.js';
import { withProgress } from './with-progress.js';

interface CertifyFlags {
  readonly profile: ProfileName;
  readonly backend?: string;
  readonly nodes?: number;
  readonly concurrency: number;
  readonly rate: number;
  readonly recovery: number;
  readonly operationTimeout: number;
  readonly checkBudget: number;
  readonly seed?: number;
  readonly results: string;
}

/** `assay certify <system>`: a matrix of runs, one verdict, as JSON, HTML and JUnit. */
export function addCertify(program: Command, session: Session): void {
  program
    .command('certify <system>')
    .description('run a matrix of workloads and nemeses to one verdict; writes JSON, HTML and JUnit')
    .addOption(choiceFlag('profile', 'how much', PROFILES).default('quick'))
    .option('--backend <names>', 'sim, docker or sim,docker (default: every backend that is usable here)')
    .addOption(integerFlag('nodes', "nodes of the cluster (default: the system's own)", { min: 1, max: 99 }))
    .addOption(
      integerFlag('concurrency', 'client processes', { min: 1, max: 10_000 }).default(RUN_DEFAULTS.concurrency),
    )
    .addOption(rateFlag('rate', 'operations a second, over all clients').default(RUN_DEFAULTS.rate))
    .addOption(
      durationFlag('recovery', 'how soon it must serve again after everything was healed', RUN_DEFAULTS.recoveryMs),
    )
    .addOption(
      durationFlag('operation-timeout', 'after this an operation counts as unknown', RUN_DEFAULTS.operationTimeoutMs),
    )
    .addOption(durationFlag('check-budget', 'time that each checker of each run may take', RUN_DEFAULTS.checkBudgetMs))
    .addOption(integerFlag('seed', 'makes the same campaign again (default: a random one)', { min: 0, max: MAX_SEED }))
    .addOption(resultsFlag())
    .option('--json', "print the campaign's record as JSON")
    .action(async (systemName: string, flags: CertifyFlags, command: Command) => {
      const catalogue = await loadCatalogue(session.folder);
      const system = find('system', systemName, catalogue.systems);
      const backends = flags.backend
        ? namedBackends(flags.backend, catalogue)
        : await usableBackends(systemName, catalogue, session);
      const systemOptions = givenSystemOptions(command, system);
      const store = new ResultsStore(flags.results);
      const seed = flags.seed ?? randomSeed();
      session.note(`Certifying ${system.name} in ${backends.join(' and ')}, profile ${flags.profile}, seed ${seed}`);
      const harnessErrors: unknown[] = [];
      const { record, folder } = await withProgress(session, (signal, view) =>
        certify(
          {
            system: system.name,
            systemOptions,
            profile: flags.profile,
            backends,
            seed,
            ...(flags.nodes !== undefined && { nodes: flags.nodes }),
            concurrency: flags.concurrency,
            rate: flags.rate,
            operationTimeoutMs: flags.operationTimeout,
            recoveryMs: flags.recovery,
            checkBudgetMs: flags.checkBudget,
          },
          {
            catalogue,
            store,
            signal,
            onProgress: (progress, { number, of, title }) => view.update(progress, `${number} of ${of} ${title} · `),
            onRun: (run, title) => {
              if (run.error) harnessErrors.push(run.error);
              view.clear();
              const time = formatDuration(usFromMs(run.wallMs));
              session.print(`  ${verdictWord(run.verdict).padEnd(7)} ${title} ${pc.dim(`in ${time}`)}`);
            },
          },
        ),
      );
      printCampaign(record, folder, store, session);
      session.printJson(record);
      session.exitCode = exitCodeOfRun({ verdict: record.verdict, error: harnessErrors[0] });
    });
}

function namedBackends(text: string, catalogue: Catalogue): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!catalogue.backends.has(name)) {
      throw new AssayError(
        'bad-argument',
        `--backend cannot be "${name}"`,
        didYouMean(name, catalogue.backends.keys()),
      );
    }
  }
  return [...new Set(names)];
}

/** Every backend that can run the system here; a missing engine is one line, not a failure. */
async function usableBackends(systemName: string, catalogue: Catalogue, session: Session): Promise<string[]> {
  const system = find('system', systemName, catalogue.systems);
  const names: string[] = [];
  let lastWayOut: string | undefined;
  for (const backend of catalogue.backends.values()) {
    if (exclusion(await backend.abilities(system)) !== undefined) continue;
    const unavailable = await backend.unavailable();
    if (unavailable === undefined) names.push(backend.name);
    else {
      lastWayOut = unavailable.wayOut;
      session.note(`Without ${backend.name}: ${unavailable.reason}. ${unavailable.wayOut}`);
    }
  }
  if (names.length > 0) return names;
  throw new AssayError('no-engine', `no backend can run ${systemName} here`, lastWayOut);
}

function printCampaign(record: CampaignRecord, folder: string, store: ResultsStore, session: Session): void {
  const { runs } = record;
  const valid = runs.filter(({ verdict }) => verdict === 'valid').length;
  const time = formatDuration(usFromMs(record.wallMs));
  session.print();
  session.print(
    `${pc.bold(verdictWord(record.verdict))}: ${valid} of ${runs.length} runs of ${record.system} were valid ` +
      `(${record.backends.join(', ')}; profile ${record.profile}, seed ${record.seed}), in ${time}.`,
  );
  if (!record.finished) session.print('It was stopped before all runs were made.');
  if (record.evidence) session.print(record.evidence.summary);
  if (record.evidence?.wayOut !== undefined) session.print(record.evidence.wayOut);
  for (const run of runs.filter(({ verdict }) => verdict !== 'valid')) {
    session.print(`\n${verdictWord(run.verdict)}: ${run.title}\n  ${run.headline}`);
    session.print(`  Report: ${shortPath(`${store.path}/${run.runId}/report.html`)}\n  Replay: ${run.replay}`);
  }
  for (const text of record.leftOut) session.print(pc.dim(`Left out: ${text}`));
  session.print(`Report: ${shortPath(`${folder}/${CAMPAIGN_FILES.html}`)}`);
  session.print(pc.dim(`Also ${CAMPAIGN_FILES.json} and ${CAMPAIGN_FILES.junit} beside it. Again: ${record.command}`));
}
