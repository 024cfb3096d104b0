import type { Treason } from '../../history/treasons.js';
import type { NodeId } from '../../kernel/ids.js';
import type { RunRecord } from '../../store/run-record.js';
import { eventLines } from '../event-lines.js';
import { formatTime } from '../scale.js';
import { isAbout } from './phase-steps.js';
import type { Moment, PhaseSurvey } from './phase-survey.js';
import { PhaseTable } from './phase-table.js';
import type { PhasesView } from './view.js';

const MAX_ANOMALIES = 3;
const MAX_TREASONS = 6;

/** The times at which a reader wants to see how far batches were, the most important first. */
export function momentsOf(run: RunRecord, treasons: readonly Treason[], aroundUs: number | undefined): Moment[] {
  const chosen =
    aroundUs === undefined
      ? []
      : [
          {
            timeUs: aroundUs,
            reason: `${formatTime(aroundUs, 10_000)}, as asked for`,
            before: 25,
            after: 25,
            urgent: true,
          },
        ];
  const anomalies = run.checks
    .flatMap((check) => check.anomalies)
    .flatMap(({ fromUs }) => (fromUs === undefined ? [] : [fromUs]))
    .slice(0, MAX_ANOMALIES)
    .map((timeUs) => ({
      timeUs,
      reason: `the anomaly at ${formatTime(timeUs, 10_000)}`,
      before: 12,
      after: 12,
      urgent: true,
    }));
  const turns = treasons.slice(0, MAX_TREASONS).map(({ node, fromUs }) => ({
    timeUs: fromUs,
    reason: `${node} becomes a traitor`,
    before: 2,
    after: 8,
  }));
  return [...chosen, ...anomalies, ...turns];
}

/** Reads the trace once more, for what the survey found worth showing; undefined where it tells of no batches. */
export async function readPhases(
  traceFile: string,
  nodes: readonly NodeId[],
  survey: PhaseSurvey,
): Promise<PhasesView | undefined> {
  const { highest, turnedUs, viewChanges } = survey;
  const changes = viewChanges.list(highest);
  if (highest === 0 && changes.length === 0) return undefined;
  const chosen = survey.choose();
  const table = new PhaseTable(nodes, chosen, turnedUs);
  for await (const event of eventLines(traceFile, { lines: 0 }, isAbout(chosen))) table.observe(event);
  return {
    nodes,
    highest,
    stretches: table.stretches(),
    viewChanges: changes,
    furtherViewChanges: viewChanges.further,
    turnedUs,
  };
}
