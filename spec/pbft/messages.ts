import type { Digest, History, SignedViewChange } from './replica.js';
import type { Assignment } from './view-change.js';

/** Signed by `from`, which is correct. Each is there for ever once it was sent: the network may deliver it twice. */
export type PbftMessage = PrePrepare | Prepare | Commit | Decided | Checkpoint | ViewChangeMessage | NewViewMessage;

interface Envelope {
  readonly from: number;
  readonly to: number;
}

interface Vote extends Envelope, Assignment<Digest> {
  readonly view: number;
}

export interface PrePrepare extends Vote {
  readonly type: 'PrePrepare';
}

export interface Prepare extends Vote {
  readonly type: 'Prepare';
}

export interface Commit extends Vote {
  readonly type: 'Commit';
}

/** It executed that, in whichever view. */
export interface Decided extends Envelope, Assignment<Digest | null> {
  readonly type: 'Decided';
}

export interface Checkpoint extends Envelope {
  readonly type: 'Checkpoint';
  readonly sequence: number;
  readonly history: History;
}

export interface ViewChangeMessage extends Envelope {
  readonly type: 'ViewChange';
  readonly content: SignedViewChange;
}

export interface NewViewMessage extends Envelope {
  readonly type: 'NewView';
  readonly view: number;
  /** V */
  readonly viewChanges: readonly SignedViewChange[];
  /** O */
  readonly prePrepares: readonly Assignment<Digest>[];
}

type Unaddressed<Message> = Message extends Envelope ? Omit<Message, keyof Envelope> : never;
export type Content = Unaddressed<PbftMessage>;
