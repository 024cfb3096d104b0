import type { NodeId } from '../../kernel/ids.js';

/** Of the null request, which does nothing (§4.4). */
export const NULL_DIGEST = 'null';

/** An element of P: `authors` are those whose statements prove it, the primary first; null without a proof. */
export interface PreparedRef {
  readonly sequence: number;
  readonly view: number;
  readonly digest: string;
  readonly authors: readonly NodeId[] | null;
}

/** An element of Q, or of O. */
export interface Proposed {
  readonly sequence: number;
  readonly digest: string;
}

export interface CheckpointVote extends Proposed {
  readonly replica: NodeId;
}

export interface ViewChangeRef {
  readonly view: number;
  readonly stable: number;
  readonly replica: NodeId;
  /** C. */
  readonly proof: readonly CheckpointVote[];
  readonly prepared: readonly PreparedRef[];
  readonly prePrepared: readonly (Proposed & { readonly view: number })[];
}

export interface NewViewRef {
  readonly view: number;
  readonly replica: NodeId;
  readonly viewChanges: readonly ViewChangeRef[];
  readonly proposals: readonly Proposed[];
}

export interface StatusRef {
  readonly view: number;
  readonly active: boolean;
  readonly stable: number;
  readonly executed: number;
}

export interface RequestName {
  readonly client: string;
  readonly timestamp: number;
}

type Fields = { readonly [key: string]: unknown };

/*
 * Messages come as they were sent, or as their trace keeps them (`history/pbft-codec.ts`): what is read here stands in
 * both. A message that lacks a field is none.
 */

export function readViewChange(message: unknown): ViewChangeRef | undefined {
  const { view, stable, replica, proof, prepared, prePrepared } = fieldsOf(message);
  if (typeof view !== 'number' || typeof stable !== 'number' || typeof replica !== 'string') return undefined;
  const votes = all(proof, (vote) => checkpointVote(vote, stable));
  const claims = all(prepared, preparedRef);
  const proposed = all(prePrepared, (claim) => {
    const { sequence, digest, view: inView } = fieldsOf(claim);
    const isOne = typeof sequence === 'number' && typeof digest === 'string' && typeof inView === 'number';
    return isOne ? { sequence, digest, view: inView } : undefined;
  });
  if (votes === undefined || claims === undefined || proposed === undefined) return undefined;
  return { view, stable, replica, proof: votes, prepared: claims, prePrepared: proposed };
}

export function readNewView(message: unknown): NewViewRef | undefined {
  const { view, replica, viewChanges, prePrepares } = fieldsOf(message);
  if (typeof view !== 'number' || typeof replica !== 'string') return undefined;
  const changes = all(viewChanges, readViewChange);
  const proposals = all(prePrepares, (header) => {
    const { sequence, digest } = fieldsOf(header);
    return typeof sequence === 'number' && typeof digest === 'string' ? { sequence, digest } : undefined;
  });
  return changes && proposals && { view, replica, viewChanges: changes, proposals };
}

/** Of a piece of a state: who says that this is the checkpoint. */
export function readStateProof(message: unknown): CheckpointVote[] | undefined {
  const { sequence, digest, proof } = fieldsOf(message);
  if (typeof sequence !== 'number' || typeof digest !== 'string') return undefined;
  return all(proof, (vote) =>
    typeof vote === 'string' ? { sequence, digest, replica: vote } : checkpointVote(vote, sequence),
  );
}

export function readStatus(message: unknown): StatusRef | undefined {
  const { view, active, stable, executed } = fieldsOf(message);
  const isOne =
    typeof view === 'number' &&
    typeof active === 'boolean' &&
    typeof stable === 'number' &&
    typeof executed === 'number';
  return isOne ? { view, active, stable, executed } : undefined;
}

/** The requests of a proposal or of a batch. */
export function readRequests(message: unknown): RequestName[] | undefined {
  return all(fieldsOf(message).requests, (request) => {
    const { client, timestamp } = fieldsOf(request);
    return typeof client === 'string' && typeof timestamp === 'number' ? { client, timestamp } : undefined;
  });
}

function checkpointVote(vote: unknown, stable: number): CheckpointVote | undefined {
  const { sequence = stable, digest, replica } = fieldsOf(vote);
  const isOne = typeof sequence === 'number' && typeof digest === 'string' && typeof replica === 'string';
  return isOne ? { sequence, digest, replica } : undefined;
}

function preparedRef(claim: unknown): PreparedRef | undefined {
  const { sequence, view, digest, proof } = fieldsOf(claim);
  if (typeof sequence !== 'number' || typeof view !== 'number' || typeof digest !== 'string') return undefined;
  const { prePrepare, prepares } = fieldsOf(proof);
  const statements = Array.isArray(proof) ? proof : Array.isArray(prepares) ? [prePrepare, ...prepares] : undefined;
  const authors = statements?.flatMap((statement: unknown): NodeId[] => {
    if (typeof statement === 'string') return [statement];
    const told = fieldsOf(statement);
    const fits = told.sequence === sequence && told.view === view && told.digest === digest;
    return fits && typeof told.replica === 'string' ? [told.replica] : [];
  });
  return { sequence, view, digest, authors: authors ?? null };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : NOTHING;
}

const NOTHING: Fields = {};

/** All of a list, each as it is read; undefined where it is none, or one of it cannot be read. */
function all<T>(list: unknown, read: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const items: T[] = [];
  for (const item of list) {
    const one = read(item);
    if (one === undefined) return undefined;
    items.push(one);
  }
  return items;
}
