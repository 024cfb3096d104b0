import { MemoryBudget } from './budget.js';
import { LOOK, type Pulse, unhurried } from './deadline.js';
import { NEVER } from './model.js';
import { eventsInOrder } from './monitors/events.js';
import type { Problem } from './problem.js';
import { type CompiledModel, IMPOSSIBLE } from './states.js';
import { VisitedConfigurations } from './visited.js';

export type SearchOutcome =
  | { readonly verdict: 'legal'; readonly order: readonly number[] }
  /** `reached`: the first return that could not be reached with everything before it linearized; the rank of it. */
  | { readonly verdict: 'illegal'; readonly reached?: number };

/**
 * The general search of Wing & Gong (1993) with Lowe's memory of configurations (2017), and these improvements:
 *
 * - an operation that is possible now and changes nothing is linearized at once, without branching: whatever
 *   linearization puts it later stays one when it is moved here;
 * - among pending operations of one class (same input, same answer) only the one that returned first is tried: two of
 *   a class can trade places, and the urgent one goes first;
 * - operations that never returned come last, only where they change the state, and the search ends when no other is
 *   left;
 * - counter-example-guided: in a finite model, classes of such operations are first taken as unlimited. "Illegal" is then final. When a
 *   linearization uses a class more often than it was called, that class is counted from then on and the search
 *   starts again. Of two equal configurations with counted uses, the one that used fewer dominates.
 *
 * A configuration is (pending operations that returned later, state, counted uses): the set of linearized operations
 * is everything called before the first return that is still to come, less the pending. It is confirmed exactly on
 * every hit; a hash alone never decides.
 *
 * Can be stopped and resumed: {@link run} goes on for so many configurations.
 */
export class Search<State, Input, Output> {
  /** Configurations visited so far. */
  visited = 0;
  /** Doubly linked list of the calls and returns not linearized yet, in time order; node 2·op is the call. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly head: number;
  private readonly crashed: CrashedClasses;
  /** Calls and returns of what returned, in time order: 2 · operation, 2 · operation + 1. */
  private readonly nodes: Int32Array;
  private readonly seen: VisitedConfigurations;
  /** Operations linearized so far; a crashed one is there as −1 − class. */
  private readonly trail: number[] = [];
  /** One frame for each configuration on the path. */
  private frames: Frame[] = [];
  private furthest = -1;
  private outcome: SearchOutcome | undefined;

  constructor(
    private readonly problem: Problem<Input, Output>,
    private readonly model: CompiledModel<State, Input, Output>,
    memory = new MemoryBudget(),
    pulse: Pulse = unhurried,
  ) {
    this.seen = new VisitedConfigurations(memory);
    this.head = 2 * problem.size;
    this.nodes = returnedOf(problem, pulse);
    this.next = new Int32Array(2 * problem.size + 1);
    this.previous = new Int32Array(2 * problem.size + 1);
    this.crashed = new CrashedClasses(problem, model);
    this.restart();
  }

  /** Goes on for about `configurations` more; `undefined` when that did not suffice. */
  run(configurations: number): SearchOutcome | undefined {
    const end = this.visited + configurations;
    while (this.outcome === undefined && this.visited < end) this.advance();
    return this.outcome;
  }

  /**
   * Everything that returned before the return with this rank is linearizable. `undefined`: not known, for uses of what
   * never returned are not counted yet.
   */
  get reached(): number | undefined {
    return this.crashed.exact ? this.furthest : undefined;
  }

  private restart(): void {
    const { nodes, next, previous, head } = this;
    let last = head;
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] as number;
      next[last] = node;
      previous[node] = last;
      last = node;
    }
    next[last] = head;
    this.trail.length = 0;
    this.seen.clear();
    this.crashed.reset();
    this.frames = [];
    this.furthest = -1;
    this.enter(this.model.initial, 0, false);
  }

  /** Tries the next move of the configuration on top, or leaves it. */
  private advance(): void {
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) {
      // With uses taken as unlimited, it may have got further than the history allows.
      this.outcome = { verdict: 'illegal', ...(this.reached !== undefined && { reached: this.reached }) };
      return;
    }
    const move = this.nextMove(frame);
    if (move === undefined) {
      this.frames.pop();
      this.undo(frame.trailStart);
      return;
    }
    const trailStart = this.trail.length;
    if (move >= 0) {
      const state = this.model.step(frame.state, this.model.classOf[move] as number);
      this.unlink(move);
      this.trail.push(move);
      this.enter(state, trailStart, false);
    } else {
      const crashedClass = -1 - move;
      const state = this.model.step(frame.state, crashedClass);
      this.crashed.use(crashedClass);
      this.trail.push(move);
      this.enter(state, trailStart, true);
    }
  }

  private nextMove(frame: Frame): number | undefined {
    if (frame.cursor === frame.moves.length && !frame.crashedTried) {
      frame.crashedTried = true;
      this.crashed.moves(frame.state, frame.firstReturn, frame.moves);
    }
    return frame.moves[frame.cursor++];
  }

  /**
   * Enters the configuration that the last move made. `observe`: the last move was a crashed operation, so the next
   * must be one that can see its effect, for else it had better not happened.
   */
  private enter(state: number, trailStart: number, observe: boolean): void {
    this.visited++;
    const { next, head, model, problem } = this;
    let mustObserve = observe;
    const pending: number[] = [];
    let node = next[head] as number;
    while (node !== head && (node & 1) === 0) {
      const op = node >> 1;
      const operationClass = model.classOf[op] as number;
      if (model.readOnly[operationClass] && model.step(state, operationClass) === state) {
        this.unlink(op);
        this.trail.push(op);
        mustObserve = false;
        // What comes after it may have been its own return, which is gone now.
        node = next[this.previous[node] as number] as number;
      } else {
        pending.push(op);
        node = next[node] as number;
      }
    }
    if (node === head) {
      this.finish();
      return;
    }
    const firstReturn = problem.returnRank[node >> 1] as number;
    if (firstReturn > this.furthest) this.furthest = firstReturn;
    // Blind moves that are left out here were tried before the crashed ones, from the same pending: no more can be reached
    // from an equal configuration that need not observe anything.
    if (!this.seen.add(pending, state, this.crashed.counted())) {
      this.undo(trailStart);
      return;
    }
    this.frames.push({
      state,
      trailStart,
      firstReturn,
      moves: this.completedMoves(pending, state, mustObserve),
      cursor: 0,
      crashedTried: false,
    });
  }

  private completedMoves(pending: readonly number[], state: number, mustObserve: boolean): number[] {
    const { model, problem } = this;
    const moves: number[] = [];
    const urgency = (op: number) => problem.returnRank[op] as number;
    for (const op of pending) {
      const operationClass = model.classOf[op] as number;
      if (model.readOnly[operationClass] || (mustObserve && model.blind[operationClass])) continue;
      if (model.step(state, operationClass) === IMPOSSIBLE) continue;
      const twin = moves.findIndex((other) => model.classOf[other] === operationClass);
      if (twin < 0) moves.push(op);
      else if (urgency(op) < urgency(moves[twin] as number)) moves[twin] = op;
    }
    return moves.sort((left, right) => urgency(left) - urgency(right));
  }

  /** All that returned is linearized. Is the witness honest about how often it used what never returned? */
  private finish(): void {
    const order = this.crashed.resolve(this.trail, this.problem);
    if (order !== undefined) this.outcome = { verdict: 'legal', order };
    else this.restart();
  }

  private unlink(op: number): void {
    this.drop(2 * op);
    this.drop(2 * op + 1);
  }

  private drop(node: number): void {
    const before = this.previous[node] as number;
    const after = this.next[node] as number;
    this.next[before] = after;
    this.previous[after] = before;
  }

  private restore(node: number): void {
    this.next[this.previous[node] as number] = node;
    this.previous[this.next[node] as number] = node;
  }

  private undo(trailStart: number): void {
    while (this.trail.length > trailStart) {
      const move = this.trail.pop() as number;
      if (move < 0) this.crashed.release(-1 - move);
      else {
        // In the reverse order of unlinking: each node finds its neighbours as it left them.
        this.restore(2 * move + 1);
        this.restore(2 * move);
      }
    }
  }
}

interface Frame {
  readonly state: number;
  readonly trailStart: number;
  readonly firstReturn: number;
  /** Operations, most urgent first, then crashed classes as −1 − class. */
  readonly moves: number[];
  cursor: number;
  crashedTried: boolean;
}

/** Operations that never returned, by class, each class's in the order of their calls. */
class CrashedClasses {
  private readonly members = new Map<number, number[]>();
  /** Classes that a witness once used too often, and how often the path has used them. */
  private readonly countedClasses: number[] = [];
  private readonly uses = new Map<number, number>();

  constructor(
    private readonly problem: Problem<unknown, unknown>,
    private readonly model: Pick<CompiledModel<unknown, unknown, unknown>, 'classOf' | 'step' | 'finite'>,
  ) {
    for (let op = 0; op < problem.size; op++) {
      if (problem.returnRank[op] !== NEVER) continue;
      const operationClass = model.classOf[op] as number;
      const members = this.members.get(operationClass);
      if (members) members.push(op);
      else this.members.set(operationClass, [op]);
    }
    if (!model.finite) for (const operationClass of this.members.keys()) this.count(operationClass);
    for (const members of this.members.values()) members.sort((a, b) => this.called(a) - this.called(b));
  }

  /** Whether every use is counted. */
  get exact(): boolean {
    return this.countedClasses.length === this.members.size;
  }

  reset(): void {
    for (const operationClass of this.countedClasses) this.uses.set(operationClass, 0);
  }

  use(operationClass: number): void {
    const uses = this.uses.get(operationClass);
    if (uses !== undefined) this.uses.set(operationClass, uses + 1);
  }

  release(operationClass: number): void {
    const uses = this.uses.get(operationClass);
    if (uses !== undefined) this.uses.set(operationClass, uses - 1);
  }

  /** Uses of the counted classes, in a fixed order. */
  counted(): number[] {
    return this.countedClasses.map((operationClass) => this.uses.get(operationClass) as number);
  }

  /** Classes that were called before that return, are not used up, and change the state. */
  moves(state: number, firstReturn: number, moves: number[]): void {
    for (const [operationClass, members] of this.members) {
      const used = this.uses.get(operationClass) ?? 0;
      const member = members[used];
      if (member === undefined || this.called(member) > firstReturn) continue;
      const next = this.model.step(state, operationClass);
      if (next !== IMPOSSIBLE && next !== state) moves.push(-1 - operationClass);
    }
  }

  /**
   * Names an operation for every use. `undefined` when some class was used more often than it had been called by
   * then; it is counted from now on.
   */
  resolve(trail: readonly number[], problem: Problem<unknown, unknown>): number[] | undefined {
    const order: number[] = [];
    const used = new Map<number, number>();
    // The use at a place must have been called before every return that comes after it: look from the end.
    const limits = new Int32Array(trail.length);
    let limit = NEVER;
    for (let index = trail.length - 1; index >= 0; index--) {
      const move = trail[index] as number;
      if (move >= 0) limit = Math.min(limit, problem.returnRank[move] as number);
      limits[index] = limit;
    }
    let honest = true;
    trail.forEach((move, index) => {
      if (move >= 0) {
        order.push(move);
        return;
      }
      const operationClass = -1 - move;
      const uses = used.get(operationClass) ?? 0;
      used.set(operationClass, uses + 1);
      const member = this.members.get(operationClass)?.[uses];
      if (member !== undefined && this.called(member) < (limits[index] as number)) order.push(member);
      else {
        honest = false;
        if (!this.uses.has(operationClass)) this.count(operationClass);
      }
    });
    return honest ? order : undefined;
  }

  private count(operationClass: number): void {
    this.uses.set(operationClass, 0);
    this.countedClasses.push(operationClass);
  }

  private called(op: number): number {
    return this.problem.callRank[op] as number;
  }
}

function returnedOf(problem: Problem<unknown, unknown>, pulse: Pulse): Int32Array {
  const events = eventsInOrder(problem, pulse);
  let kept = 0;
  for (let index = 0; index < events.length; index++) {
    if ((index & LOOK) === 0) pulse();
    const event = events[index] as number;
    if (problem.returnRank[event >> 1] !== NEVER) events[kept++] = event;
  }
  return events.subarray(0, kept);
}
