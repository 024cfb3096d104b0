import { DEFECTS as DEFECTS_OF_PBFT, type Defect as DefectOfPbft, PBFT_FEATURES } from './pbft/defects.js';
import { pbft } from './pbft/pbft.js';
import { DEFECTS, type Defect } from './raft/defects.js';
import { FEATURES, type Feature } from './raft/features.js';
import { raft } from './raft/raft.js';
import type { Addressed, Specification } from './specification.js';

export type AnySpecification = Specification<unknown, Addressed, unknown>;

/** How large a bounded model is, in words that fit every protocol. Those that are absent have a default, or are not its. */
export interface Bounds {
  readonly nodes: number;
  /** How many values clients ask for, each once. */
  readonly log: number;
  /** The highest term; the first is 1. */
  readonly terms?: number;
  readonly restarts?: number;
  /** What is modelled besides: some of the protocol's features. */
  readonly features?: readonly string[];
  /** Of features: how many reads begin, how often clients ask again, how far clocks go. */
  readonly reads?: number;
  readonly retries?: number;
  readonly ticks?: number;
  /** The highest view; the first is 0. */
  readonly views?: number;
  /** Nodes that say whatever they like. */
  readonly traitors?: readonly number[];
  /** The highest sequence number, after how many there is a checkpoint, and how far the watermarks are apart. */
  readonly sequences?: number;
  readonly interval?: number;
  readonly window?: number;
}

export interface DefectOfProtocol {
  /** What is left out. */
  readonly statement: string;
  /** The features that have to be on; neither where it is of the protocol's core. */
  readonly of?: string;
  readonly with?: string;
}

export interface Protocol {
  /** By name, what can be modelled besides the protocol's core. */
  readonly features: Readonly<Record<string, { readonly statement: string }>>;
  readonly defects: Readonly<Record<string, DefectOfProtocol>>;
  /** How few nodes it can do with. */
  readonly leastNodes: number;
  /** The bounds of a model of which nothing is said. */
  readonly defaults: Bounds;
  /** Bounds that it has besides; where they are absent they follow from the others. */
  readonly others: readonly (keyof Bounds)[];
  /** @param defect one of {@link defects} */
  specification(bounds: Bounds, defect?: string): AnySpecification;
}

/** The protocols that there are specifications of. */
export const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map<string, Protocol>([
  [
    'raft',
    {
      features: FEATURES,
      defects: DEFECTS,
      leastNodes: 1,
      defaults: { nodes: 3, terms: 2, log: 1, restarts: 0 },
      others: ['features', 'reads', 'retries', 'ticks'],
      specification({ nodes, terms = 2, log, restarts = 0, features = [], reads, retries, ticks }, defect) {
        const asked = { features: features as Feature[], servers: nodes, elections: terms - 1, values: log, restarts };
        return raft({ ...asked, ...present({ reads, retries, ticks }) }, defect as Defect | undefined);
      },
    },
  ],
  [
    'pbft',
    {
      features: PBFT_FEATURES,
      defects: DEFECTS_OF_PBFT,
      leastNodes: 4,
      defaults: { nodes: 4, views: 1, log: 1, traitors: [0] },
      others: ['sequences', 'interval', 'window', 'features'],
      specification({ nodes, views = 1, log, traitors = [0], features = [], sequences, interval, window }, defect) {
        const decisions = features.includes('decisions');
        const asked = { replicas: nodes, views, requests: log, traitors, decisions };
        return pbft({ ...asked, ...present({ sequences, interval, window }) }, defect as DefectOfPbft | undefined);
      },
    },
  ],
]);

/** Without what is absent. */
function present<Name extends string>(bounds: Record<Name, number | undefined>): Partial<Record<Name, number>> {
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined)) as Partial<
    Record<Name, number>
  >;
}
