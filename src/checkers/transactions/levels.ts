/** Weakest first; snapshot isolation and repeatable read cannot be compared with each other. */
export const ISOLATION_LEVELS = [
  'read-uncommitted',
  'read-committed',
  'repeatable-read',
  'snapshot-isolation',
  'serializable',
  'strong-session-serializable',
  'strict-serializable',
] as const;

/**
 * Adya's PL-1, PL-2, PL-2.99, snapshot isolation (where a snapshot may be old) and PL-3; serializable with the order of
 * each session (Daudjee & Salem, ICDE 2004); serializable in real time.
 */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];

const CYCLES = ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2-item'] as const;

export type CycleKind = (typeof CYCLES)[number] | `${(typeof CYCLES)[number]}-${'process' | 'realtime'}`;

export type AnomalyKind =
  | CycleKind
  | 'garbage-read'
  | 'duplicate-elements'
  | 'G1a'
  | 'G1b'
  | 'dirty-update'
  | 'future-read'
  | 'incompatible-order'
  | 'internal'
  | 'lost-update'
  | 'cyclic-versions';

const STRICT: readonly IsolationLevel[] = ['strict-serializable'];
const SESSION: readonly IsolationLevel[] = ['strong-session-serializable', ...STRICT];
const SERIALIZABLE: readonly IsolationLevel[] = ['repeatable-read', 'serializable', ...SESSION];
const SNAPSHOT: readonly IsolationLevel[] = ['repeatable-read', 'snapshot-isolation', 'serializable', ...SESSION];
const COMMITTED: readonly IsolationLevel[] = ['read-committed', ...SNAPSHOT];

/**
 * The levels that proscribe each kind, worst kinds first (Adya 1999; Cerone & Gotsman, PODC 2016 for G-nonadjacent;
 * Elle's `consistency_model.clj`). All reads are of single items, so every cycle of dependencies excludes PL-2.99.
 */
const EXCLUDED_BY: Readonly<Record<AnomalyKind, readonly IsolationLevel[]>> = {
  'garbage-read': ISOLATION_LEVELS,
  'duplicate-elements': ISOLATION_LEVELS,
  G0: ISOLATION_LEVELS,
  G1a: COMMITTED,
  'dirty-update': COMMITTED,
  'incompatible-order': COMMITTED,
  'future-read': COMMITTED,
  G1b: COMMITTED,
  G1c: COMMITTED,
  internal: SNAPSHOT,
  'lost-update': SNAPSHOT,
  'G-single': SNAPSHOT,
  'G-nonadjacent': SNAPSHOT,
  'G2-item': SERIALIZABLE,
  'G0-process': SESSION,
  'G1c-process': SESSION,
  'G-single-process': SESSION,
  'G-nonadjacent-process': SESSION,
  'G2-item-process': SESSION,
  'G0-realtime': STRICT,
  'G1c-realtime': STRICT,
  'G-single-realtime': STRICT,
  'G-nonadjacent-realtime': STRICT,
  'G2-item-realtime': STRICT,
  // What an assumption about the keys' order excludes depends on the assumption: the anomaly says it itself.
  'cyclic-versions': STRICT,
};

export function levelsExcludedBy(kind: AnomalyKind): readonly IsolationLevel[] {
  return EXCLUDED_BY[kind];
}

const SEVERITY = new Map(Object.keys(EXCLUDED_BY).map((kind, index) => [kind, index]));

/** Smaller is worse. */
export function severity(kind: AnomalyKind): number {
  return SEVERITY.get(kind) ?? SEVERITY.size;
}

/** "read committed", "repeatable read (PL-2.99)". */
export function levelName(level: IsolationLevel): string {
  return level === 'repeatable-read' ? 'repeatable read (PL-2.99)' : level.replaceAll('-', ' ');
}
