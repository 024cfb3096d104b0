import type { Random } from '../../../src/kernel/random.js';
import type { Operation } from '../../../src/linearizability-checker/index.js';
import { CallOrder } from './call-order.js';
import { CRASHED_DELAY_MEAN_US, latencyUs, type Shape, thinkUs } from './shape.js';
import { TimeQueue } from './time-queue.js';

/** An object that answers at once, executed one operation after another. */
export interface SequentialObject<Input, Output> {
  /**
   * An operation that a client may ask for now. Equal inputs may be one and the same.
   *
   * @param serial different for every operation of a history, from 1
   * @param update whether it must be one that can change something
   */
  draw(random: Random, serial: number, update: boolean): Input;
  /** Carries it out. */
  apply(input: Input): Output;
}

/**
 * A discrete-event simulation of closed-loop clients: each thinks (exponential), calls, and waits for the answer
 * (lognormal latency). The operation takes effect at a point that is uniform inside its interval; it is drawn and
 * carried out in the order of these points, so that the history is linearizable by construction.
 *
 * A crashed update is drawn at its call. Half of them take effect after an exponential delay, half never. The client
 * goes on under a new process id, as in Jepsen.
 *
 * Yields in the order of calls, a bounded time behind them: a history can be longer than memory.
 */
export function* simulate<Input, Output>(
  shape: Shape,
  random: Random,
  object: SequentialObject<Input, Output>,
): Generator<Operation<Input, Output>> {
  const { operations, clients, crashed = 0 } = shape;
  const calls = new Float64Array(clients);
  const returns = new Float64Array(clients);
  /** The operation that the client has outstanding, by its number in the order of calls; -1 while it thinks. */
  const outstanding = new Int32Array(clients).fill(-1);
  const processes = Int32Array.from({ length: clients }, (_, client) => client);
  let nextProcess = clients;
  /** Clients, for their next call or effect; below 0: a crashed update that takes effect. */
  const events = new TimeQueue();
  const late: Input[] = [];
  const history = new CallOrder<Operation<Input, Output>>();
  let called = 0;

  const plan = (client: number, after: number) => {
    const call = after + thinkUs(shape, random);
    calls[client] = call;
    returns[client] = call + latencyUs(random);
    events.push(call, client);
  };
  for (let client = 0; client < clients; client++) plan(client, 0);

  while (events.size > 0) {
    const item = events.pop();
    if (item < 0) {
      object.apply(late[-item - 1] as Input);
      continue;
    }
    const call = calls[item] as number;
    const end = returns[item] as number;
    const process = processes[item] as number;
    const number = outstanding[item] as number;
    if (number >= 0) {
      const input = object.draw(random, number + 1, false);
      history.settle(number, { input, output: object.apply(input), call, return: end, process });
      outstanding[item] = -1;
      plan(item, end);
    } else if (called < operations) {
      const index = called++;
      if (crashes(index, operations, crashed)) {
        const input = object.draw(random, index + 1, true);
        history.settle(index, { input, call, process });
        if (random.chance(0.5)) {
          late.push(input);
          events.push(call + random.exponential(CRASHED_DELAY_MEAN_US), -late.length);
        }
        processes[item] = nextProcess++;
        plan(item, end);
      } else {
        outstanding[item] = index;
        events.push(call + random.float() * (end - call), item);
      }
    }
    for (let next = history.take(); next !== undefined; next = history.take()) yield next;
  }
}

/** Whether this operation is one of the `crashed`, which are evenly spread. */
function crashes(index: number, operations: number, crashed: number): boolean {
  return Math.floor((index * crashed) / operations) !== Math.floor(((index + 1) * crashed) / operations);
}
