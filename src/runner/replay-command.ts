import type { RunOptions } from '../store/run-record.js';
import type { CertifyOptions } from './campaign.js';

/** The command line that makes this run again, every option written out. */
export function replayCommand(options: RunOptions): string {
  const flags: Flag[] = [
    ['backend', options.backend],
    ['nodes', String(options.nodes)],
    ['workload', withOptions(options.workload, options.workloadOptions)],
    ['nemesis', options.nemeses.map(({ name, options: own }) => withOptions(name, own)).join(',') || 'none'],
    ['time-limit', `${options.timeLimitMs / 1000}`],
    ['recovery', `${options.recoveryMs}ms`],
    ['concurrency', String(options.concurrency)],
    ['rate', String(options.rate)],
    ['operation-timeout', `${options.operationTimeoutMs}ms`],
    ['check-budget', `${options.checkBudgetMs}ms`],
    ['seed', String(options.seed)],
  ];
  return commandLine('run', options, flags);
}

/** The command line that makes this campaign again, every option written out. */
export function certifyCommand(options: CertifyOptions): string {
  return commandLine('certify', options, [
    ['profile', options.profile],
    ['backend', options.backends.join(',')],
    ...(options.nodes === undefined ? [] : [['nodes', String(options.nodes)] satisfies Flag]),
    ['concurrency', String(options.concurrency)],
    ['rate', String(options.rate)],
    ['recovery', `${options.recoveryMs}ms`],
    ['operation-timeout', `${options.operationTimeoutMs}ms`],
    ['check-budget', `${options.checkBudgetMs}ms`],
    ['seed', String(options.seed)],
  ]);
}

type Flag = [name: string, value: string];

function commandLine(
  command: 'run' | 'certify',
  { system, systemOptions }: Pick<RunOptions, 'system'> & Pick<CertifyOptions, 'systemOptions'>,
  flags: readonly Flag[],
): string {
  const ofSystem = Object.entries(systemOptions).map(([name, value]): Flag => [flagName(name), String(value)]);
  const given = [...flags, ...ofSystem].map(([name, value]) => `--${name} ${quote(value)}`);
  return `npx assay ${command} ${system} ${given.join(' ')}`;
}

/** `partition:shape=bridge,interval=5s`, the form that the command line reads. */
export function withOptions(name: string, options: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(options);
  return entries.length === 0 ? name : `${name}:${entries.map(([key, value]) => `${key}=${value}`).join(',')}`;
}

/** `preVote` as a flag: `pre-vote`. */
export function flagName(optionName: string): string {
  return optionName.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function quote(text: string): string {
  return /^[\w.:=,@%+/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
