import { grouped } from '../kernel/count.js';
import { formatDuration, usFromMs } from '../kernel/units.js';
import { LEADER_WORDS } from '../plugin/node-words.js';
import type { RunRecord } from '../store/run-record.js';

/** One figure of the evidence, for a strip of figures or a line of them. */
export interface Figure {
  readonly label: string;
  readonly value: string;
}

/** The evidence of a run in a few figures: how much was asked, how much of it under faults, what the faults did. */
export function evidenceFigures(run: RunRecord): Figure[] {
  const { ok, fail, info, okDuringFaults, leaderChanges } = run.counts;
  const kinds = Object.values(run.counts.faults);
  const injected = kinds.reduce((sum, kind) => sum + kind.injected, 0);
  const confirmed = kinds.reduce((sum, kind) => sum + kind.confirmed, 0);
  const recovery = recoveryTime(run);
  return [
    { label: 'operations', value: grouped(ok + fail + info) },
    { label: 'acknowledged', value: grouped(ok) },
    { label: 'acknowledged under faults', value: grouped(okDuringFaults) },
    { label: 'faults confirmed', value: `${grouped(confirmed)} of ${grouped(injected)}` },
    { label: `${(run.words ?? LEADER_WORDS).change}s`, value: grouped(leaderChanges) },
    ...(recovery === undefined ? [] : [{ label: 'recovery', value: recovery }]),
  ];
}

/** What the checker of availability says of the time until the healed cluster served again. */
function recoveryTime(run: RunRecord): string | undefined {
  for (const check of run.checks) {
    const fact = check.facts.recoveryMs;
    if (typeof fact === 'number') return formatDuration(usFromMs(fact));
  }
  return undefined;
}

/** "raft (reads=follower)" */
export function withOptions(name: string, options: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(options).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return given.length === 0 ? name : `${name} (${given.join(', ')})`;
}

/** "register under partition, kill" */
export function scenarioOf(run: Pick<RunRecord, 'options'>): string {
  const { workload, nemeses } = run.options;
  const names = nemeses.map(({ name }) => name);
  return `${workload} ${names.length === 0 ? 'without faults' : `under ${names.join(', ')}`}`;
}
