/**
 * The consistency models below linearizability, from the strongest on.
 *
 * All are defined over *sessions*: what one process did, in its own order. Time between processes plays no part. A
 * history fulfils one of them when its operations can be put in an order that the sequential object could have gone
 * through (every completed operation is there once, with its recorded answer; an update of unknown outcome may be
 * there or not) and that keeps certain pairs of operations of one process in the process's order:
 *
 * | model                 | keeps the order of                                       | orders          |
 * |-----------------------|----------------------------------------------------------|-----------------|
 * | sequential            | every two operations of a process                        | one for all keys |
 * | sequential, each key  | every two operations of a process on one key             | one a key       |
 * | read your writes      | an update, then an observation of the same key           | one a key       |
 * | monotonic reads       | an observation, then an observation of the same key      | one a key       |
 * | monotonic writes      | an update, then an update of the same key                | one a key       |
 * | writes follow reads   | an observation, then an update of the same key           | one a key       |
 *
 * The updates in that order are the *version order* of a replicated object that all replicas agree on in the end, and
 * an observation stands behind the version that it was answered from, however old. So, to say it with Terry et al.
 * ("Session guarantees for weakly consistent replicated data", 1994) for one object: read your writes holds when some
 * version order exists in which each read is of a version that contains all earlier writes of its session; monotonic
 * reads, when the versions that a session reads never go back; monotonic writes, when a session's writes stand in
 * their order; writes follow reads, when each write stands behind all versions that its session had read. (Viotti &
 * Vukolić, "Consistency in non-transactional distributed storage systems", 2016, define them likewise, by an
 * arbitration order and what each operation sees of it.) Each is judged by itself and may choose its own version
 * order; all four under one version order are sequential consistency of the key. An operation that updates and tells
 * what it found (a compare-and-set that succeeded) is both update and observation.
 *
 * A read of a value that nobody wrote fits no version, so with it none of them holds.
 */
export type WeakerModel =
  | 'sequential consistency'
  | 'read your writes'
  | 'monotonic reads'
  | 'monotonic writes'
  | 'writes follow reads';

/** What an operation does to its session, as bits. */
export const OBSERVES = 1;
export const UPDATES = 2;

/** Which pairs of one process's operations keep their order: one that does `before`, then one that does `after`. */
export interface Guarantee {
  readonly model: WeakerModel;
  readonly before: number;
  readonly after: number;
}

export const SEQUENTIAL: Guarantee = {
  model: 'sequential consistency',
  before: OBSERVES | UPDATES,
  after: OBSERVES | UPDATES,
};

export const SESSION_GUARANTEES: readonly Guarantee[] = [
  { model: 'read your writes', before: UPDATES, after: OBSERVES },
  { model: 'monotonic reads', before: OBSERVES, after: OBSERVES },
  { model: 'monotonic writes', before: UPDATES, after: UPDATES },
  { model: 'writes follow reads', before: OBSERVES, after: UPDATES },
];
