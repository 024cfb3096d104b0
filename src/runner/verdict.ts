import { count, grouped } from '../kernel/count.js';
import type { NodeId } from '../kernel/ids.js';
import { type CheckResult, type Verdict, worstVerdict } from '../plugin/checker.js';
import { describeTreasons } from '../report/treason-words.js';
import type { RunOptions, RunRecord } from '../store/run-record.js';
import { withOptions } from './replay-command.js';

/** Violation beats everything; a harness failure is never a pass. */
export function verdictOf(checks: readonly CheckResult[], error: RunRecord['error']): Verdict {
  const verdict = worstVerdict(checks.map((check) => check.verdict));
  return verdict === 'valid' && (error || checks.length === 0) ? 'unknown' : verdict;
}

/** The verdict paragraph: what was run, what was found, on what evidence. */
export function narrate(record: Pick<RunRecord, 'options' | 'verdict' | 'checks' | 'counts' | 'error'>): string[] {
  const { options, verdict, checks, counts, error } = record;
  const opening = {
    valid: 'No violation was found, and there was enough to see one.',
    invalid: 'A violation was found.',
    unknown: error
      ? 'The run did not end as it should.'
      : 'Nothing wrong was found, but the evidence is too thin to say that it is right.',
  }[verdict];
  return [
    opening,
    describeRun(options, counts),
    ...(counts.treasons ? [describeTreasons(counts.treasons)] : []),
    ...(counts.bugEffects ? [describeBugEffects(counts.bugEffects)] : []),
    ...(error ? [`The harness stopped: ${error.message.replace(/[.\s]+$/, '')}.`] : []),
    ...worstFirst(checks).map((check) => check.summary),
  ];
}

/** The violated checks first, then the doubtful ones. */
export function worstFirst<Check extends Pick<CheckResult, 'verdict'>>(checks: readonly Check[]): Check[] {
  const order: readonly Verdict[] = ['invalid', 'unknown', 'valid'];
  return [...checks].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

/** That a bug was found means little of a run in which it did nothing; that it was not found, even less. */
function describeBugEffects(effects: Readonly<Record<NodeId, number>>): string {
  const total = Object.values(effects).reduce((sum, times) => sum + times, 0);
  if (total === 0) return 'The known bug that was switched on never took effect, by the count of the nodes.';
  const where = Object.entries(effects)
    .filter(([, times]) => times > 0)
    .map(([node, times]) => `${grouped(times)} on ${node}`);
  return `The known bug that was switched on took effect ${count(total, 'time')}, by the count of the nodes: ${where.join(', ')}.`;
}

function describeRun(options: RunOptions, counts: RunRecord['counts']): string {
  const total = counts.ok + counts.fail + counts.info;
  const nemeses = options.nemeses.map(({ name, options: own }) => withOptions(name, own));
  const under = nemeses.length > 0 ? `under ${nemeses.join(', ')}` : 'without faults';
  const outcomes = `${grouped(counts.ok)} ok, ${grouped(counts.fail)} failed, ${grouped(counts.info)} unknown`;
  const shed =
    counts.shed > 0 ? `; ${grouped(counts.shed)} more were due while every client waited, and were dropped` : '';
  return (
    `${options.nodes} nodes of ${options.system} (${options.backend}, seed ${options.seed}) served ${grouped(total)} operations ` +
    `of ${withOptions(options.workload, options.workloadOptions)} in ${options.timeLimitMs / 1000} s ${under}: ${outcomes}${shed}.`
  );
}
