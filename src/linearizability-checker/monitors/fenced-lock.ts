import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import type { FencedLockInput, FencedLockOutput } from '../models/fenced-lock.js';
import { eventsInOrder } from './events.js';
import { Lanes } from './lanes.js';
import { linearization } from './two-state.js';
import { IDLE, REFUSED } from './two-state-kinds.js';
import type { Changes } from './two-state-sweep.js';

const ALGORITHM = 'fenced-lock monitor';

type FencedHistory = MonitoredHistory<FencedLockInput, FencedLockOutput>;

/** From the acquire that took the lock to the release that left it. */
interface Session {
  readonly taken: number;
  /** −1: none. */
  left: number;
  token: number | undefined;
  /** Tokens with which its own releases were refused. */
  readonly refused: { readonly op: number; readonly token: number }[];
}

/**
 * Decides locks with fencing tokens whose owners do one thing at a time and all of whose tokens are known. Each
 * owner's operations fall into sessions, and the tokens say in which order these come: so all changes of the lock are
 * in one order. It is a linearization when each can be put off until just before the return of an operation that
 * needs it: its own, that of a later one, or that of an acquire that was refused and must see the lock held. What was
 * acquired by someone of whom nothing was heard again is held for ever, so it can only come last.
 *
 * `undefined` when operations of one owner overlap, when one that never returned is not its last, or when a token is
 * not known.
 */
export function fencedLockMonitor(history: FencedHistory, limit: number): MonitorResult | undefined {
  const { size, inputs, outputs, callRank, returnRank } = history;
  const illegal = (core: Iterable<number>): MonitorResult => ({
    verdict: 'illegal',
    algorithm: ALGORITHM,
    core: [...new Set(core)],
  });
  const lanes = Lanes.of(history, (op) => (inputs[op] as FencedLockInput).owner);
  if (lanes === undefined) return undefined;

  const kinds = new Uint8Array(size).fill(IDLE);
  const sessions: Session[] = [];
  /** Of the acquires that never returned and could have taken a free lock, the one that was called first. */
  let lost = -1;
  for (const lane of lanes.all()) {
    let session: Session | undefined;
    let count = 0;
    for (const op of lane) {
      const input = inputs[op] as FencedLockInput;
      const output = outputs[op];
      const returned = returnRank[op] !== NEVER;
      if (input.f === 'acquire') {
        if (!returned) {
          if (count === 0 && (lost < 0 || (callRank[op] as number) < (callRank[lost] as number))) lost = op;
          continue;
        }
        if (output === false || output === null) {
          if (count > 0 && count < limit) return illegal(lanes.upTo(op));
          kinds[op] = REFUSED + 1;
          continue;
        }
        const token = typeof output === 'number' ? output : undefined;
        if (count >= limit) return illegal(lanes.upTo(op));
        if (token !== undefined && !Number.isSafeInteger(token)) return illegal([op]);
        if (session === undefined) {
          session = { taken: op, left: -1, token, refused: [] };
          sessions.push(session);
        } else if (!agree(session, token)) return illegal(lanes.upTo(op));
        count++;
        continue;
      }
      if (session === undefined) {
        if (returned && output !== false) return illegal(lanes.upTo(op));
        continue;
      }
      if (returned && output === false) {
        if (input.token === undefined) return illegal(lanes.upTo(op));
        session.refused.push({ op, token: input.token });
        continue;
      }
      if (!returned) {
        // It did nothing, should it name another token.
        if (count === 1 && (input.token ?? session.token) === session.token) session.left = op;
        continue;
      }
      if (!agree(session, input.token)) return illegal(lanes.upTo(op));
      if (--count === 0) {
        session.left = op;
        session = undefined;
      }
    }
  }
  if (sessions.some(({ token }) => token === undefined)) return undefined;
  const tokenOf = (session: Session) => session.token as number;
  for (const session of sessions) {
    const wronged = session.refused.find(({ token }) => token === tokenOf(session));
    if (wronged !== undefined) return illegal(lanes.whole(wronged.op));
  }

  sessions.sort((left, right) => tokenOf(left) - tokenOf(right));
  const changes: number[] = [];
  for (let index = 0; index < sessions.length; index++) {
    const session = sessions[index] as Session;
    const next = sessions[index + 1];
    if (next && (tokenOf(session) === tokenOf(next) || session.left < 0)) {
      // The same token twice; or held for ever, and yet taken by someone else.
      return illegal([...lanes.whole(session.taken), ...lanes.whole(next.taken)]);
    }
    changes.push(session.taken);
    if (session.left >= 0) changes.push(session.left);
  }

  const events = eventsInOrder(history, history.pulse);
  const placed = place(history, events, kinds, changes, lost);
  if (placed === undefined) {
    // Later tokens say what came before: leave out none.
    const core: number[] = [];
    for (let op = 0; op < size; op++) if (returnRank[op] !== NEVER) core.push(op);
    return illegal(core);
  }
  const objects = new Int32Array(size);
  const order = linearization({ ...history, kinds, objects }, events, [placed]);
  return { verdict: 'legal', algorithm: ALGORITHM, order };
}

/** Puts off each change as long as can be; `undefined` when one was not called in time. */
function place(
  { callRank, returnRank, pulse }: FencedHistory,
  events: Int32Array,
  kinds: Uint8Array,
  changes: readonly number[],
  lost: number,
): Changes | undefined {
  const position = new Int32Array(kinds.length).fill(-1);
  changes.forEach((op, index) => {
    position[op] = index;
  });
  const ops: number[] = [];
  const ranks: number[] = [];
  for (let index = 0; index < events.length; index++) {
    if ((index & 0x7ff) === 0) pulse();
    const event = events[index] as number;
    if ((event & 1) === 0) continue;
    const op = event >> 1;
    const rank = returnRank[op] as number;
    let wanted = position[op] as number;
    if (
      kinds[op] === REFUSED + 1 &&
      (ops.length & 1) === 0 &&
      (ranks[ranks.length - 1] ?? -1) < (callRank[op] as number)
    ) {
      wanted = ops.length;
    }
    while (ops.length <= wanted) {
      const change = changes[ops.length] ?? lost;
      if (change < 0 || (callRank[change] as number) > rank) return undefined;
      ops.push(change);
      ranks.push(rank);
    }
  }
  return { ops, ranks };
}

/** Whether that is the session's token; if it is the first to tell, it is. */
function agree(session: Session, token: number | undefined): boolean {
  session.token ??= token;
  return token === undefined || session.token === token;
}
