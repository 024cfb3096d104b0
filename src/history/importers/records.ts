import type { Value } from '../events.js';
import type { Place } from './importer.js';

/** One line of a Jepsen history, before its meaning is decided: what a process did or learnt. */
export interface HistoryRecord {
  readonly place: Place;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  /** `undefined`: it is not said, as in some of Elle's histories. */
  readonly f: string | undefined;
  /** A client's number; `undefined` for the nemesis and whoever else is no client. */
  readonly process: number | undefined;
  /** Where the record has a key of its own, as Porcupine's. */
  readonly key?: Value;
  readonly value: Value;
  readonly error?: Value;
  readonly timeNs?: number;
}

/**
 * A record from the map that Jepsen, Knossos, Elle and Porcupine write, in EDN or JSON: `{:process 0, :type :invoke,
 * :f :read, :value nil, :time 12, :index 0}`. Only the type must be there. A history without processes is taken for one
 * client's.
 *
 * @returns what is wrong with it, as text, when it is no such map
 */
export function recordOf(form: Value, place: Place): HistoryRecord | string {
  if (typeof form !== 'object' || form === null || Array.isArray(form)) return 'an operation must be a map';
  const map = form as { readonly [key: string]: Value };
  const type = nameOf(map.type);
  if (type !== 'invoke' && type !== 'ok' && type !== 'fail' && type !== 'info') {
    return map.type === undefined
      ? 'an operation needs a type: invoke, ok, fail or info'
      : `an operation's type is invoke, ok, fail or info, not ${JSON.stringify(map.type).slice(0, 40)}`;
  }
  const f = nameOf(map.f);
  return {
    place,
    type,
    f,
    process: map.process === undefined || map.process === null ? 0 : processOf(map.process),
    value: map.value ?? null,
    ...(map.key !== undefined && map.key !== null && { key: map.key }),
    ...(map.error !== undefined && map.error !== null && { error: map.error }),
    ...(map.time !== undefined && Number.isFinite(Number(map.time)) && { timeNs: Number(map.time) }),
  };
}

/** Clients are numbers, also as text; `:nemesis` is none. */
export function processOf(value: Value): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

/** A keyword's name, or a text. */
function nameOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value.replace(/^:/, '') : undefined;
}
