import type { TraceEvent } from '../../history/trace.js';
import { stepName } from '../event-lines.js';

/** A step about the batch of one sequence number. */
export type BatchStep = Extract<
  TraceEvent,
  { readonly name: 'AcceptPrePrepare' | 'Prepared' | 'CommittedLocal' | 'Execute' }
>;

const BATCH_STEPS: ReadonlySet<string> = new Set(['AcceptPrePrepare', 'Prepared', 'CommittedLocal', 'Execute']);
const SURVEYED: ReadonlySet<string> = new Set([
  'AcceptPrePrepare',
  'CommittedLocal',
  'Execute',
  'StartViewChange',
  'EnterView',
  'Turn',
]);

/** Whether a step of that name tells what a survey wants to know. */
export function isSurveyed(name: string): boolean {
  return SURVEYED.has(name);
}

/** Whether a raw line is a step about one of these sequence numbers, or one that brings many at once. */
export function isAbout(sequences: ReadonlyMap<number, unknown>): (line: string) => boolean {
  return (line) => {
    const name = stepName(line);
    if (name === 'InstallState') return true;
    if (!BATCH_STEPS.has(name)) return false;
    return sequences.has(Number.parseInt(line.slice(line.indexOf('"sequence":') + 11), 10));
  };
}
