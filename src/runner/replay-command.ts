import type { RunOptions } from '../store/run-record.js';

/** The command line that makes this run again, every option written out. */
export function replayCommand(options: RunOptions): string {
  const flags: Array<[string, string]> = [
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
    ...Object.entries(options.systemOptions).map(([name, value]): [string, string] => [flagName(name), String(value)]),
  ];
  return `npx assay run ${options.system} ${flags.map(([name, value]) => `--${name} ${quote(value)}`).join(' ')}`;
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
