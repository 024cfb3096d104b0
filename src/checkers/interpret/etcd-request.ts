import type { Value } from '../../history/events.js';

/** A value as etcd's robustness tests write it: short ones in full, others by their 32-bit FNV-1a hash. */
export type StoredValue = string;

export type EtcdStep =
  /** One key, or all from `start` to before `end`, `limit` at most if it is above 0. */
  | { readonly kind: 'range'; readonly start: string; readonly end: string; readonly limit: number }
  | { readonly kind: 'put'; readonly key: string; readonly value: StoredValue; readonly lease: string }
  | { readonly kind: 'delete'; readonly key: string };

export interface EtcdCondition {
  readonly key: string;
  readonly revision: number;
  /** 0: not asked for. */
  readonly version: number;
}

/** A request in one shape: a range by itself is a transaction of one step. */
export type EtcdRequest =
  | {
      readonly f: 'txn';
      readonly conditions: readonly EtcdCondition[];
      readonly then: readonly EtcdStep[];
      readonly otherwise: readonly EtcdStep[];
      /** The range of an old revision: what it finds is not judged. */
      readonly stale: boolean;
    }
  | { readonly f: 'lease-grant' | 'lease-revoke'; readonly lease: string }
  /** Nothing that clients could see. */
  | { readonly f: 'maintenance'; readonly name: string };

export interface EtcdFound {
  readonly key: string;
  readonly value: StoredValue;
  readonly revision: number;
  /** 0: not told. */
  readonly version: number;
}

export interface EtcdResult {
  readonly found: readonly EtcdFound[];
  readonly count: number;
  readonly deleted: number;
}

export interface EtcdResponse {
  /** Of the whole store, after the request; 0: not told. */
  readonly revision: number;
  /** What a transaction answered; absent where only the revision is known. */
  readonly txn?: { readonly failure: boolean; readonly results: readonly EtcdResult[] };
}

/**
 * A request of etcd's robustness tests (tests/robustness/model/types.go), or of their older form, in which a step has
 * its key beside its type.
 *
 * @returns what is wrong with it, as text, when it is none
 */
export function readRequest(value: Value | undefined): EtcdRequest | string {
  const request = fields(value);
  switch (request.Type) {
    case 'range': {
      const range = fields(request.Range);
      const step = stepOf({ Type: 'range-operation', Range: request.Range ?? null });
      if (typeof step === 'string') return step;
      return { f: 'txn', conditions: [], then: [step], otherwise: [], stale: number(range.Revision) > 0 };
    }
    case 'txn': {
      const txn = fields(request.Txn);
      const then = items(txn.OperationsOnSuccess ?? txn.Operations).map(stepOf);
      const otherwise = items(txn.OperationsOnFailure).map(stepOf);
      const problem = [...then, ...otherwise].find((step) => typeof step === 'string');
      if (problem !== undefined) return problem as string;
      return {
        f: 'txn',
        conditions: items(txn.Conditions).map((each) => {
          const { Key, ExpectedRevision, ExpectedVersion } = fields(each);
          return { key: text(Key), revision: number(ExpectedRevision), version: number(ExpectedVersion) };
        }),
        then: then as EtcdStep[],
        otherwise: otherwise as EtcdStep[],
        stale: false,
      };
    }
    case 'leaseGrant':
      return { f: 'lease-grant', lease: text(fields(request.LeaseGrant).LeaseID) };
    case 'leaseRevoke':
      return { f: 'lease-revoke', lease: text(fields(request.LeaseRevoke).LeaseID) };
    case 'defragment':
    case 'compact':
      return { f: 'maintenance', name: request.Type };
    default:
      return `etcd has no request ${JSON.stringify(request.Type ?? null)}`;
  }
}

export function readResponse(value: Value | undefined, request: EtcdRequest): EtcdResponse {
  const response = fields(value);
  const persisted = response.Persisted === true;
  const revision = Math.max(0, number(persisted ? response.PersistedRevision : response.Revision));
  const partial = persisted || response.PartialResponse === true || response.ResultUnknown === true;
  if (partial || request.f !== 'txn' || request.stale) return { revision };
  if (response.Range !== undefined && response.Range !== null) {
    return { revision, txn: { failure: false, results: [resultOf(response.Range)] } };
  }
  if (response.Txn === undefined || response.Txn === null) return { revision };
  const { Failure, Results } = fields(response.Txn);
  return { revision, txn: { failure: Failure === true, results: items(Results).map(resultOf) } };
}

function stepOf(value: Value): EtcdStep | string {
  const step = fields(value);
  switch (step.Type) {
    case 'range-operation':
    case 'range': {
      const range = fields(step.Range);
      const start = text(range.Start ?? step.Key);
      const end = step.WithPrefix === true ? prefixEnd(start) : text(range.End);
      return { kind: 'range', start, end, limit: number(range.Limit ?? step.Limit) };
    }
    case 'put-operation':
    case 'put': {
      const put = fields(step.Put);
      const lease = put.LeaseID ?? step.LeaseID;
      return {
        kind: 'put',
        key: text(put.Key ?? step.Key),
        value: stored(put.Value ?? step.Value),
        lease: lease === 0 || lease === undefined || lease === null ? '' : text(lease),
      };
    }
    case 'delete-operation':
    case 'delete':
      return { kind: 'delete', key: text(fields(step.Delete).Key ?? step.Key) };
    default:
      return `etcd has no operation ${JSON.stringify(step.Type ?? null)}`;
  }
}

function resultOf(value: Value): EtcdResult {
  const { KVs, Count, Deleted } = fields(value);
  return {
    found: items(KVs).map((each) => {
      const { Key, Value: held, ModRevision, Version } = fields(each);
      return { key: text(Key), value: stored(held), revision: number(ModRevision), version: number(Version) };
    }),
    count: number(Count),
    deleted: number(Deleted),
  };
}

/** The first key that does not begin with the prefix any more, as clientv3.GetPrefixRangeEnd. */
function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}

/** `{Value, Hash}`: whoever sends a long text keeps its hash only, but some requests hold the text. */
function stored(value: Value | undefined): StoredValue {
  const { Value: held, Hash: hash } = fields(value);
  if (typeof hash === 'number' && hash !== 0) return `#${hash}`;
  const plain = typeof value === 'string' ? value : text(held);
  return plain.length < 20 ? plain : `#${fnv1a(plain)}`;
}

function fnv1a(plain: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(plain)) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}

function fields(value: Value | undefined): { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Value })
    : {};
}

function items(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}

function number(value: Value | undefined): number {
  return typeof value === 'number' ? value : typeof value === 'string' ? Number(value) || 0 : 0;
}

function text(value: Value | undefined): string {
  return value === undefined || value === null ? '' : String(value);
}
