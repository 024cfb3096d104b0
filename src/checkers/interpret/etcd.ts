import type { PairedOperation } from '../../history/pairing.js';
import { count } from '../../kernel/count.js';
import type { Model, Operation } from '../../linearizability-checker/index.js';
import {
  type EtcdFound,
  type EtcdRequest,
  type EtcdResponse,
  type EtcdResult,
  type EtcdStep,
  readRequest,
  readResponse,
} from './etcd-request.js';
import { operationOf, unreadable } from './reading.js';

/** What a key holds: its value, the revision of its last change, how often it was put since it was there, its lease. */
interface Held {
  readonly value: string;
  readonly revision: number;
  readonly version: number;
  readonly lease: string;
}

interface EtcdState {
  /** Rises by one with each request that changes anything. */
  readonly revision: number;
  /** `null`: surely not there. */
  readonly keys: ReadonlyMap<string, Held | null>;
  /** Whether keys that are not in the map are surely not there; else nobody knows. */
  readonly closed: boolean;
  readonly leases: ReadonlySet<string>;
}

const FRESH: EtcdState = { revision: 1, keys: new Map(), closed: true, leases: new Set() };

export interface EtcdStore {
  readonly model: Model<EtcdState, EtcdRequest, EtcdResponse>;
  readonly interpret: (pair: PairedOperation) => Operation<EtcdRequest, EtcdResponse>;
  readonly remarks: () => string[];
}

/**
 * etcd's store as its robustness tests model it (tests/robustness/model/deterministic.go): ranges, puts, deletes and
 * transactions on conditions, leases, and one revision over all keys, which every answer tells. Keys are not checked
 * each by itself, for the revision joins them.
 *
 * Where the revisions show more changes than the history holds, other clients' operations are missing: then a revision
 * may be skipped, and after that nobody knows what the keys hold until someone reads them.
 */
export function etcdStore(): EtcdStore {
  let changes = 0;
  let lastRevision = 1;
  const othersChanged = () => lastRevision - 1 > changes;
  return {
    model: {
      name: 'etcd',
      init: FRESH,
      step: (state, request, response) => stepOf(state, request, response, othersChanged()),
      hash: textOf,
      // Where others changed anything, a range tells what nobody knew.
      readOnly: (request) => !mayChange(request) && !othersChanged(),
      describe,
    },
    interpret(pair) {
      const request = readRequest(pair.invoke.value);
      if (typeof request === 'string') throw unreadable(pair.invoke.timeUs, request);
      if (mayChange(request)) changes++;
      return operationOf(pair, request, (value) => {
        const response = readResponse(value, request);
        lastRevision = Math.max(lastRevision, response.revision);
        return response;
      });
    },
    remarks: () =>
      othersChanged()
        ? [
            `The revisions go up to ${lastRevision}, but the history holds ${count(changes, 'request')} that can change anything: other clients' operations are missing, and what they did is not judged. Join all clients' operations.json in one file.`,
          ]
        : [],
  };
}

function mayChange(request: EtcdRequest): boolean {
  if (request.f === 'txn') return [...request.then, ...request.otherwise].some(({ kind }) => kind !== 'range');
  return request.f !== 'maintenance';
}

function stepOf(
  state: EtcdState,
  request: EtcdRequest,
  response: EtcdResponse | undefined,
  othersChanged: boolean,
): EtcdState | undefined {
  const next = apply(state, request, response, othersChanged);
  if (next !== undefined) {
    const { revision } = next;
    if (response === undefined || response.revision === 0 || response.revision === revision) return next;
  }
  if (!othersChanged || response === undefined || response.revision <= state.revision) return undefined;
  // Someone else changed anything in between. The request itself may be the last change.
  for (const revision of [response.revision, response.revision - 1]) {
    if (revision <= state.revision) continue;
    const skipped: EtcdState = { revision, keys: new Map(), closed: false, leases: state.leases };
    const after = apply(skipped, request, response, othersChanged);
    if (after?.revision === response.revision) return after;
  }
  return undefined;
}

/** What the request does, if it can have answered this; whatever the revision of the answer. */
function apply(
  state: EtcdState,
  request: EtcdRequest,
  response: EtcdResponse | undefined,
  anyLease: boolean,
): EtcdState | undefined {
  switch (request.f) {
    case 'maintenance':
      return state;
    case 'lease-grant':
      return { ...state, leases: new Set(state.leases).add(request.lease) };
    case 'lease-revoke': {
      const keys = new Map(state.keys);
      for (const [key, held] of keys) if (held?.lease === request.lease) keys.set(key, null);
      const leases = new Set(state.leases);
      leases.delete(request.lease);
      const changed = [...state.keys.values()].some((held) => held?.lease === request.lease);
      return { ...state, keys, leases, revision: state.revision + (changed ? 1 : 0) };
    }
    case 'txn':
      return transact(state, request, response, anyLease);
  }
}

function transact(
  state: EtcdState,
  request: EtcdRequest & { readonly f: 'txn' },
  response: EtcdResponse | undefined,
  anyLease: boolean,
): EtcdState | undefined {
  let failure: boolean | undefined = false;
  for (const { key, revision, version } of request.conditions) {
    const held = lookUp(state, key);
    const actual = version === 0 ? (held?.revision ?? 0) : (held?.version ?? 0);
    // A version of 0 of a key that is there is not known.
    if (held === undefined || (version !== 0 && held !== null && actual === 0)) {
      if (failure === false) failure = undefined;
    } else if (actual !== (version === 0 ? revision : version)) failure = true;
  }
  const answer = response?.txn;
  failure ??= answer?.failure;
  // Which branch was taken nobody knows, nor what it did.
  if (failure === undefined) return { ...state, keys: new Map(), closed: false };
  if (answer !== undefined && answer.failure !== failure) return undefined;
  const steps = failure ? request.otherwise : request.then;
  if (answer !== undefined && answer.results.length !== steps.length) return undefined;
  const keys = new Map(state.keys);
  let working: EtcdState = { ...state, keys };
  let changed = false;
  for (const [index, step] of steps.entries()) {
    const result = answer?.results[index];
    switch (step.kind) {
      case 'range':
        if (result !== undefined && !request.stale && !finds(working, keys, step, result)) return undefined;
        break;
      case 'put': {
        // A put under a lease that is not there is refused.
        if (step.lease !== '' && !anyLease && !state.leases.has(step.lease)) break;
        const before = lookUp(working, step.key);
        const version = before === undefined || before?.version === 0 ? 0 : (before?.version ?? 0) + 1;
        keys.set(step.key, { value: step.value, revision: state.revision + 1, version, lease: step.lease });
        changed = true;
        break;
      }
      case 'delete': {
        const before = lookUp(working, step.key);
        if (before === undefined && result === undefined) {
          keys.clear();
          working = { ...working, closed: false };
          break;
        }
        const deleted = before === undefined ? (result?.deleted ?? 0) > 0 : before !== null;
        if (result !== undefined && result.deleted !== (deleted ? 1 : 0)) return undefined;
        keys.set(step.key, null);
        changed ||= deleted;
        break;
      }
    }
  }
  return { ...working, keys, revision: state.revision + (changed ? 1 : 0) };
}

/** `undefined`: nobody knows. */
function lookUp(state: EtcdState, key: string): Held | null | undefined {
  const held = state.keys.get(key);
  return held === undefined && state.closed ? null : held;
}

/** Whether a range can have found this. What nobody knew is known from then on. */
function finds(
  state: EtcdState,
  keys: Map<string, Held | null>,
  step: EtcdStep & { kind: 'range' },
  result: EtcdResult,
) {
  const { start, end, limit } = step;
  if (end === '') {
    const [found] = result.found;
    if (result.found.length > 1 || result.count !== result.found.length) return false;
    if (found !== undefined && found.key !== start) return false;
    return agrees(state, keys, start, found);
  }
  const limited = limit > 0 && result.count > limit;
  if (result.found.length !== (limited ? limit : result.count)) return false;
  const found = new Map(result.found.map((each) => [each.key, each]));
  if (found.size !== result.found.length) return false;
  if ([...found.keys()].some((key) => key < start || key >= end)) return false;
  const last = limited ? (result.found.at(-1)?.key ?? '') : end;
  const known = [...keys].filter(([key]) => key >= start && key < end);
  if (state.closed && known.filter(([, held]) => held !== null).length !== result.count) return false;
  for (const [key, held] of known) {
    if (!found.has(key) && held !== null && (!limited || key <= last)) return false;
  }
  return result.found.every((each) => agrees(state, keys, each.key, each));
}

function agrees(state: EtcdState, keys: Map<string, Held | null>, key: string, found: EtcdFound | undefined): boolean {
  const held = state.closed || keys.has(key) ? (keys.get(key) ?? null) : undefined;
  if (held === undefined) {
    // Of a change after this revision nobody can know yet.
    if (found !== undefined && found.revision > state.revision) return false;
    keys.set(key, found ? { value: found.value, revision: found.revision, version: found.version, lease: '' } : null);
    return true;
  }
  if (held === null || found === undefined) return held === null && found === undefined;
  const sameVersion = held.version === 0 || found.version === 0 || held.version === found.version;
  return held.value === found.value && held.revision === found.revision && sameVersion;
}

function textOf({ revision, keys, closed, leases }: EtcdState): string {
  const held = [...keys]
    .filter(([, each]) => each !== null || !closed)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([revision, closed, held, [...leases].sort()]);
}

function describe(request: EtcdRequest, response: EtcdResponse | undefined): string {
  const at = response === undefined || response.revision === 0 ? '' : ` at revision ${response.revision}`;
  if (request.f !== 'txn')
    return `${request.f === 'maintenance' ? request.name : `${request.f} ${request.lease}`}${at}`;
  const steps = (response?.txn?.failure ? request.otherwise : request.then).map((step, index) =>
    describeStep(step, response?.txn?.results[index]),
  );
  const conditions = request.conditions.map(({ key, revision }) => `${key} at ${revision}`).join(', ');
  const outcome = response?.txn === undefined || conditions === '' ? '' : response.txn.failure ? ' (not so)' : ' (so)';
  return `${conditions === '' ? '' : `if ${conditions}${outcome}: `}${steps.join(', ') || 'nothing'}${at}`;
}

function describeStep(step: EtcdStep, result: EtcdResult | undefined): string {
  switch (step.kind) {
    case 'range': {
      const found = result?.found.map(({ key, value, revision }) => `${key}=${value} (${revision})`).join(', ');
      const answer = found === undefined ? '' : ` = ${found || 'nothing'}`;
      return `range(${step.start}${step.end === '' ? '' : `…${step.end}`})${answer}`;
    }
    case 'put':
      return `put(${step.key}, ${step.value})`;
    case 'delete':
      return `delete(${step.key})`;
  }
}
