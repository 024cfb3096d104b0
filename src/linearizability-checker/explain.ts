import { inBudget, OutOfBudget } from './budget.js';
import { type Deadline, LOOK, type Pulse, unhurried } from './deadline.js';
import { type Decision, decide, PartitionDecider } from './decide.js';
import { type Model, NEVER } from './model.js';
import { type Problem, restrict, truncate } from './problem.js';
import { RegisterContradictions } from './register/contradiction.js';
import { findStaleRead } from './register/stale-read.js';
import { type RegisterHistory, registerHistory } from './register/view.js';
import { sortedBy } from './sorting.js';

/** All numbers in the lists are indices into the problem. */
export interface Explanation {
  /** Operations that contradict one another, in call order. */
  readonly operations: readonly number[];
  /** Whether it was proved that none can be spared; false when time ran out first. */
  readonly minimal: boolean;
  /** If given: whatever was there before the call of this operation. */
  readonly since?: number;
  /** Where the values came from that the operations found, if not from one another. */
  readonly origins: readonly number[];
  /** The operation whose return made the history illegal. */
  readonly failedAt?: number;
  /** A linearization of everything up to the return before that one, and what it leaves behind. */
  readonly prefix?: { readonly order: readonly number[]; readonly state: unknown };
}

/** The share of the time that is left which one step of an explanation may use up. */
const SHARE = 0.5;
/** A monitor names few; more than that is not for people, and the smallest window may have fewer. */
const FEW = 12;
/** Where a monitor needs so many, the beginning is better left open. */
const MANY = 50;
/** Configurations that the search may visit for one question. */
const PATIENCE = 100_000;
/** A history of so many operations can be reduced as it is. */
const SHORT = 200;

/**
 * Why a history is illegal: a small set of operations that cannot all have happened as recorded, whatever became of
 * the others. An operation outside the set counts as "called, and nobody knows whether it took effect": so the set
 * names not only the surprising answer, but also the earlier operations that force the state. Minimal in that sense:
 * release any one of them, and the history is legal.
 *
 * (To delete the others altogether would explain nothing: a read of 1 is illegal by itself once the write of 1 is
 * deleted.)
 */
export function explain<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  decision: Decision & { readonly verdict: 'illegal' },
  deadline: Deadline,
): Explanation {
  const failure = inBudget(() => firstFailure(model, problem, decision, deadline.part(SHARE)));
  const part = failure && inBudget(() => truncate(problem, failure.rank, deadline.pulse));
  if (failure === undefined || part === undefined) return { ...contradiction(model, problem, decision.core, deadline) };
  const { rank, before } = failure;
  const { problem: failing, members } = part;
  // What is running at that return is known to have been called only: the core may have known more.
  const core = decision.core?.every((op) => endedBy(problem, op, rank)) ? decision.core : undefined;
  const found = model.answersKept
    ? contradiction(model, problem, decision.core, deadline)
    : contradiction(
        model,
        failing,
        core?.map((op) => members.indexOf(op)),
        deadline,
      );
  const prefix = before && inBudget(() => prefixOf(model, problem, before, rank, deadline.pulse));
  const back = (op: number) => (model.answersKept ? op : (members[op] as number));
  return {
    operations: found.operations.map(back),
    minimal: found.minimal,
    ...(found.since !== undefined && { since: back(found.since) }),
    origins: found.origins.map(back),
    failedAt: problem.returnRank.indexOf(rank),
    ...(prefix && { prefix }),
  };
}

function prefixOf<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  order: readonly number[],
  end: number,
  pulse: Pulse,
): { readonly order: readonly number[]; readonly state: unknown } {
  let { init: state } = model;
  for (let index = 0; index < order.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const op = order[index] as number;
    // Of those that were still running nobody knew the answer.
    const output = (problem.returnRank[op] as number) < end ? problem.outputs[op] : undefined;
    state = model.step(state, problem.inputs[op] as Input, output) as State;
  }
  return { order, state };
}

function endedBy<Input, Output>(problem: Problem<Input, Output>, op: number, rank: number): boolean {
  return (problem.returnRank[op] as number) <= rank || problem.returnRank[op] === NEVER;
}

interface Failure {
  /** Of the return at which the history became illegal. */
  readonly rank: number;
  /** A linearization of what is before it. */
  readonly before: readonly number[] | undefined;
}

/**
 * Every shorter prefix is linearizable, for illegality never heals: so a bisection finds it, from where the decision
 * suggests. `undefined` at the deadline.
 */
function firstFailure<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  decision: Decision & { readonly verdict: 'illegal' },
  deadline: Deadline,
): Failure | undefined {
  const returns = returnsInOrder(problem, deadline.pulse);
  const judge = (index: number) => {
    const { problem: prefix, members } = truncate(problem, returns[index] as number, deadline.pulse);
    const judged = decide(model, prefix, deadline);
    return judged?.verdict === 'legal'
      ? { legal: true, order: judged.order.map((op) => members[op] as number) }
      : judged && { legal: false, order: undefined };
  };
  /** The last prefix known to be legal, and the first known to be illegal; −1 is the empty one. */
  let legal = decision.reached === undefined ? -1 : returns.indexOf(decision.reached) - 1;
  let order: readonly number[] | undefined;
  let illegal = returns.length - 1;
  if (decision.failedAt !== undefined) {
    illegal = returns.indexOf(decision.failedAt);
    legal = illegal - 1;
  } else if (decision.core || decision.suspect !== undefined) {
    // Nearly always the last of the core; unless the core knows how an operation ended that was running then.
    const last = returns.indexOf(
      decision.suspect ??
        (decision.core ?? []).reduce((latest, op) => Math.max(latest, problem.returnRank[op] as number), -1),
    );
    const judged = last < 0 ? undefined : judge(last);
    if (judged?.legal) legal = last;
    else if (judged) illegal = last;
  }
  // The places that are most likely; then ever longer steps; then halves.
  for (let step = 1; illegal - legal > 1; ) {
    const low: number = legal;
    const middle =
      decision.reached !== undefined && step === 1 ? low + 1 : Math.max(illegal - step, (low + illegal) >> 1);
    step *= 4;
    const judged = judge(middle);
    if (judged === undefined) return undefined;
    if (judged.legal) {
      legal = middle;
      order = judged.order;
    } else illegal = middle;
  }
  if (order === undefined) order = legal < 0 ? [] : judge(legal)?.order;
  return { rank: returns[illegal] as number, before: order };
}

/** The ranks of all returns. */
function returnsInOrder({ size, returnRank }: Problem<unknown, unknown>, pulse: Pulse): Int32Array {
  const ranks: number[] = [];
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    if (returnRank[op] !== NEVER) ranks.push(returnRank[op] as number);
  }
  return sortedBy(Int32Array.from(ranks), (left, right) => left - right, pulse);
}

type Contradiction = Pick<Explanation, 'operations' | 'minimal' | 'since' | 'origins'>;

function contradiction<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  core: readonly number[] | undefined,
  deadline: Deadline,
): Contradiction {
  return (
    inBudget(() => reduced(model, problem, core, deadline)) ?? {
      // A core was found to be one; without it, all are.
      operations: core ?? returnedInCallOrder(problem, unhurried),
      minimal: false,
      origins: [],
    }
  );
}

/** @throws OutOfBudget when there was no time even to begin */
function reduced<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  core: readonly number[] | undefined,
  deadline: Deadline,
): Contradiction {
  const { pulse } = deadline;
  const register = registerHistory(problem, model, pulse);
  if (register === undefined) {
    const ask = contradicts(model, problem, deadline);
    if (model.anyBeginning === undefined) return { ...reduce(problem, core, ask, pulse), origins: [] };
    return {
      ...ofWindow(
        problem,
        core,
        inBudget(() => smallestWindow(problem, ask, pulse)),
        ask,
        pulse,
      ),
      origins: [],
    };
  }

  const questions = new RegisterContradictions(register, pulse);
  const ask = (operations: readonly number[], since?: number) => questions.contradict(operations, since, pulse);
  const found = ofRegister(problem, register, core, ask, pulse);
  const named = new Set(found.operations);
  const origins = new Set<number>();
  for (const op of found.operations) {
    // To look for one takes a while in a long history, and what was not reduced in time may name very many.
    if (deadline.passed()) break;
    const origin = questions.origin(op);
    if (origin !== undefined && !named.has(origin)) origins.add(origin);
  }
  return { ...found, origins: [...origins] };
}

function ofRegister<Input, Output>(
  problem: Problem<Input, Output>,
  register: RegisterHistory,
  core: readonly number[] | undefined,
  ask: (operations: readonly number[], since?: number) => boolean | undefined,
  pulse: Pulse,
): Omit<Contradiction, 'origins'> {
  if ((core && core.length <= MANY) || problem.size <= SHORT) {
    const whole = reduce(problem, core, ask, pulse);
    if (whole.operations.length <= FEW) return whole;
  }
  const stale = inBudget(() => findStaleRead(register, pulse));
  const window =
    stale?.witness !== undefined
      ? { first: stale.witness, operations: [stale.witness, stale.op] }
      : inBudget(() => smallestWindow(problem, ask, pulse));
  return ofWindow(problem, core, window, ask, pulse);
}

/** Of the whole history where no window was found. */
function ofWindow<Input, Output>(
  problem: Problem<Input, Output>,
  core: readonly number[] | undefined,
  window: Window | undefined,
  ask: (operations: readonly number[], since?: number) => boolean | undefined,
  pulse: Pulse,
): Omit<Contradiction, 'origins'> {
  if (window === undefined) return reduce(problem, core, ask, pulse);
  const since = problem.callRank[window.first] as number;
  return { ...reduce(problem, window.operations, (operations) => ask(operations, since), pulse), since: window.first };
}

/**
 * Whether it is illegal with these certain; since a call, whatever the object held then, and what had returned before
 * does not matter. `undefined`: not found out.
 */
function contradicts<State, Input, Output>(
  model: Model<State, Input, Output>,
  problem: Problem<Input, Output>,
  deadline: Deadline,
): (operations: readonly number[], since?: number) => boolean | undefined {
  const isUpdate = (op: number) => !model.readOnly?.(problem.inputs[op] as Input, problem.outputs[op]);
  return (operations, since = -1) => {
    const certain = new Uint8Array(problem.size);
    // What was running then may have taken effect before, and others after it that had returned by then.
    for (const op of operations) if ((problem.callRank[op] as number) >= since) certain[op] = 1;
    const chosen: number[] = [];
    for (let op = 0; op < problem.size; op++) {
      if ((op & LOOK) === 0) deadline.pulse();
      if (certain[op] === 1 || (isUpdate(op) && (problem.returnRank[op] as number) > since)) chosen.push(op);
    }
    const part = restrict(problem, chosen, (op) => certain[op] === 1, {
      ...(model.answersKept !== undefined && { keepAnswers: model.answersKept }),
      pulse: deadline.pulse,
    });
    const decider =
      since >= 0 && model.anyBeginning
        ? new PartitionDecider(model.anyBeginning, part)
        : new PartitionDecider(model, part);
    const decision = decider.run(PATIENCE, deadline);
    if (decision === undefined && deadline.passed()) throw new OutOfBudget('time');
    return decision && decision.verdict === 'illegal';
  };
}

interface Window {
  /** It begins with the call of this one. */
  readonly first: number;
  readonly operations: readonly number[];
}

/**
 * The shortest end of the history whose operations contradict one another whatever the object held when it began. Two
 * or three recent operations then explain what hundreds of earlier ones are needed for when the beginning is known.
 */
function smallestWindow<Input, Output>(
  problem: Problem<Input, Output>,
  ask: (operations: readonly number[], since: number) => boolean | undefined,
  pulse: Pulse,
): Window | undefined {
  const byCall = returnedInCallOrder(problem, pulse);
  const from = (start: number): Window => {
    const first = byCall[start] as number;
    const since = problem.callRank[first] as number;
    // What was running then belongs to it, though it may have taken effect before.
    return { first, operations: byCall.filter((op) => (problem.returnRank[op] as number) > since) };
  };
  const illegal = (start: number) => {
    const { first, operations } = from(start);
    return ask(operations, problem.callRank[first] as number);
  };
  let start = Math.max(0, byCall.length - 2);
  let legal = byCall.length;
  for (let length = 4; illegal(start) !== true; length *= 2) {
    if (start === 0) return undefined;
    legal = start;
    start = Math.max(0, byCall.length - length);
  }
  while (legal - start > 1) {
    const middle = (start + legal) >> 1;
    if (illegal(middle) === true) start = middle;
    else legal = middle;
  }
  return from(start);
}

function returnedInCallOrder({ size, callRank, returnRank }: Problem<unknown, unknown>, pulse: Pulse): number[] {
  const certain: number[] = [];
  for (let op = 0; op < size; op++) {
    if ((op & LOOK) === 0) pulse();
    if (returnRank[op] !== NEVER) certain.push(op);
  }
  const inCallOrder = (left: number, right: number) => (callRank[left] as number) - (callRank[right] as number);
  return Array.from(sortedBy(Int32Array.from(certain), inCallOrder, pulse));
}

/** Releases operations in chunks, ever smaller, the oldest first, for they matter least. */
function reduce<Input, Output>(
  problem: Problem<Input, Output>,
  core: readonly number[] | undefined,
  contradict: (operations: readonly number[]) => boolean | undefined,
  pulse: Pulse,
): Pick<Explanation, 'operations' | 'minimal'> {
  let kept = returnedInCallOrder(problem, pulse);
  try {
    const members = new Set(core);
    if (core && contradict(core) === true) kept = kept.filter((op) => members.has(op));
    let chunk = Math.max(1, kept.length >> 1);
    while (true) {
      let released = false;
      let unsure = false;
      for (let start = 0; start < kept.length; ) {
        const rest = [...kept.slice(0, start), ...kept.slice(start + chunk)];
        const illegal = rest.length > 0 && contradict(rest);
        if (illegal) {
          kept = rest;
          released = true;
        } else {
          start += chunk;
          unsure ||= illegal === undefined;
        }
      }
      if (chunk > 1) chunk = chunk >> 1;
      else if (!released) return { operations: kept, minimal: !unsure };
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    return { operations: kept, minimal: false };
  }
}
