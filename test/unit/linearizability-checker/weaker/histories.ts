import type { Random } from '../../../../src/kernel/random.js';
import type { Operation } from '../../../../src/linearizability-checker/index.js';

export interface Shape {
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
  readonly crashes: number;
  /** How far a replica may lag behind, in updates; 0 makes linearizable histories. */
  readonly lag: number;
  /** Share of histories in which two operations trade places. */
  readonly swaps: number;
}

/** One operation on a key: what it is, and what it answers given the newest state and that of a replica. */
export interface Step<State, Input, Output> {
  readonly input: Input;
  readonly output?: Output;
  /** The state that it leaves behind, when it is an update. */
  readonly state?: State;
}

/**
 * A small history of a store whose replicas lag: updates take effect at once, reads are answered by a state some
 * updates old. Processes have one operation outstanding; one that crashes goes on under a new number.
 */
export function laggingHistory<State, Input, Output>(
  random: Random,
  shape: Shape,
  initial: State,
  step: (key: string, newest: State, replica: State) => Step<State, Input, Output>,
): Operation<Input, Output>[] {
  const states = Array.from({ length: shape.keys }, (): State[] => [initial]);
  const clients = Array.from({ length: shape.processes }, (_, process) => ({ process, free: random.int(0, 2) }));
  let processes = shape.processes;
  const operations: Operation<Input, Output>[] = [];
  for (let index = 0; index < shape.operations; index++) {
    // Mostly the client that has waited longest, so that time roughly goes forward.
    const ordered = [...clients].sort((left, right) => left.free - right.free);
    const client = random.chance(0.7) ? (ordered[0] as (typeof clients)[0]) : random.pick(clients);
    const call = client.free;
    const returned = call + random.int(0, 3);
    const key = random.int(0, shape.keys - 1);
    const versions = states[key] as State[];
    const back = Math.min(versions.length - 1, random.int(0, shape.lag));
    const newest = versions.at(-1) as State;
    const { input, output, state } = step(`k${key}`, newest, versions.at(-1 - back) as State);
    const crashed = random.chance(shape.crashes);
    if (state !== undefined && (!crashed || random.chance(0.5))) versions.push(state);
    operations.push({
      input,
      call,
      process: client.process,
      ...(!crashed && { return: returned, ...(output !== undefined && { output }) }),
    });
    client.free = returned + random.int(0, 1);
    if (crashed) client.process = processes++;
  }
  return random.chance(shape.swaps) ? swapped(random, operations) : operations;
}

/** Two completed operations trade places: updates then take effect in another order than they were called in. */
function swapped<Input, Output>(
  random: Random,
  operations: readonly Operation<Input, Output>[],
): Operation<Input, Output>[] {
  const completed = operations.filter((operation) => operation.return !== undefined);
  if (completed.length < 2) return [...operations];
  const [left, right] = random.shuffle(completed) as [Operation<Input, Output>, Operation<Input, Output>];
  const content = new Map([
    [left, right],
    [right, left],
  ]);
  return operations.map((operation) => {
    const other = content.get(operation);
    if (other === undefined) return operation;
    const { output: _, ...slot } = operation;
    return { ...slot, input: other.input, ...(other.output !== undefined && { output: other.output }) };
  });
}
