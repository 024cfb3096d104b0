import { DEFECTS, type Defect } from './raft/defects.js';
import { FEATURES, type Feature } from './raft/features.js';
import { raft } from './raft/raft.js';
import type { Addressed, Specification } from './specification.js';

export type AnySpecification = Specification<unknown, Addressed, unknown>;

/** How large a bounded model is, in words that fit every protocol. */
export interface Bounds {
  readonly nodes: number;
  /** The highest term; the first is 1. */
  readonly terms: number;
  /** How many values clients ask for, each once. */
  readonly log: number;
  readonly restarts: number;
  /** What is modelled besides: some of the protocol's features. */
  readonly features?: readonly string[];
  /** Of features: how many reads begin, how often clients ask again, how far clocks go. */
  readonly reads?: number;
  readonly retries?: number;
  readonly ticks?: number;
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
  /** @param defect one of {@link defects} */
  specification(bounds: Bounds, defect?: string): AnySpecification;
}

/** The protocols that there are specifications of. */
export const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  [
    'raft',
    {
      features: FEATURES,
      defects: DEFECTS,
      specification({ nodes, terms, log, features = [], ...bounds }, defect) {
        const asked = { features: features as Feature[], servers: nodes, elections: terms - 1, values: log };
        return raft({ ...bounds, ...asked }, defect as Defect | undefined);
      },
    } satisfies Protocol,
  ],
]);
