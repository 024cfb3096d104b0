import { type Model, NEVER } from '../model.js';
import { CompiledModel, IMPOSSIBLE } from '../states.js';
import { VisitedConfigurations } from '../visited.js';
import { type Guarantee, OBSERVES, UPDATES } from './guarantees.js';
import { type Demands, demandsOf, type SessionHistory } from './sessions.js';
import type { Decision } from './version-order.js';

/**
 * Stretches of time inside which only the sessions' order counts, ascending and apart from one another. Everywhere
 * else, operations keep to the time of their calls and returns.
 */
export type Windows = readonly (readonly [from: number, to: number])[];

/**
 * The general search for an order: Wing & Gong's, with the sessions' order in place of time. An observation that is
 * possible is put at once (whatever order puts it later stays one when it is moved here); of the updates that may
 * come next, one that shows a waiting observation its answer is tried first, then the one that was called first.
 * Configurations that led nowhere are remembered exactly.
 *
 * With `windows`, it looks only among orders that keep to the time outside of these: a history that is linearizable
 * but for a few places has such an order, and it is found without going far astray. That there is none such proves
 * nothing.
 *
 * Can be stopped and resumed.
 */
export class OrderSearch<State, Input, Output> {
  /** Configurations visited so far. */
  visited = 0;
  /** Numbers kept in memory for the configurations visited. */
  memory = 0;
  private readonly model: CompiledModel<State, Input, Output>;
  private readonly demands: Demands;
  /** Whether every operation waits for all before it, so that only a process's next one can come. */
  private readonly strict: boolean;
  /** Of each key. */
  private readonly states: Int32Array;
  private readonly done: Uint8Array;
  /** Of each process: its operations. */
  private readonly lines: number[][];
  /** Of each process: how many of its operations are done, and how many of these without a gap. */
  private readonly doneCount: Int32Array;
  private readonly started: Int32Array;
  /** Of each process: how many of its awaited operations are done without a gap. */
  private readonly met: Int32Array;
  private readonly lineIndex: Int32Array;
  private readonly awaitedIndex: Int32Array;
  private remaining = 0;
  private readonly trail: { readonly op: number; readonly state: number }[] = [];
  private readonly frames: Frame[] = [];
  private readonly seen = new VisitedConfigurations();
  private outcome: Decision | undefined;
  /** Where the time stands: what was called later cannot come yet. */
  private now = Number.POSITIVE_INFINITY;
  private furthest = -1;
  private readonly calls: Float64Array;
  private readonly returns: Float64Array;
  /** Where the time stood when the search had come furthest. */
  stuckAt = Number.NEGATIVE_INFINITY;

  constructor(
    model: Model<State, Input, Output>,
    private readonly history: SessionHistory<Input, Output>,
    guarantee: Guarantee,
    private readonly windows?: Windows,
  ) {
    const { size, inputs, outputs, returned, processes, keys } = history;
    const ranks = Int32Array.from(returned, (known) => (known === 1 ? 0 : NEVER));
    this.model = new CompiledModel(model, { size, inputs, outputs, callRank: ranks, returnRank: ranks });
    this.demands = demandsOf(history, guarantee);
    this.strict = (guarantee.before & guarantee.after) === (OBSERVES | UPDATES);
    this.states = new Int32Array(keys).fill(this.model.initial);
    this.done = new Uint8Array(size);
    this.doneCount = new Int32Array(processes);
    this.started = new Int32Array(processes);
    this.met = new Int32Array(processes);
    this.lineIndex = new Int32Array(size);
    this.awaitedIndex = new Int32Array(size).fill(-1);
    this.lines = Array.from({ length: processes }, () => []);
    for (let op = 0; op < size; op++) {
      this.lineIndex[op] = (this.lines[history.process[op] as number] as number[]).push(op) - 1;
      if (returned[op] === 1) this.remaining++;
    }
    for (const awaited of this.demands.awaited) {
      for (let index = 0; index < awaited.length; index++) this.awaitedIndex[awaited[index] as number] = index;
    }
    this.calls = stretched(history.calls, windows, 0);
    this.returns = stretched(history.returns, windows, 1);
    this.enter(0);
  }

  /** Goes on for about `configurations` more; `undefined` when that did not suffice. */
  run(configurations: number): Decision | undefined {
    const end = this.visited + configurations;
    while (this.outcome === undefined && this.visited < end) this.advance();
    return this.outcome;
  }

  /** Tries the next move of the configuration on top, or leaves it. */
  private advance(): void {
    const frame = this.frames.at(-1);
    if (frame === undefined) {
      this.outcome = { verdict: 'violated', operations: [] };
      return;
    }
    const op = frame.moves[frame.cursor++];
    if (op === undefined) {
      this.frames.pop();
      this.undo(frame.trailStart);
      return;
    }
    const trailStart = this.trail.length;
    this.put(op);
    this.enter(trailStart);
  }

  private enter(trailStart: number): void {
    this.visited++;
    const waiting: number[] = [];
    const moves: number[] = [];
    for (let again = true; again; ) {
      again = false;
      this.tick();
      waiting.length = 0;
      moves.length = 0;
      for (let process = 0; process < this.lines.length; process++) {
        if (this.look(process, waiting, moves)) again = true;
      }
      if (this.windows && this.trail.length > this.furthest) {
        this.furthest = this.trail.length;
        this.stuckAt = this.now;
      }
    }
    if (this.remaining === 0) {
      this.outcome = { verdict: 'holds', order: this.trail.map(({ op }) => op) };
      return;
    }
    const configuration = this.configuration();
    if (!this.seen.add(configuration, 0, [])) {
      this.undo(trailStart);
      return;
    }
    this.memory += configuration.length;
    this.frames.push({ trailStart, moves: this.ranked(moves, waiting), cursor: 0 });
  }

  /** Puts what a process can observe now, and lists what else it can do, or waits for. True when it put something. */
  private look(process: number, waiting: number[], moves: number[]): boolean {
    const { model, history } = this;
    const line = this.lines[process] as readonly number[];
    let found = false;
    this.catchUp(process);
    for (let index = this.started[process] as number; index < line.length; index++) {
      const op = line[index] as number;
      if (this.done[op] === 1) continue;
      if (
        (this.demands.needs[op] as number) <= (this.met[process] as number) &&
        (this.calls[op] as number) <= this.now
      ) {
        const operationClass = model.classOf[op] as number;
        const state = this.states[history.key[op] as number] as number;
        const next = model.step(state, operationClass);
        if (next === IMPOSSIBLE) waiting.push(op);
        else if (model.readOnly[operationClass]) {
          this.put(op);
          this.catchUp(process);
          found = true;
          continue;
        } else if (history.returned[op] === 1 || next !== state) moves.push(op);
      }
      if (this.strict && history.returned[op] === 1) break;
    }
    return found;
  }

  /** Sets the time to the first return that is still to come. */
  private tick(): void {
    if (this.windows === undefined) return;
    this.now = Number.POSITIVE_INFINITY;
    for (let process = 0; process < this.lines.length; process++) {
      const line = this.lines[process] as readonly number[];
      this.catchUp(process);
      for (let index = this.started[process] as number; index < line.length; index++) {
        const op = line[index] as number;
        if (this.done[op] === 1 || this.history.returned[op] === 0) continue;
        this.now = Math.min(this.now, this.returns[op] as number);
        break;
      }
    }
  }

  private catchUp(process: number): void {
    const line = this.lines[process] as readonly number[];
    let started = this.started[process] as number;
    while (started < line.length && this.done[line[started] as number] === 1) started++;
    this.started[process] = started;
    const awaited = this.demands.awaited[process] as readonly number[];
    let met = this.met[process] as number;
    while (met < awaited.length && this.done[awaited[met] as number] === 1) met++;
    this.met[process] = met;
  }

  private ranked(moves: readonly number[], waiting: readonly number[]): number[] {
    return this.windows === undefined ? this.byUse(moves, waiting) : this.byUrgency(moves);
  }

  /** Those that show a waiting observation its answer first, then those that returned, then in the order of calls. */
  private byUse(moves: readonly number[], waiting: readonly number[]): number[] {
    const { model, history } = this;
    const rank = (move: number): number => {
      const key = history.key[move] as number;
      const next = model.step(this.states[key] as number, model.classOf[move] as number);
      const shows = waiting.some(
        (op) => history.key[op] === key && model.step(next, model.classOf[op] as number) !== IMPOSSIBLE,
      );
      return (shows ? 0 : 1) + (history.returned[move] === 1 ? 0 : 2);
    };
    return moves
      .map((move) => ({ move, rank: rank(move) }))
      .sort((left, right) => left.rank - right.rank || left.move - right.move)
      .map(({ move }) => move);
  }

  /** Those that return first, and of several that do the same only the first. */
  private byUrgency(moves: readonly number[]): number[] {
    const first = new Map<number, number>();
    const returns = (op: number) => this.returns[op] as number;
    for (const move of moves) {
      const twin = first.get(this.model.classOf[move] as number);
      if (twin === undefined || returns(move) < returns(twin)) first.set(this.model.classOf[move] as number, move);
    }
    return [...first.values()].sort((left, right) =>
      returns(left) === returns(right) ? left - right : returns(left) < returns(right) ? -1 : 1,
    );
  }

  private put(op: number): void {
    const { model, history } = this;
    const key = history.key[op] as number;
    const state = this.states[key] as number;
    this.trail.push({ op, state });
    this.states[key] = model.step(state, model.classOf[op] as number);
    this.done[op] = 1;
    const process = history.process[op] as number;
    this.doneCount[process] = (this.doneCount[process] as number) + 1;
    if (history.returned[op] === 1) this.remaining--;
  }

  private undo(trailStart: number): void {
    const { history } = this;
    while (this.trail.length > trailStart) {
      const { op, state } = this.trail.pop() as { op: number; state: number };
      this.states[history.key[op] as number] = state;
      this.done[op] = 0;
      const process = history.process[op] as number;
      this.doneCount[process] = (this.doneCount[process] as number) - 1;
      this.started[process] = Math.min(this.started[process] as number, this.lineIndex[op] as number);
      const awaited = this.awaitedIndex[op] as number;
      if (awaited >= 0) this.met[process] = Math.min(this.met[process] as number, awaited);
      if (history.returned[op] === 1) this.remaining++;
    }
  }

  /** Each process's progress, with what is done beyond a gap, and each key's state. */
  private configuration(): number[] {
    const configuration: number[] = [];
    for (let process = 0; process < this.lines.length; process++) {
      const line = this.lines[process] as readonly number[];
      const started = this.started[process] as number;
      configuration.push(-1 - started);
      let beyond = (this.doneCount[process] as number) - started;
      for (let index = started; beyond > 0; index++) {
        if (this.done[line[index] as number] === 0) continue;
        configuration.push(index);
        beyond--;
      }
    }
    for (const state of this.states) configuration.push(state);
    return configuration;
  }
}

/** Times inside a window are moved to its beginning or its end. */
function stretched(times: Float64Array, windows: Windows | undefined, side: 0 | 1): Float64Array {
  if (windows === undefined || windows.length === 0) return times;
  return times.map((time) => windows.find(([from, to]) => from <= time && time <= to)?.[side] ?? time);
}

interface Frame {
  readonly trailStart: number;
  readonly moves: readonly number[];
  cursor: number;
}
