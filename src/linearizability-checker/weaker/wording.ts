import type { Model, Operation } from '../model.js';

/** How many operations of one process a sentence names. */
const NAMED = 6;
/** Longer descriptions lose their middle: of a list, the beginning and the end tell most. */
const LONGEST = 100;

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
  const keyOf = (index: number) => model.partition?.((operations[index] as Operation<Input, Output>).input) ?? '';
  const severalKeys = new Set(chosen.map(keyOf)).size > 1;
  const byProcess = new Map<string, string[]>();
  for (const index of chosen) {
    const operation = operations[index] as Operation<Input, Output>;
    const process = operation.process === undefined ? 'some process' : `process ${operation.process}`;
    const steps = byProcess.get(process) ?? [];
    const key = JSON.stringify(keyOf(index));
    const text = show(model, operation);
    steps.push(severalKeys && !text.includes(key) ? `${shortened(text)} on ${key}` : shortened(text));
    byProcess.set(process, steps);
  }
  const sessions = [...byProcess].map(([process, steps]) => {
    const named = steps.length > NAMED ? [...steps.slice(0, NAMED), `${steps.length - NAMED} more`] : steps;
    return `${process}: ${named.join(', then ')}`;
  });
  return `${sessions.join('; ')}; ${because ?? 'no order of the versions explains these answers'}`;
}

function shortened(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}`;
}

function show<State, Input, Output>(
  model: Model<State, Input, Output>,
  { input, output, return: returned }: Operation<Input, Output>,
): string {
  const answer = returned === undefined ? undefined : output;
  if (model.describe) return model.describe(input, answer);
  return answer === undefined ? JSON.stringify(input) : `${JSON.stringify(input)} = ${JSON.stringify(answer)}`;
}
