import type { TraceEvent } from '../../history/trace.js';

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

/** Whether a raw line of a trace tells what a survey wants to know: most lines are messages and need no decoding. */
export function isSurveyed(line: string): boolean {
  return SURVEYED.has(nameOf(line));
}

/** Whether a raw line is a step about one of these sequence numbers, or one that brings many at once. */
export function isAbout(sequences: ReadonlyMap<number, unknown>): (line: string) => boolean {
  return (line) => {
    const name = nameOf(line);
    if (name === 'InstallState') return true;
    if (!BATCH_STEPS.has(name)) return false;
    return sequences.has(Number.parseInt(line.slice(line.indexOf('"sequence":') + 11), 10));
  };
}

function nameOf(line: string): string {
  const start = line.indexOf('"name":"') + 8;
  return line.slice(start, line.indexOf('"', start));
}
