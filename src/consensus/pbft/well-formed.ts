import type { NodeId } from '../../kernel/ids.js';
import type { Authentication, PbftMessage } from './messages.js';

/** What a replica takes from the network, at most: who sends more is faulty. */
export interface Limits {
  readonly nodes: ReadonlySet<NodeId>;
  /** Sequence numbers in use at a time. */
  readonly logWindow: number;
  readonly batchRequests: number;
}

const MAX_TEXT = 128;
const MAX_CLIENT = 256;
const MAX_KEY = 1024;
/** Of a piece of state, in characters. */
const MAX_CHUNK = 1024 * 1024;
/** Of Q: how many digests a replica may have pre-prepared for one sequence number, in different views. */
const MAX_DIGESTS = 8;

type Fields = Readonly<Record<string, unknown>>;

/**
 * A peer's message, where it has the shape of one and is no larger than a correct replica's; who really says it is not
 * looked at. Written by hand: it is asked for every message, and a schema would cost more than all the rest.
 */
export function wellFormed(content: unknown, limits: Limits): PbftMessage | undefined {
  return isFields(content) && hasShape(content, limits) ? (content as unknown as PbftMessage) : undefined;
}

function hasShape(message: Fields, limits: Limits): boolean {
  switch (message.type) {
    case 'Request':
      return isRequest(message);
    case 'PrePrepare':
      return isVote(message, limits) && isListOf(message.requests, limits.batchRequests, isRequest);
    case 'Prepare':
    case 'Commit':
      return isVote(message, limits);
    case 'Checkpoint':
      return isCheckpoint(message, limits);
    case 'ViewChange':
      return isViewChange(message, limits);
    case 'NewView':
      return (
        isCount(message.view) &&
        isStatement(message, limits) &&
        isListOf(message.viewChanges, limits.nodes.size, (item) => isViewChange(item, limits)) &&
        isListOf(message.prePrepares, limits.logWindow, (item) => isVoteOf('PrePrepare', item, limits))
      );
    case 'Status':
      return (
        isCount(message.view) &&
        typeof message.active === 'boolean' &&
        isCount(message.stable) &&
        isCount(message.executed) &&
        isListOf(message.missing, limits.logWindow, isCount) &&
        isStatement(message, limits)
      );
    case 'FetchBatch':
      return isText(message.digest) && isStatement(message, limits);
    case 'Batch':
      return isListOf(message.requests, limits.batchRequests, isRequest);
    case 'FetchState':
      return isCount(message.sequence) && isCount(message.offset) && isStatement(message, limits);
    case 'StateChunk':
      return (
        isCount(message.sequence) &&
        isText(message.digest) &&
        isListOf(message.proof, limits.nodes.size, (item) => isCheckpoint(item, limits)) &&
        isCount(message.offset) &&
        typeof message.data === 'string' &&
        message.data.length <= MAX_CHUNK &&
        typeof message.done === 'boolean'
      );
    default:
      return false;
  }
}

export function isRequest(value: unknown): boolean {
  if (!isFields(value) || value.type !== 'Request') return false;
  const { client, timestamp, operation, readOnly, auth } = value;
  return (
    typeof client === 'string' &&
    client.length <= MAX_CLIENT &&
    isCount(timestamp) &&
    isFields(operation) &&
    isText(operation.f) &&
    (operation.key === undefined || (typeof operation.key === 'string' && operation.key.length <= MAX_KEY)) &&
    typeof readOnly === 'boolean' &&
    isAuthentication(auth)
  );
}

/** Of pre-prepares, prepares and commits. */
function isVote(message: Fields, limits: Limits): boolean {
  return isCount(message.view) && isCount(message.sequence) && isText(message.digest) && isStatement(message, limits);
}

function isVoteOf(type: string, value: unknown, limits: Limits): boolean {
  return isFields(value) && value.type === type && isVote(value, limits);
}

function isCheckpoint(value: unknown, limits: Limits): boolean {
  return (
    isFields(value) &&
    value.type === 'Checkpoint' &&
    isCount(value.sequence) &&
    isText(value.digest) &&
    isStatement(value, limits)
  );
}

function isViewChange(value: unknown, limits: Limits): boolean {
  return (
    isFields(value) &&
    value.type === 'ViewChange' &&
    isCount(value.view) &&
    isCount(value.stable) &&
    isListOf(value.proof, limits.nodes.size, (item) => isCheckpoint(item, limits)) &&
    isListOf(value.prepared, limits.logWindow, (item) => isPreparedClaim(item, limits)) &&
    isListOf(value.prePrepared, limits.logWindow * MAX_DIGESTS, isClaim) &&
    isStatement(value, limits)
  );
}

function isPreparedClaim(value: unknown, limits: Limits): boolean {
  if (!isClaim(value)) return false;
  const { proof } = value as Fields;
  if (proof === null) return true;
  return (
    isFields(proof) &&
    isVoteOf('PrePrepare', proof.prePrepare, limits) &&
    isListOf(proof.prepares, limits.nodes.size, (item) => isVoteOf('Prepare', item, limits))
  );
}

function isClaim(value: unknown): boolean {
  return isFields(value) && isCount(value.sequence) && isCount(value.view) && isText(value.digest);
}

function isStatement(message: Fields, { nodes }: Limits): boolean {
  return typeof message.replica === 'string' && nodes.has(message.replica) && isAuthentication(message.auth);
}

export function isAuthentication(value: unknown): value is Authentication {
  if (!isFields(value)) return false;
  if ('signature' in value) return isText(value.signature);
  // What else it holds is not read: only the reader's own entry is.
  return isFields(value.macs);
}

function isListOf(value: unknown, max: number, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length <= max && value.every(is);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
