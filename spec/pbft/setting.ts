import type { Defect } from './defects.js';
import { primaryOf, type Quorums, quorumsOf } from './quorums.js';

/** How far a bounded model goes. */
export interface PbftBounds {
  /** n, at least 4. */
  readonly replicas: number;
  /** Who may say whatever it likes; with more than f of them PBFT promises nothing. */
  readonly traitors: readonly number[];
  /** The highest view; the first is 0. */
  readonly views: number;
  /** How many requests clients sign, all at the beginning and to all replicas. */
  readonly requests: number;
  /** The highest sequence number. Default: one for each request. */
  readonly sequences?: number;
  /** K: after how many sequence numbers there is a checkpoint. Default: there is none. */
  readonly interval?: number;
  /** L: how far the watermarks are apart. Default: as far as sequence numbers go. */
  readonly window?: number;
  /** Whether replicas tell each other what they executed. Default: they do not, as in the paper. */
  readonly decisions?: boolean;
}

/** What the rules of a model are made for. */
export interface Setting {
  readonly bounds: Required<PbftBounds>;
  readonly defect: Defect | undefined;
  /** As the replicas count, which may be a defect. */
  readonly quorums: Quorums;
  /** In ascending order. */
  readonly correct: readonly number[];
  /** Requests that no client signed have higher numbers. */
  readonly requests: readonly number[];
}

export function settingOf(bounds: PbftBounds, defect: Defect | undefined): Setting {
  const { replicas, traitors, requests, sequences = requests, interval = 0 } = bounds;
  const { window = sequences, decisions = false } = bounds;
  const quorums = quorumsOf(replicas);
  const fewer: Partial<Record<Defect, number>> = {
    'quorum-of-2f+1': 2 * quorums.faulty + 1,
    'majority-is-a-quorum': Math.floor(replicas / 2) + 1,
  };
  const quorum = (defect && fewer[defect]) ?? quorums.quorum;
  return {
    bounds: { ...bounds, sequences, interval, window, decisions },
    defect,
    quorums: { ...quorums, quorum, prepares: quorum - 1 },
    correct: [...Array(replicas).keys()].filter((replica) => !traitors.includes(replica)),
    requests: [...Array(requests).keys()],
  };
}

export function isTraitor({ bounds }: Setting, replica: number): boolean {
  return bounds.traitors.includes(replica);
}

export function primaryIn({ bounds }: Setting, view: number): number {
  return primaryOf(view, bounds.replicas);
}
