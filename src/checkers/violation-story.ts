import type { Micros } from '../kernel/units.js';
import type { ListOutput, RegisterInput, Scalar } from '../linearizability-checker/index.js';
import type { Anomaly } from '../plugin/checker.js';
import { showList, showTime, showValue } from './wording.js';

/** One operation as the checker kept it, of a register or of a list. */
export interface Recorded {
  readonly process: number;
  readonly input: RegisterInput | { readonly f: 'append'; readonly key?: string; readonly value: Scalar };
  readonly output?: Scalar | ListOutput;
  readonly call: Micros;
  readonly return?: Micros;
  /** How it ended for the client. */
  readonly end: 'ok' | 'fail' | 'info' | 'pending';
}

/** Everything that the story of one key's violation draws on. */
export interface ViolationContext {
  readonly key: string;
  /** The first value of a register. */
  readonly initial: Scalar;
  /** The operations that contradict each other, in call order. */
  readonly forced: readonly Recorded[];
  readonly minimal: boolean;
  /** All operations of the key that the checker judged, and the updates that were refused for sure. */
  readonly all: readonly Recorded[];
  readonly refused: readonly Recorded[];
}

/** What is wrong with one key, as an anomaly with a story: the answer that cannot be, and what came before it. */
export function describeViolation(context: ViolationContext): Anomaly {
  const { forced } = context;
  const surprise = lastToReturn(forced);
  const { kind, title } = classify(context, surprise);
  const told = [...new Set([...forced, ...producers(context)])].sort((left, right) => left.call - right.call);
  const story = told.map((operation) => sentence(operation, operation === surprise));
  story.push(
    context.minimal
      ? 'No order of these operations explains all the answers; without the answer or acknowledgement of any one of them there would be such an order.'
      : 'No order of these operations explains all the answers. Time ran out before the smallest such set was found.',
  );
  return {
    kind,
    title,
    story,
    operations: told.map(({ process, call }) => ({ process, invokeUs: call })),
    fromUs: Math.min(...told.map((operation) => operation.call)),
    toUs: Math.max(...told.map((operation) => operation.return ?? operation.call)),
  };
}

/** A history becomes illegal when an answer arrives: the last to return is the one that cannot be. */
function lastToReturn(forced: readonly Recorded[]): Recorded {
  return forced.reduce((last, operation) => ((operation.return ?? 0) > (last.return ?? 0) ? operation : last));
}

interface Classified {
  readonly kind: string;
  readonly title: string;
}

function classify(context: ViolationContext, surprise: Recorded): Classified {
  const { input, output } = surprise;
  if (input.f === 'cas') return output === false ? refusedCas(context, surprise) : impossibleCas(context, surprise);
  if (input.f !== 'read') return { kind: 'not-linearizable', title: `${context.key}: no order explains the answers` };
  return Array.isArray(output)
    ? listRead(context, surprise, output as ListOutput)
    : registerRead(context, surprise, (output ?? null) as Scalar);
}

function registerRead(context: ViolationContext, read: Recorded, value: Scalar): Classified {
  const said = `process ${read.process} read ${context.key} = ${showValue(value)} at ${showTime(read.return ?? read.call)}`;
  const unexplained = unexplainedValue(context, read, value);
  if (unexplained) return { kind: unexplained.kind, title: `${said}, ${unexplained.because}` };
  const newer = newest(context, read, (operation) => valueLeft(operation) !== value);
  if (!newer) return { kind: 'not-linearizable', title: `${said}, which no order of the operations explains` };
  if (newer.input.f === 'read') {
    return { kind: 'stale-read', title: `${said}, but ${actor(newer)} had read ${showValue(valueLeft(newer))} before` };
  }
  const left = showValue(valueLeft(newer));
  const lost = isLost(context, newer);
  return {
    kind: lost ? 'lost-write' : 'stale-read',
    title: `${said}, but ${left} had been written and acknowledged at ${showTime(newer.return ?? newer.call)}${lost ? ' and was never seen' : ''}`,
  };
}

/** Nobody can have written it by then. */
function unexplainedValue(
  context: ViolationContext,
  read: Recorded,
  value: Scalar,
): (Classified & { because: string }) | undefined {
  if (value === context.initial) return undefined;
  const writes = (operation: Recorded) => writtenValue(operation) === value;
  const writers = context.all.filter((operation) => writes(operation) && operation.output !== false);
  const because = (kind: string, text: string) => ({ kind, title: text, because: text });
  if (writers.length === 0) {
    const refused = [...context.refused, ...context.all].find(writes);
    return refused
      ? because('aborted-read', `though its ${refused.input.f} by process ${refused.process} had failed`)
      : because('impossible-read', 'a value that nobody wrote');
  }
  if (writers.every((writer) => writer.call > (read.return ?? read.call))) {
    const first = Math.min(...writers.map((writer) => writer.call));
    return because('future-read', `before anyone began to write it at ${showTime(first)}`);
  }
  return undefined;
}

/**
 * The value of this acknowledged write was never seen, and the key's last read shows something older: it is gone, not
 * merely late.
 */
function isLost(context: ViolationContext, write: Recorded): boolean {
  const value = valueLeft(write);
  const reads = context.all.filter((operation) => operation.input.f === 'read' && operation.return !== undefined);
  if (reads.some((read) => read.output === value)) return false;
  if (context.all.some(({ input, output }) => input.f === 'cas' && output === true && input.expected === value)) {
    return false;
  }
  const last = reads.reduce((latest, read) => (read.call > latest.call ? read : latest), reads[0] as Recorded);
  if (last.output === context.initial) return true;
  const writer = context.all.find((operation) => writtenValue(operation) === last.output && operation.output !== false);
  return writer !== undefined && writer.return !== undefined && writer.return < write.call;
}

function impossibleCas(context: ViolationContext, cas: Recorded): Classified {
  const { expected, value } = cas.input as RegisterInput & { readonly f: 'cas' };
  const said = `process ${cas.process} changed ${context.key} from ${showValue(expected)} to ${showValue(value)} at ${showTime(cas.return ?? cas.call)}`;
  const rival = context.forced.find(
    ({ input, output, end }) =>
      input.f === 'cas' && input.value !== value && input.expected === expected && output !== false && end === 'ok',
  );
  if (rival) {
    return {
      kind: 'double-cas',
      title: `${said}, but ${actor(rival)} had already changed it from ${showValue(expected)} to ${showValue(valueLeft(rival))}`,
    };
  }
  const unexplained = unexplainedValue(context, cas, expected);
  if (unexplained)
    return { kind: 'impossible-cas', title: `${said}, expecting ${showValue(expected)}, ${unexplained.because}` };
  const newer = newest(context, cas, (operation) => valueLeft(operation) !== expected);
  return {
    kind: 'impossible-cas',
    title: newer
      ? `${said}, but it had held ${showValue(valueLeft(newer))} since ${showTime(newer.return ?? newer.call)}`
      : `${said}, which no order of the operations explains`,
  };
}

function refusedCas(context: ViolationContext, cas: Recorded): Classified {
  const { expected } = cas.input as RegisterInput & { readonly f: 'cas' };
  return {
    kind: 'impossible-cas-failure',
    title: `process ${cas.process} was told at ${showTime(cas.return ?? cas.call)} that ${context.key} does not hold ${showValue(expected)}, but it did all the while`,
  };
}

function listRead(context: ViolationContext, read: Recorded, found: ListOutput): Classified {
  const said = `process ${read.process} read ${context.key} = ${showList(found)} at ${showTime(read.return ?? read.call)}`;
  const counts = new Set<Scalar>();
  for (const value of found) {
    if (counts.has(value)) return { kind: 'duplicate-append', title: `${said}: ${showValue(value)} is there twice` };
    counts.add(value);
    const unexplained = unexplainedValue({ ...context, initial: Number.NaN }, read, value);
    if (unexplained)
      return { kind: unexplained.kind, title: `${said}, with ${showValue(value)} ${unexplained.because}` };
  }
  const longer = context.forced.find(
    (other) => other !== read && Array.isArray(other.output) && !isPrefix(other.output as ListOutput, found),
  );
  if (longer) {
    const before = longer.output as ListOutput;
    const text = `${said}, but ${actor(longer)} had read ${showList(before)}`;
    if (isPrefix(found, before)) return { kind: 'stale-read', title: text };
    return { kind: before.every((value) => counts.has(value)) ? 'reordered-appends' : 'lost-write', title: text };
  }
  const missing = newest(context, read, ({ input }) => input.f === 'append' && !counts.has(input.value));
  if (missing) {
    const value = writtenValue(missing);
    const seen = context.all.some(({ output }) => Array.isArray(output) && output.includes(value as Scalar));
    return {
      kind: seen ? 'stale-read' : 'lost-write',
      title: `${said}, without ${showValue(value)}, which had been appended and acknowledged at ${showTime(missing.return ?? missing.call)}`,
    };
  }
  return { kind: 'reordered-appends', title: `${said}, in an order that contradicts when the values were appended` };
}

function isPrefix(short: ListOutput, long: ListOutput): boolean {
  return short.length <= long.length && short.every((value, index) => value === long[index]);
}

/** The latest of the forced operations before this one that satisfies the condition. */
function newest(
  context: ViolationContext,
  before: Recorded,
  condition: (operation: Recorded) => boolean,
): Recorded | undefined {
  let found: Recorded | undefined;
  for (const operation of context.forced) {
    if (operation === before || operation.return === undefined || operation.return >= before.call) continue;
    if (operation.output === false || !condition(operation)) continue;
    if (found === undefined || operation.return > (found.return ?? 0)) found = operation;
  }
  return found;
}

/** Where the values come from that the forced operations saw: the updates that the story must not leave out. */
function producers({ forced, all, refused }: ViolationContext): Recorded[] {
  const seen = new Set<Scalar>();
  const lists = forced.filter(({ output }) => Array.isArray(output)).map(({ output }) => output as ListOutput);
  for (const { input, output } of forced) {
    if (input.f === 'cas') seen.add(input.expected);
    if (input.f === 'read' && !Array.isArray(output)) seen.add((output ?? null) as Scalar);
  }
  // Of lists, what one has and another lacks: the long common past explains nothing.
  for (const value of new Set(lists.flat())) {
    if (lists.length > 1 && !lists.every((list) => list.includes(value))) seen.add(value);
  }
  const known = new Set<Scalar>(forced.flatMap((operation) => writtenValue(operation) ?? []));
  const result: Recorded[] = [];
  for (const operation of [...all, ...refused]) {
    const value = writtenValue(operation);
    if (value === undefined || known.has(value) || !seen.has(value) || operation.output === false) continue;
    known.add(value);
    result.push(operation);
    if (result.length === 8) break;
  }
  return result;
}

function writtenValue({ input }: Recorded): Scalar | undefined {
  return input.f === 'read' ? undefined : input.value;
}

/** What the register held when this operation took effect. */
function valueLeft({ input, output }: Recorded): Scalar {
  return input.f === 'read' ? ((output ?? null) as Scalar) : input.value;
}

function actor(operation: Recorded): string {
  return `process ${operation.process}`;
}

function sentence(operation: Recorded, surprise: boolean): string {
  const { input, output, end } = operation;
  const key = input.key || 'the object';
  const from = showTime(operation.call);
  const until = operation.return === undefined ? undefined : showTime(operation.return);
  const when = until === undefined ? `from ${from}` : `${from} to ${until}`;
  const who = actor(operation);
  const unknown = end === 'info' || end === 'pending' ? ' and never learnt the outcome' : '';
  switch (input.f) {
    case 'read': {
      const found = Array.isArray(output) ? showList(output as ListOutput) : showValue((output ?? null) as Scalar);
      return `${when}: ${who} read ${key} and got ${found}${surprise ? ': this cannot be' : ''}.`;
    }
    case 'write':
    case 'append': {
      const what =
        input.f === 'write'
          ? `wrote ${showValue(input.value)} to ${key}`
          : `appended ${showValue(input.value)} to ${key}`;
      if (end === 'fail') return `${when}: ${who} ${what}, and was told that it failed.`;
      return unknown ? `${when}: ${who} ${what}${unknown}.` : `${when}: ${who} ${what}, acknowledged.`;
    }
    case 'cas': {
      const what = `${key} from ${showValue(input.expected)} to ${showValue(input.value)}`;
      if (end === 'fail')
        return `${when}: ${who} tried to change ${what} and was told that it held something else${surprise ? ': this cannot be' : ''}.`;
      if (unknown) return `${when}: ${who} tried to change ${what}${unknown}.`;
      return `${when}: ${who} changed ${what}, acknowledged${surprise ? ': this cannot be' : ''}.`;
    }
  }
}
