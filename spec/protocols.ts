import { DEFECTS, type Defect } from './raft/defects.js';
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
}

export interface Protocol {
  /** By name, what is left out. */
  readonly defects: Readonly<Record<string, string>>;
  /** @param defect one of {@link defects} */
  specification(bounds: Bounds, defect?: string): AnySpecification;
}

/** The protocols that there are specifications of. */
export const PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  [
    'raft',
    {
      defects: DEFECTS,
      specification: ({ nodes, terms, log, restarts }, defect) =>
        raft({ servers: nodes, elections: terms - 1, values: log, restarts }, defect as Defect | undefined),
    },
  ],
]);
