import { isDeepStrictEqual } from 'node:util';

/**
 * As much of vitest as the tests of pure code need, without its start-up: thousands of mutants each run a test or two.
 * It stands for `vitest` in what `mutate.ts` bundles, and runs the tests that its process is told to, in that order,
 * until one fails.
 */

export type Report =
  | { readonly kind: 'listed'; readonly tests: readonly string[] }
  | { readonly kind: 'begun'; readonly test: string }
  | { readonly kind: 'passed'; readonly test: string; readonly ms: number; readonly entered: readonly number[] }
  | { readonly kind: 'failed'; readonly test: string; readonly why: string };

/** The blocks that are entered while the tests are read in: what all of them may depend on. */
const atFirst = new Set<number>();
Object.assign(globalThis, { entered: atFirst });

const tests = new Map<string, () => unknown>();
const titles: string[] = [];

export function describe(title: string, body: () => void): void {
  titles.push(title);
  body();
  titles.pop();
}
describe.skipIf = (skipped: unknown) => (skipped ? () => {} : describe);

/** What is said of its time, before the body or after it, is of no interest here. */
export function it(title: string, ...given: readonly unknown[]): void {
  const body = given.find((one) => typeof one === 'function') as () => unknown;
  const name = [...titles, title].join(' > ');
  tests.set(tests.has(name) ? `${name} (${tests.size})` : name, body);
}

it.each =
  (rows: readonly unknown[]) =>
  (title: string, body: (...row: readonly unknown[]) => unknown): void => {
    for (const [index, row] of rows.entries())
      it(`${title} ${index}`, () => body(...(Array.isArray(row) ? row : [row])));
  };

it.for =
  (rows: readonly unknown[]) =>
  (title: string, body: (row: unknown) => unknown): void => {
    for (const [index, row] of rows.entries()) it(`${title} ${index}`, () => body(row));
  };

export { it as test };

class Some {
  constructor(readonly members: readonly unknown[]) {}
}

class Containing {
  constructor(readonly part: string | RegExp) {}
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function matches(actual: unknown, pattern: unknown, exact: boolean): boolean {
  if (pattern instanceof Some) {
    return Array.isArray(actual) && pattern.members.every((member) => actual.some((it) => matches(it, member, true)));
  }
  if (pattern instanceof Containing) return includes(actual, pattern.part);
  if (!isObject(actual) || !isObject(pattern)) return Object.is(actual, pattern);
  if (Array.isArray(actual) !== Array.isArray(pattern)) return false;
  if (!Array.isArray(pattern) && Object.getPrototypeOf(pattern) !== Object.prototype) {
    return isDeepStrictEqual(actual, pattern);
  }
  if (Array.isArray(actual) && actual.length !== (pattern as unknown as readonly unknown[]).length) return false;
  const whole = exact || Array.isArray(pattern);
  const names = whole ? new Set([...Object.keys(actual), ...Object.keys(pattern)]) : Object.keys(pattern);
  return [...names].every((name) => matches(actual[name], pattern[name], exact));
}

function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

const includes = (text: unknown, part: string | RegExp) =>
  typeof text === 'string' && (typeof part === 'string' ? text.includes(part) : part.test(text));

function matchers(actual: unknown, wanted: boolean, words: string | undefined) {
  const must = (holds: boolean, what: unknown) => {
    if (holds !== wanted) throw new Error(`${words ?? ''} ${String(actual)} against ${String(what)}`);
  };
  return {
    toBe: (value: unknown) => must(Object.is(actual, value), value),
    toEqual: (value: unknown) => must(matches(actual, value, true), value),
    toMatchObject: (value: unknown) => must(matches(actual, value, false), value),
    toBeGreaterThan: (value: number) => must((actual as number) > value, value),
    toBeGreaterThanOrEqual: (value: number) => must((actual as number) >= value, value),
    toBeLessThan: (value: number) => must((actual as number) < value, value),
    toBeLessThanOrEqual: (value: number) => must((actual as number) <= value, value),
    toBeUndefined: () => must(actual === undefined, undefined),
    toBeNull: () => must(actual === null, null),
    toBeDefined: () => must(actual !== undefined, undefined),
    toContain: (value: unknown) => must((actual as unknown[]).includes(value), value),
    toHaveLength: (value: number) => must((actual as unknown[]).length === value, value),
    toHaveProperty: (name: string) => must(isObject(actual) && name in actual, name),
    toMatch: (value: string | RegExp) => must(includes(actual, value), value),
    toThrow: (value: string | RegExp = '') => must(includes(thrownBy(actual as () => unknown), value), value),
  };
}

export function expect(actual: unknown, words?: string) {
  return { ...matchers(actual, true, words), not: matchers(actual, false, words) };
}
expect.fail = (words: string): never => {
  throw new Error(words);
};
expect.arrayContaining = (members: readonly unknown[]) => new Some(members);
expect.stringContaining = (part: string) => new Containing(part);
expect.stringMatching = (pattern: string | RegExp) => new Containing(pattern);

/** Runs the chosen tests, or lists them all when none is chosen. */
export async function run(): Promise<void> {
  if (process.send === undefined) throw new Error('This runs in a process that mutate.ts starts.');
  const tell = (report: Report) => process.send?.(report);
  const chosen = process.argv.slice(2);
  if (chosen.length === 0) tell({ kind: 'listed', tests: [...tests.keys()] });
  for (const test of chosen) {
    tell({ kind: 'begun', test });
    const entered = new Set(atFirst);
    Object.assign(globalThis, { entered });
    const start = process.cpuUsage();
    try {
      await tests.get(test)?.();
    } catch (error) {
      tell({ kind: 'failed', test, why: error instanceof Error ? error.message.slice(0, 300) : String(error) });
      return;
    }
    const { user, system } = process.cpuUsage(start);
    tell({ kind: 'passed', test, ms: (user + system) / 1000, entered: [...entered] });
  }
}
