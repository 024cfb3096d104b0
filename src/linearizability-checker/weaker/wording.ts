import type { Model, Operation } from '../model.js';

/** How many operations of one process a sentence names. */
const NAMED = 6;

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * What contradicts a model, by process: `process 3: write(5), then read() = 4; process 1: …`.
 *
 * @param chosen indices of operations, in the order of their calls
 */
export function tell<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
  chosen: readonly number[],
  because: string | undefined,
): string {
  if (chosen.length === 0) return 'no order of the operations explains the answers (a search through all of them)';
  const byProcess = new Map<string, string[]>();
  for (const index of chosen) {
    const operation = operations[index] as Operation<Input, Output>;
    const process = operation.process === undefined ? 'some process' : `process ${operation.process}`;
    const steps = byProcess.get(process) ?? [];
    steps.push(show(model, operation));
    byProcess.set(process, steps);
  }
  const sessions = [...byProcess].map(([process, steps]) => {
    const named = steps.length > NAMED ? [...steps.slice(0, NAMED), `${steps.length - NAMED} more`] : steps;
    return `${process}: ${named.join(', then ')}`;
  });
  return `${sessions.join('; ')}; ${because ?? 'no order of the versions explains these answers'}`;
}

function show<State, Input, Output>(
  model: Model<State, Input, Output>,
  { input, output, return: returned }: Operation<Input, Output>,
): string {
  const answer = returned === undefined ? undefined : output;
  if (model.describe) return model.describe(input, answer);
  return answer === undefined ? JSON.stringify(input) : `${JSON.stringify(input)} = ${JSON.stringify(answer)}`;
}
