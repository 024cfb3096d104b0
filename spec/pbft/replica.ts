import type { Assignment, PreparedCertificate, ViewChange } from './view-change.js';

/** In the model the digest of a request is its number. */
export type Digest = number;

/** What was executed up to a checkpoint: it stands for the digest of the state there. */
export type History = readonly (Digest | null)[];

/** One correct replica's variables. */
export interface Replica {
  readonly view: number;
  /** False from its VIEW-CHANGE for `view` until it has entered that: meanwhile it takes part in no view. */
  readonly active: boolean;
  /** h, the low watermark: the sequence number of its last stable checkpoint. */
  readonly low: number;
  /** Of its view, by sequence number: what it accepted, and what it has heard of it. */
  readonly slots: readonly Slot[];
  /** Above `low`, by sequence number: what prepared here in the latest view in which something did. */
  readonly prepared: readonly PreparedCertificate<Digest>[];
  /** By sequence number: what is committed-local, or decided by the word of others, and not executed. */
  readonly committed: readonly Decision[];
  /** What was executed, in that order; it is never discarded. */
  readonly executed: readonly Decision[];
  /** The requests that had an effect, in that order: the place of a request stands for its result. */
  readonly service: readonly Digest[];
  /** Above `low`: who told of which checkpoints, itself included. */
  readonly checkpoints: readonly CheckpointVotes[];
  /** For views later than its own, or of which it is to be the primary: VIEW-CHANGEs of correct replicas, its own included. */
  readonly viewChanges: readonly SignedViewChange[];
}

export interface Slot extends Assignment<Digest> {
  readonly phase: 'pre-prepared' | 'prepared' | 'committed';
  /** Other correct replicas whose PREPAREs, once prepared whose COMMITs, it has; nobody once they are enough. */
  readonly votes: readonly number[];
}

export interface Decision extends Assignment<Digest> {
  /** In which it committed; `null` where it came with a checkpoint of others, or by their word. */
  readonly view: number | null;
}

export interface CheckpointVotes {
  readonly sequence: number;
  readonly history: History;
  readonly replicas: readonly number[];
}

export interface SignedViewChange extends ViewChange<Digest> {
  /** Of its checkpoint: what C shows besides the sequence number. */
  readonly history: History;
}

/** A traitor has no variables: whatever it may say is always there. */
export type Node = Replica | null;

export const NEW_REPLICA: Replica = {
  view: 0,
  active: true,
  low: 0,
  slots: [],
  prepared: [],
  committed: [],
  executed: [],
  service: [],
  checkpoints: [],
  viewChanges: [],
};

export function slotAt(node: Replica, sequence: number): Slot | undefined {
  return node.slots.find((slot) => slot.sequence === sequence);
}

export function withSlot(node: Replica, slot: Slot): Replica {
  return { ...node, slots: withAssignment(node.slots, slot) };
}

/** With one for its sequence number, in place of another for that; in order. */
export function withAssignment<Item extends { readonly sequence: number }>(list: readonly Item[], item: Item): Item[] {
  return [...list.filter(({ sequence }) => sequence !== item.sequence), item].sort(
    (left, right) => left.sequence - right.sequence,
  );
}

export function historyOf({ executed }: Replica, sequence: number): History {
  return executed.slice(0, sequence).map(({ digest }) => digest);
}

export function withMember(members: readonly number[], member: number): readonly number[] {
  return members.includes(member) ? members : [...members, member].sort((left, right) => left - right);
}

/** The correct replicas of a cluster with their numbers. */
export function correctOf(nodes: readonly Node[]): { readonly self: number; readonly node: Replica }[] {
  return nodes.flatMap((node, self) => (node === null ? [] : [{ self, node }]));
}
