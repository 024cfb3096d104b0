import type { Operation } from '../model.js';
import type { Scalar } from '../models/cas-register.js';
import type { OnlineDecider } from '../stream.js';
import type { RegisterAction, RegisterView } from './view.js';
import { ZoneTracker } from './zones.js';

/** What runs in a slot; slots are used again, and so are these. */
interface Running {
  action: RegisterAction;
  /** The numbers of the value that it writes and of the one that it replaces, or −1. */
  value: number;
  replaces: number;
  call: number;
  /** Its place among all calls. */
  openIndex: number;
}

/** A failed compare-and-set of which it is not known yet whether something else was held. */
interface Observer {
  readonly value: number;
  readonly call: number;
  readonly rank: number;
}

/**
 * Zones, event by event. Values get numbers while they can be seen, and numbers are used again. Gives up when a value
 * is written that can still be seen, or when a failed compare-and-set cannot be placed for sure.
 *
 * @see ZoneTracker
 */
export class RegisterStream<State, Input, Output> implements OnlineDecider<State, Input, Output> {
  readonly name = 'unique-writes monitor';
  readonly visited = 0;
  private readonly zones: ZoneTracker;
  private readonly numbers = new Map<Scalar, number>();
  private readonly valueOf: Scalar[] = [];
  private readonly free: number[] = [];
  /** How many compare-and-sets still need this number to mean what it meant. */
  private readonly references: number[] = [];
  private readonly retired = new Set<number>();
  private readonly running: Running[] = [];
  private readonly freeSlots: number[] = [];
  /** Ranks of calls in their order; those that returned are marked. */
  private readonly openCalls: number[] = [];
  private firstOpen = 0;
  /** So many calls are no longer in the list. */
  private dropped = 0;
  private readonly ended: boolean[] = [];
  private rank = 0;
  private runningCount = 0;
  private crashed = 0;
  private observers: Observer[] = [];

  constructor(
    private readonly view: RegisterView<State, Input, Output>,
    initial: State,
  ) {
    this.numberOf(view.valueOf(initial));
    this.zones = new ZoneTracker({ capacity: 64, over: (value) => this.retire(value) });
  }

  get onlyState(): State | undefined {
    if (this.runningCount > 0 || this.crashed > 0 || this.observers.length > 0) return undefined;
    const value = this.zones.onlyValue;
    return value === undefined ? undefined : this.view.stateOf(this.valueOf[value] as Scalar);
  }

  call(operation: Operation<Input, Output>): number | 'gave up' {
    const action = this.view.action(operation.input, operation.output);
    if (action === undefined) return 'gave up';
    const call = this.rank++;
    const crashed = operation.return === undefined;
    const writes = action.kind === 'write' || (action.kind === 'cas' && action.expected !== action.value);
    let value = -1;
    let replaces = -1;
    if (writes) {
      const known = this.numbers.get(action.value);
      if (known !== undefined && this.zones.has(known)) return 'gave up';
      value = this.numberOf(action.value);
      if (action.kind === 'cas') {
        replaces = this.numberOf(action.expected);
        this.refer(replaces);
      }
      this.zones.callWrite(0, value, replaces, call);
      if (crashed) this.crashed++;
    }
    if (crashed) return -1;
    this.runningCount++;
    const openIndex = this.dropped + this.openCalls.length;
    const slot = this.freeSlots.pop() ?? this.running.push({ action, value, replaces, call, openIndex }) - 1;
    const running = this.running[slot] as Running;
    running.action = action;
    running.value = value;
    running.replaces = replaces;
    running.call = call;
    running.openIndex = openIndex;
    this.openCalls.push(call);
    this.ended.push(false);
    return slot;
  }

  return_(slot: number): 'legal' | 'illegal' | 'gave up' {
    const rank = this.rank++;
    const running = this.running[slot] as Running;
    this.freeSlots.push(slot);
    this.runningCount--;
    if (!this.judge(running, rank)) return 'illegal';
    if (running.replaces >= 0) this.unrefer(running.replaces);
    return this.forget(running.openIndex) ? 'legal' : 'gave up';
  }

  end(): 'legal' | 'gave up' {
    return this.observers.length === 0 ? 'legal' : 'gave up';
  }

  private judge({ action, value, call }: Running, rank: number): boolean {
    switch (action.kind) {
      case 'write':
        return this.zones.returnWrite(0, value, call, rank) === undefined;
      case 'read':
        return this.read(action.value, call, rank);
      case 'cas':
        if (value < 0) return this.read(action.value, call, rank);
        return this.zones.returnWrite(0, value, call, rank) === undefined;
      case 'not': {
        const number = this.numbers.get(action.value);
        if (number !== undefined) this.observers.push({ value: number, call, rank });
        return true;
      }
    }
  }

  private read(value: Scalar, call: number, rank: number): boolean {
    const number = this.numbers.get(value);
    return number !== undefined && this.zones.returnRead(0, number, call, rank) === undefined;
  }

  /** Forgets what is over. False when an observer's value is, before it was placed. */
  private forget(openIndex: number): boolean {
    const { openCalls, ended } = this;
    ended[openIndex - this.dropped] = true;
    while (ended[this.firstOpen]) this.firstOpen++;
    if (this.firstOpen > 1024) {
      openCalls.splice(0, this.firstOpen);
      ended.splice(0, this.firstOpen);
      this.dropped += this.firstOpen;
      this.firstOpen = 0;
    }
    if (this.observers.length > 0) {
      this.observers = this.observers.filter(({ value, call, rank }) => !this.zones.heldOther(value, call, rank));
    }
    this.zones.collect(openCalls[this.firstOpen] ?? this.rank);
    return this.observers.every(({ value }) => this.zones.has(value));
  }

  private numberOf(value: Scalar): number {
    const known = this.numbers.get(value);
    if (known !== undefined) return known;
    const number = this.free.pop() ?? this.valueOf.length;
    this.valueOf[number] = value;
    this.numbers.set(value, number);
    return number;
  }

  private refer(number: number): void {
    this.references[number] = (this.references[number] ?? 0) + 1;
  }

  private unrefer(number: number): void {
    const left = (this.references[number] ?? 1) - 1;
    this.references[number] = left;
    if (left === 0 && this.retired.delete(number)) this.free.push(number);
  }

  private retire(number: number): void {
    this.numbers.delete(this.valueOf[number] as Scalar);
    if ((this.references[number] ?? 0) > 0) this.retired.add(number);
    else this.free.push(number);
  }
}
