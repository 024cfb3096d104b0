import fc from 'fast-check';

type Path = readonly (string | number)[];

/** Ways in which a message is none that a correct replica sends. */
export const HOSTILITIES = ['malformed', 'oversized', 'replayed', 'unauthenticated'] as const;
export type Hostility = (typeof HOSTILITIES)[number];

export interface HostileMessage {
  readonly hostility: Hostility;
  readonly message: unknown;
}

const LONG = 'x'.repeat(2 ** 21);
const MANY = 20_000;

const wrongValues = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, '', 0, -1, 1.5, Number.NaN, 2 ** 53, Number.MAX_SAFE_INTEGER, {}, []),
  fc.constantFrom<unknown>(JSON.parse('{"__proto__":{"type":"Commit"}}'), { toString: 1 }, [[[]]], 'NULL', 'null'),
  fc.constantFrom<unknown>({ type: 'NewView', __proto__: null }, 'x'.repeat(1000), Array(1000).fill({})),
  fc.integer(),
  fc.string(),
  fc.jsonValue(),
);

const largeValues = fc.constantFrom<() => unknown>(
  () => LONG,
  () => nested(MANY),
  () => Array.from({ length: MANY }, (_, index) => index),
  () => Object.fromEntries(Array.from({ length: MANY }, (_, index) => [`n${index}`, 'x'])),
);

/**
 * What anybody on the network may send: made from `real` messages, by changing something in them, by making something
 * in them large, by saying them again, or by taking their proofs away. `names` are the replicas.
 */
export function hostileMessages(real: readonly unknown[], names: readonly string[]): fc.Arbitrary<HostileMessage> {
  const message = fc.constantFrom(...real);
  const place = placesIn(real);
  const malformed = malformedMessages(real);
  const oversized = fc.oneof(
    fc.tuple(place, largeValues).map(([{ base, path }, value]) => changed(base, path, value())),
    fc
      .tuple(place, largeValues)
      .map(([{ base, path }, value]) => changed(base, [...path.slice(0, -1), 'more'], value())),
    place.map(({ base, path }) => repeated(base, path)),
  );
  const unauthenticated = fc
    .tuple(
      message,
      fc.constantFrom(...names),
      fc.constantFrom<unknown>({ signature: 'x' }, { macs: {} }, { macs: null }),
    )
    .map(([base, replica, auth]) => ({ ...(base as object), replica, auth }));
  const by: Record<Hostility, fc.Arbitrary<unknown>> = { malformed, oversized, replayed: message, unauthenticated };
  return fc.oneof(
    ...HOSTILITIES.map((hostility) => by[hostility].map((made): HostileMessage => ({ hostility, message: made }))),
  );
}

/** Made from `real` messages, one of which has something else in it or lacks something; or no message at all. */
export function malformedMessages(real: readonly unknown[]): fc.Arbitrary<unknown> {
  const place = placesIn(real);
  return fc.oneof(
    { arbitrary: wrongValues, weight: 1 },
    { arbitrary: fc.tuple(place, wrongValues).map(([{ base, path }, value]) => changed(base, path, value)), weight: 6 },
    { arbitrary: place.map(({ base, path }) => without(base, path)), weight: 3 },
  );
}

function placesIn(real: readonly unknown[]): fc.Arbitrary<{ base: unknown; path: Path }> {
  return fc
    .constantFrom(...real)
    .chain((base) => fc.record({ base: fc.constant(base), path: fc.constantFrom(...pathsOf(base)) }));
}

/** Where there is something in a message: every field and element, at any depth. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length > 0 ? [path] : [];
  const inner = Object.entries(value).flatMap(([key, part]) => {
    return pathsOf(part, [...path, Array.isArray(value) ? Number(key) : key]);
  });
  return path.length > 0 ? [path, ...inner] : inner;
}

function changed(value: unknown, path: Path, to: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((part, index) => (index === key ? changed(part, rest, to) : part));
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: changed(fields[key], rest, to) };
}

function without(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (Array.isArray(value)) {
    if (rest.length === 0) return value.filter((_, index) => index !== key);
    return value.map((part, index) => (index === key ? without(part, rest) : part));
  }
  const entries = Object.entries(value as object);
  if (rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== key));
  return Object.fromEntries(entries.map(([name, part]) => [name, name === key ? without(part, rest) : part]));
}

/** The list at that path, or the list around it, with its elements again and again. */
function repeated(value: unknown, path: Path): unknown {
  const at = path.reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], value);
  const list = Array.isArray(at) ? at : [at];
  return changed(
    value,
    path,
    Array.from({ length: MANY }, (_, index) => list[index % Math.max(1, list.length)]),
  );
}

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}
