import type { Random } from '../../../src/kernel/random.js';
import type {
  CounterInput,
  CounterOutput,
  FencedLockInput,
  FencedLockOutput,
  LockInput,
  LockOutput,
  MutexInput,
  MutexOutput,
  Operation,
  Scalar,
  SetInput,
  SetOutput,
} from '../../../src/linearizability-checker/index.js';
import { legalHistory, type Shape } from './histories.js';

export type SetHistory = Operation<SetInput, SetOutput>[];
export type CounterHistory = Operation<CounterInput, CounterOutput>[];
export type LockHistory = Operation<LockInput, LockOutput>[];
export type FencedLockHistory = Operation<FencedLockInput, FencedLockOutput>[];
export type MutexHistory = Operation<MutexInput, MutexOutput>[];

/** A shape drawn from the seed: some without crashes, some with many ties. */
export function anyShape(random: Random, most: number): Shape {
  return {
    operations: random.int(3, most),
    clients: random.int(2, 5),
    crashes: random.pick([0, 0.15, 0.4]),
    times: random.int(4, 40),
  };
}

/**
 * @param options `values` 0: every add has its own. `told`: the share of adds and removes that say whether they changed
 * anything. `reads`: the share of reads of the whole set.
 */
export function setHistory(
  random: Random,
  shape: Shape,
  options: { readonly values: number; readonly told: number; readonly reads: number; readonly onlyAdds: boolean },
): SetHistory {
  const state = new Set<Scalar>();
  let added = 0;
  return legalHistory<SetInput, SetOutput>(random, shape, (take) => {
    if (random.chance(options.reads)) return { input: { f: 'read' }, output: random.shuffle([...state]) };
    const f = options.onlyAdds ? 'add' : random.pick(['add', 'remove', 'contains'] as const);
    const fresh = options.values === 0 && f === 'add';
    const value = fresh ? ++added : random.int(1, Math.max(1, options.values === 0 ? added : options.values));
    if (f === 'contains') return { input: { f, value }, output: state.has(value) };
    const changes = state.has(value) === (f === 'remove');
    if (take && f === 'add') state.add(value);
    if (take && f === 'remove') state.delete(value);
    return { input: { f, value }, output: random.chance(options.told) ? changes : null };
  });
}

/** Changes one answer, so that the history may be legal or not. */
export function spoilSet(random: Random, history: SetHistory): SetHistory {
  return spoil(random, history, ({ input, output }) => {
    if (typeof output === 'boolean') return !output;
    if (!Array.isArray(output)) return random.pick([true, false]);
    const others = history.flatMap((other) => (Array.isArray(other.output) ? [other.output] : []));
    const values = history.flatMap((other) => (other.input.f === 'read' ? [] : [other.input.value]));
    return random.pick<() => SetOutput>([
      () => output.slice(1),
      () => random.pick(others),
      () => [...output, random.pick([...values, 99])],
      () => [...output, ...output.slice(0, 1)],
      () => (input.f === 'read' ? null : true),
    ])();
  });
}

/** @param options `deltas`: what is added. `told`: the share of adds that answer with the sum. */
export function counterHistory(
  random: Random,
  shape: Shape,
  options: { readonly initial: number; readonly deltas: readonly number[]; readonly told: number },
): CounterHistory {
  let sum = options.initial;
  return legalHistory<CounterInput, CounterOutput>(random, shape, (take) => {
    if (random.chance(0.4)) return { input: { f: 'read' }, output: random.chance(0.9) ? sum : null };
    const value = random.pick(options.deltas);
    if (take) sum += value;
    return { input: { f: 'add', value }, output: random.chance(options.told) ? sum : null };
  });
}

export function spoilCounter(random: Random, history: CounterHistory): CounterHistory {
  return spoil(random, history, ({ output }) => (output ?? random.int(-2, 4)) + random.pick([-2, -1, 1, 1, 2, 0.5]));
}

/** @param refusals the share of operations that are tried in whatever state */
export function mutexHistory(random: Random, shape: Shape, refusals: number): MutexHistory {
  let held = false;
  return legalHistory<MutexInput, MutexOutput>(random, shape, (take) => {
    const f = random.chance(refusals) === held ? 'acquire' : 'release';
    const done = held === (f === 'release');
    if (done && take) held = !held;
    return { input: { f }, output: done ? random.pick([true, null]) : false };
  });
}

export function spoilMutex(random: Random, history: MutexHistory): MutexHistory {
  return spoil(random, history, ({ output }) => output === false);
}

/**
 * A legal history of owners who do one thing at a time, but for a share of `overlaps`, and who may go on after an
 * operation that never returned. `step` is as in {@link legalHistory}.
 */
function ownedHistory<Input, Output>(
  random: Random,
  shape: Shape & { readonly overlaps: number; readonly survivors: number },
  step: (owner: number, take: boolean) => { input: Input; output: Output },
): Operation<Input, Output>[] {
  const free = Array.from({ length: shape.clients }, () => random.int(0, 5));
  const plans: { owner: number; call: number; at: number; returned: number | undefined }[] = [];
  for (let index = 0; index < shape.operations; index++) {
    const owner = random.int(0, shape.clients - 1);
    const call = free[owner] as number;
    if (call > 1000) continue;
    const length = random.int(0, Math.max(1, Math.floor(shape.times / 4)));
    const crashed = random.chance(shape.crashes);
    plans.push({
      owner,
      call,
      at: call + random.float() * (crashed ? shape.times : length),
      returned: crashed ? undefined : call + length,
    });
    const gone = crashed && !random.chance(shape.survivors);
    free[owner] = gone ? 2000 : call + (random.chance(shape.overlaps) ? 0 : length + random.int(1, 3));
  }
  plans.sort((left, right) => left.at - right.at);
  return plans
    .map(({ owner, call, returned }) => {
      const { input, output } = step(owner, returned !== undefined || random.chance(0.5));
      return { input, call, ...(returned !== undefined && { return: returned, output }) };
    })
    .sort((left, right) => left.call - right.call);
}

/** A shape drawn from the seed for owned locks. */
export function anyOwners(random: Random, most: number): Parameters<typeof ownedHistory>[1] {
  return {
    ...anyShape(random, most),
    clients: random.int(2, 4),
    crashes: random.pick([0, 0, 0.1, 0.3]),
    overlaps: random.pick([0, 0, 0, 0.3]),
    survivors: random.pick([0, 0, 0.5]),
  };
}

/** @param refusals the share of operations that are tried in whatever state */
export function reentrantLockHistory(
  random: Random,
  shape: Parameters<typeof ownedHistory>[1],
  options: { readonly limit: number; readonly refusals: number },
): LockHistory {
  let holder: number | undefined;
  let count = 0;
  return ownedHistory<LockInput, LockOutput>(random, shape, (owner, take) => {
    const mine = holder === owner;
    const can = { acquire: holder === undefined || (mine && count < options.limit), release: mine };
    const f = chooseLock(random, can, options.refusals);
    if (!can[f]) return { input: { f, owner }, output: false };
    if (take) {
      count += f === 'acquire' ? 1 : -1;
      holder = count > 0 ? owner : undefined;
    }
    return { input: { f, owner }, output: random.pick([true, null]) };
  });
}

export function fencedLockHistory(
  random: Random,
  shape: Parameters<typeof ownedHistory>[1],
  options: { readonly limit: number; readonly refusals: number; readonly unseen: number },
): FencedLockHistory {
  let holder: number | undefined;
  let count = 0;
  let token = 0;
  return ownedHistory<FencedLockInput, FencedLockOutput>(random, shape, (owner, take) => {
    const mine = holder === owner;
    const can = { acquire: holder === undefined || (mine && count < options.limit), release: mine };
    const f = chooseLock(random, can, options.refusals);
    const claimed = f === 'release' && random.chance(0.5);
    const stale = claimed && random.chance(0.2);
    const input = f === 'acquire' ? { f, owner } : { f, owner, ...(claimed && { token: stale ? token - 1 : token }) };
    if (!can[f] || stale) return { input, output: f === 'acquire' ? random.pick([null, false]) : false };
    if (take) {
      if (holder === undefined) token += random.int(1, 2);
      count += f === 'acquire' ? 1 : -1;
      holder = count > 0 ? owner : undefined;
    }
    if (f === 'acquire') return { input, output: random.chance(options.unseen) ? true : token };
    return { input, output: random.pick([true, null]) };
  });
}

function chooseLock(
  random: Random,
  can: { readonly acquire: boolean; readonly release: boolean },
  refusals: number,
): 'acquire' | 'release' {
  if (random.chance(refusals)) return random.pick(['acquire', 'release']);
  if (can.acquire && can.release) return random.pick(['acquire', 'release']);
  return can.release ? 'release' : 'acquire';
}

export function spoilLock(random: Random, history: LockHistory): LockHistory {
  return spoil(random, history, ({ output }) => output === false);
}

export function spoilFencedLock(random: Random, history: FencedLockHistory): FencedLockHistory {
  return spoil(random, history, ({ input, output }) => {
    if (input.f === 'release') return output === false;
    if (typeof output !== 'number') return random.int(1, 5);
    return random.pick([output + random.pick([-2, -1, 1, 2]), null]);
  });
}

/** Changes the answer of one operation that returned. */
export function spoil<Input, Output>(
  random: Random,
  history: Operation<Input, Output>[],
  change: (operation: Operation<Input, Output>) => Output,
): Operation<Input, Output>[] {
  const victims = history.flatMap((operation, index) => (operation.return === undefined ? [] : [index]));
  if (victims.length === 0) return history;
  const victim = random.pick(victims);
  return history.map((operation, index) =>
    index === victim ? { ...operation, output: change(operation) } : operation,
  );
}
