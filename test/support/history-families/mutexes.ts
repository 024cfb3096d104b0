import type { Random } from '../../../src/kernel/random.js';
import type { MutexInput, MutexOutput, Operation } from '../../../src/linearizability-checker/index.js';
import { CallOrder } from './call-order.js';
import { latencyUs, type Shape, thinkUs } from './shape.js';
import { precedes, type Subject } from './subject.js';
import { TimeQueue } from './time-queue.js';

/**
 * One mutex that everybody wants: clients acquire it, waiting in turn, think for a moment, release it and think again.
 * Whoever has it or waits for it in the end still releases it: a history may be longer than asked for, by one operation
 * a client. There are no crashes.
 */
export const mutexes: Subject<MutexInput, MutexOutput> = {
  name: 'mutex',
  simulate: waitInTurn,
  spoilt(window, index, fault) {
    // Dead: it is acquired while somebody else surely holds it, and not released before that one releases it.
    const acquired = window[index] as Operation<MutexInput, MutexOutput>;
    if (fault !== 'dead' || acquired.input.f !== 'acquire') return undefined;
    for (let other = index - 1; other >= Math.max(0, index - NEAR); other--) {
      const held = window[other] as Operation<MutexInput, MutexOutput>;
      if (held.input.f !== 'acquire' || held.return === undefined) continue;
      const released = window.find((operation) => operation.process === held.process && precedes(held, operation));
      if (released === undefined || released.call <= acquired.call + 1) continue;
      if (released.call > (acquired.return ?? 0)) continue;
      return { ...acquired, return: released.call - 1 };
    }
    return undefined;
  },
};

/** How far back the one who held it before may have called. */
const NEAR = 200;

const ACQUIRE: MutexInput = { f: 'acquire' };
const RELEASE: MutexInput = { f: 'release' };

/** What a client does next; the calls are in the history, the others are seen by the mutex alone. */
type Step = 'call acquire' | 'ask' | 'call release' | 'free';

function* waitInTurn(shape: Shape, random: Random): Generator<Operation<MutexInput, MutexOutput>> {
  const steps = Array.from({ length: shape.clients }, (): Step => 'call acquire');
  const calls = new Float64Array(shape.clients);
  const returns = new Float64Array(shape.clients);
  const numbers = new Int32Array(shape.clients);
  const waiting: number[] = [];
  let held = false;
  let called = 0;
  const events = new TimeQueue();
  const history = new CallOrder<Operation<MutexInput, MutexOutput>>();

  const call = (client: number, time: number, next: Step) => {
    const latency = latencyUs(random);
    calls[client] = time;
    returns[client] = time + latency;
    numbers[client] = called++;
    steps[client] = next;
    events.push(time + random.float() * latency, client);
  };
  const settle = (process: number, input: MutexInput, end: number, next: Step) => {
    const number = numbers[process] as number;
    history.settle(number, { input, output: null, call: calls[process] as number, return: end, process });
    steps[process] = next;
    events.push(end + thinkUs(shape, random), process);
  };
  for (let client = 0; client < shape.clients; client++) events.push(thinkUs(shape, random), client);

  while (events.size > 0) {
    const time = events.nextTime;
    const client = events.pop();
    switch (steps[client]) {
      case 'call acquire':
        if (called < shape.operations) call(client, time, 'ask');
        break;
      case 'call release':
        call(client, time, 'free');
        break;
      case 'ask':
        if (held) waiting.push(client);
        else settle(client, ACQUIRE, returns[client] as number, 'call release');
        held = true;
        break;
      case 'free': {
        settle(client, RELEASE, returns[client] as number, 'call acquire');
        const next = waiting.shift();
        held = next !== undefined;
        // Whoever waited has its answer a whole latency after the mutex became free.
        if (next !== undefined) settle(next, ACQUIRE, Math.ceil(time) + latencyUs(random), 'call release');
        break;
      }
    }
    for (let next = history.take(); next !== undefined; next = history.take()) yield next;
  }
}
