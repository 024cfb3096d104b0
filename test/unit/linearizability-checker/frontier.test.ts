import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.js';
import { Frontier } from '../../../src/linearizability-checker/frontier.js';
import {
  casRegister,
  fifoQueue,
  LinearizabilityStream,
  type Model,
  type Operation,
  stack,
} from '../../../src/linearizability-checker/index.js';
import { NEVER } from '../../../src/linearizability-checker/model.js';
import { problemOf } from '../../../src/linearizability-checker/problem.js';
import { isLinearizable } from './brute-force.js';
import { answered } from './core.js';
import { registerHistory, spoilRegister } from './histories.js';
import { lossy, lossyHistory } from './lossy-register.js';
import { prefix } from './prefix.js';

/** The states that a history can end in; every order is tried. */
function ends<State, Input, Output>(
  model: Model<State, Input, Output>,
  operations: readonly Operation<Input, Output>[],
): State[] {
  const states: State[] = [];
  const isKnown = (state: State) => states.some((other) => model.equals?.(other, state) ?? other === state);
  const visit = (state: State, left: readonly Operation<Input, Output>[]): void => {
    if (left.every((operation) => operation.return === undefined) && !isKnown(state)) states.push(state);
    const firstReturn = Math.min(...left.map((operation) => operation.return ?? Number.POSITIVE_INFINITY));
    for (const operation of left.filter(({ call }) => call <= firstReturn)) {
      const others = left.filter((other) => other !== operation);
      const next = model.step(state, operation.input, operation.return === undefined ? undefined : operation.output);
      if (next !== undefined) visit(next, others);
    }
  };
  visit(model.init, operations);
  return states;
}

/** Tells a frontier of a small history event by event, and tries every order at every return. */
function follow<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  seen: { illegal: number; certain: number; uncertain: number },
  words: string,
): void {
  const problem = problemOf(model, history, Int32Array.from(history.keys()));
  const { callRank, returnRank } = problem;
  // What is running happened as it answers later, or not yet.
  const inputs = problem.inputs.map((input, op) => ({ input, output: problem.outputs[op] }));
  const events = [...problem.sources.keys()].flatMap((op) => [
    { op, ends: false, rank: callRank[op] as number },
    ...(returnRank[op] === NEVER ? [] : [{ op, ends: true, rank: returnRank[op] as number }]),
  ]);
  events.sort((left, right) => left.rank - right.rank);
  const frontier = new Frontier(model, model.init, 1000);
  const slots = new Map<number, number>();
  for (const { op, ends: isReturn, rank } of events) {
    const {
      input,
      output,
      call,
      return: returned,
    } = history[problem.sources[op] as number] as (typeof history)[number];
    if (!isReturn) {
      const slot = frontier.call({
        input,
        call,
        ...(returned !== undefined && { return: returned, ...(output !== undefined && { output }) }),
      });
      slots.set(op, slot as number);
      continue;
    }
    const legal = isLinearizable(answered(model), prefix({ ...problem, inputs }, rank));
    expect(frontier.return_(slots.get(op) as number), `${words}, rank ${rank}`).toBe(legal ? 'legal' : 'illegal');
    if (!legal) {
      seen.illegal++;
      return;
    }
    const soFar = prefix(problem, rank);
    const possible = ends(model, soFar);
    const closed = soFar.every((operation) => operation.return !== undefined) && possible.length === 1;
    const [state] = closed ? possible : [];
    const { onlyState } = frontier;
    expect(
      onlyState === state || (onlyState && state && model.equals?.(onlyState, state)),
      `${words}, rank ${rank}`,
    ).toBe(true);
    seen[closed ? 'certain' : 'uncertain']++;
  }
}

describe('the frontier', () => {
  it('says of every return whether the history is linearizable by then, and of the state whether it is certain', () => {
    const seen = { illegal: 0, certain: 0, uncertain: 0 };
    for (let seed = 1; seed <= 1200; seed++) {
      const random = new Random(seed);
      const shape = { operations: random.int(3, 8), clients: random.int(2, 4), times: random.int(4, 30) };
      const rates = { crashes: random.pick([0, 0.1, 0.3]), values: random.int(1, 3), cas: random.pick([0, 0.3]) };
      const history = spoilRegister(seed, registerHistory(seed, { ...shape, ...rates }));
      follow(casRegister(), history, seen, `seed ${seed}`);
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(250);
  });

  it('does so for a model whose states are compared', () => {
    const seen = { illegal: 0, certain: 0, uncertain: 0 };
    for (let seed = 1; seed <= 400; seed++) follow(lossy, lossyHistory(seed), seen, `seed ${seed}`);
    expect(seen.illegal).toBeGreaterThan(15);
    expect(seen.certain).toBeGreaterThan(15);
  });

  it('gives up where more run than a number has bits', () => {
    const full = (size: number) => {
      const frontier = new Frontier(casRegister(), null, 10);
      return Array.from({ length: size }, () =>
        frontier.call({ input: { f: 'read' }, output: null, call: 0, return: 1 }),
      );
    };
    expect(full(31)).toEqual([...Array(31).keys()]);
    expect(full(32).at(-1)).toBe('gave up');
  });

  it('gives up where more is possible than it may hold', () => {
    const judged = (limit: number) => {
      const frontier = new Frontier(casRegister(), null, limit);
      const slots = [1, 2, 3, 4].map(
        (value) => frontier.call({ input: { f: 'write', value }, call: 0, return: 1 }) as number,
      );
      return frontier.return_(slots[0] as number);
    };
    expect(judged(1000)).toBe('legal');
    expect(judged(3)).toBe('gave up');
  });
});

// Hashes of a queue's and of a stack's states may collide, and those of [0] and [] do.
it('a removal of which nobody knows what became of it changes the state even if the hash stays', () => {
  const queue = new LinearizabilityStream(fifoQueue());
  queue.return(queue.call({ f: 'enqueue', value: 0 }, 0, undefined), null, 1);
  queue.lose(queue.call({ f: 'dequeue' }, 2, undefined));
  queue.return(queue.call({ f: 'dequeue' }, 3, undefined), null, 4);
  expect(queue.conclude().verdict).toBe('legal');

  const pile = new LinearizabilityStream(stack());
  pile.return(pile.call({ f: 'push', value: 0 }, 0, undefined), null, 1);
  pile.lose(pile.call({ f: 'pop' }, 2, undefined));
  pile.return(pile.call({ f: 'pop' }, 3, undefined), null, 4);
  expect(pile.conclude().verdict).toBe('legal');
});
