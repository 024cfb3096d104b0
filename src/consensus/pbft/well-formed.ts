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
/** Of an operation's argument: values and characters, and how deep they are nested. */
const MAX_VALUE = 65_536;
const MAX_DEPTH = 32;
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
      return isRequest(message, limits);
    case 'PrePrepare':
      return isVote(message, limits, 7) && areRequests(message.requests, limits);
    case 'Prepare':
    case 'Commit':
      return isVote(message, limits, 6);
    case 'Checkpoint':
      return isCheckpoint(message, limits);
    case 'ViewChange':
      return isViewChange(message, limits);
    case 'NewView':
      return (
        isCount(message.view) &&
        isStatement(message, limits, 6) &&
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
        isStatement(message, limits, 8)
      );
    case 'Decided':
      return isCount(message.sequence) && isText(message.digest) && isStatement(message, limits, 5);
    case 'FetchBatch':
      return isText(message.digest) && isStatement(message, limits, 4);
    case 'Batch':
      return hasNoMore(message, 2) && areRequests(message.requests, limits);
    case 'FetchState':
      return isCount(message.sequence) && isCount(message.offset) && isStatement(message, limits, 5);
    case 'StateChunk':
      return (
        hasNoMore(message, 7) &&
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

function areRequests(value: unknown, limits: Limits): boolean {
  return isListOf(value, limits.batchRequests, (item) => isRequest(item, limits));
}

function isRequest(value: unknown, { nodes }: Limits): boolean {
  if (!isFields(value) || value.type !== 'Request' || !hasNoMore(value, 6)) return false;
  const { client, timestamp, operation, readOnly, auth } = value;
  return (
    typeof client === 'string' &&
    client.length <= MAX_CLIENT &&
    isCount(timestamp) &&
    isFields(operation) &&
    isOperation(operation) &&
    typeof readOnly === 'boolean' &&
    isAuthentication(auth, nodes.size)
  );
}

function isOperation(operation: Fields): boolean {
  const { f, key, value } = operation;
  if (!isText(f) || (key !== undefined && (typeof key !== 'string' || key.length > MAX_KEY))) return false;
  const fields = 1 + Number('key' in operation) + Number('value' in operation);
  return hasNoMore(operation, fields) && roomLeft(value, MAX_VALUE, MAX_DEPTH) >= 0;
}

/** Of so many values and characters, when this one was counted; negative where it takes more, or is nested deeper. */
function roomLeft(value: unknown, room: number, depth: number): number {
  if (typeof value === 'string') return room - value.length - 1;
  if (typeof value !== 'object' || value === null) return room - 1;
  if (depth === 0) return -1;
  let left = room - 1;
  for (const [name, part] of Object.entries(value)) {
    left = roomLeft(part, left - name.length, depth - 1);
    if (left < 0) return left;
  }
  return left;
}

/** Of pre-prepares, prepares and commits. */
function isVote(message: Fields, limits: Limits, fields: number): boolean {
  const { view, sequence, digest } = message;
  return isCount(view) && isCount(sequence) && isText(digest) && isStatement(message, limits, fields);
}

function isVoteOf(type: string, value: unknown, limits: Limits): boolean {
  return isFields(value) && value.type === type && isVote(value, limits, 6);
}

function isCheckpoint(value: unknown, limits: Limits): boolean {
  return (
    isFields(value) &&
    value.type === 'Checkpoint' &&
    isCount(value.sequence) &&
    isText(value.digest) &&
    isStatement(value, limits, 5)
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
    isListOf(value.prePrepared, limits.logWindow * MAX_DIGESTS, (item) => isClaim(item, 3)) &&
    isStatement(value, limits, 8)
  );
}

function isPreparedClaim(value: unknown, limits: Limits): boolean {
  if (!isClaim(value, 4)) return false;
  const { proof } = value as Fields;
  if (proof === null) return true;
  return (
    isFields(proof) &&
    hasNoMore(proof, 2) &&
    isVoteOf('PrePrepare', proof.prePrepare, limits) &&
    isListOf(proof.prepares, limits.nodes.size, (item) => isVoteOf('Prepare', item, limits))
  );
}

function isClaim(value: unknown, fields: number): boolean {
  const isOne = isFields(value) && isCount(value.sequence) && isCount(value.view) && isText(value.digest);
  return isOne && hasNoMore(value, fields);
}

function isStatement(message: Fields, { nodes }: Limits, fields: number): boolean {
  const { replica, auth } = message;
  return (
    typeof replica === 'string' &&
    nodes.has(replica) &&
    isAuthentication(auth, nodes.size) &&
    hasNoMore(message, fields)
  );
}

/** With MACs for so many readers at most. */
export function isAuthentication(value: unknown, readers: number): value is Authentication {
  if (!isFields(value) || !hasNoMore(value, 1)) return false;
  if ('signature' in value) return isText(value.signature);
  return isFields(value.macs) && hasNoMore(value.macs, readers) && Object.values(value.macs).every(isText);
}

/** What nobody reads would be kept all the same, and could be anything. */
function hasNoMore(value: Fields, fields: number): boolean {
  return Object.keys(value).length <= fields;
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
