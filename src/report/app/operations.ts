import { formatDuration } from '../../kernel/units.js';
import { OUTCOME_MEANINGS, operationText } from '../operation-text.js';
import { formatTime } from '../scale.js';
import { type OperationColumns, OUTCOMES, type OutcomeName } from '../view.js';
import type { Hit } from './track.js';

export function outcomeOf(operations: OperationColumns, row: number): OutcomeName {
  return OUTCOMES[operations.outcome[row] ?? 0] ?? 'ok';
}

export function wordOf(operations: OperationColumns, column: 'f' | 'key' | 'node', row: number): string {
  return operations.words[operations[column][row] ?? 0] ?? '';
}

export function textOf(operations: OperationColumns, row: number): string {
  return operationText({
    f: wordOf(operations, 'f', row),
    key: wordOf(operations, 'key', row),
    argument: operations.argument[row] ?? '',
    result: operations.result[row] ?? '',
    outcome: outcomeOf(operations, row),
  });
}

/** Everything that the page knows of one operation. */
export function operationHit(operations: OperationColumns, row: number, forcing: boolean): Hit {
  const outcome = outcomeOf(operations, row);
  const invokeUs = operations.invokeUs[row] ?? 0;
  const endUs = operations.endUs[row] ?? invokeUs;
  const dueUs = operations.dueUs[row] ?? invokeUs;
  const node = wordOf(operations, 'node', row);
  return {
    key: `operation ${row}`,
    title: textOf(operations, row),
    rows: [
      ['process', String(operations.process[row])],
      ['outcome', `${outcome}: ${OUTCOME_MEANINGS[outcome]}`],
      ['request', formatTime(invokeUs, 1)],
      ['answer', outcome === 'pending' ? 'none' : `${formatTime(endUs, 1)}, after ${formatDuration(endUs - invokeUs)}`],
      ...(dueUs < invokeUs
        ? ([['was due', `${formatDuration(invokeUs - dueUs)} earlier: all processes were busy`]] as const)
        : []),
      ...(node === '' ? [] : ([['answered by', node]] as const)),
      ...(forcing ? ([['note', 'one of the operations that force the verdict']] as const) : []),
    ],
    fromUs: invokeUs,
    toUs: endUs,
  };
}
