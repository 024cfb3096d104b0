/** How many replicas are enough for what. */
export interface Quorums {
  readonly replicas: number;
  /** f: how many may be faulty. */
  readonly faulty: number;
  /** Any two sets of so many have a correct replica in common: 2f+1 where there are 3f+1 replicas. */
  readonly quorum: number;
  /** PREPAREs of different backups that make a pre-prepare a prepared certificate: with it, a quorum. */
  readonly prepares: number;
  /** f+1: one of them at least is correct. */
  readonly weak: number;
}

/**
 * PBFT §4 has n = 3f+1 replicas. For other n the quorum is the smallest of which any two intersect in f+1 replicas,
 * ⌈(n+f+1)/2⌉; 2f+1 would be too few (with n = 5, two sets of three may have but the faulty one in common).
 *
 * @param replicas n, at least 4: three replicas cannot tolerate one that is faulty
 * @throws RangeError for less than 4
 */
export function quorumsOf(replicas: number): Quorums {
  if (!Number.isInteger(replicas) || replicas < 4) {
    throw new RangeError(`PBFT needs four replicas or more, not ${replicas}`);
  }
  const faulty = Math.floor((replicas - 1) / 3);
  const quorum = Math.ceil((replicas + faulty + 1) / 2);
  return { replicas, faulty, quorum, prepares: quorum - 1, weak: faulty + 1 };
}

/** §4: "the primary of a view is replica p such that p = v mod |R|". */
export function primaryOf(view: number, replicas: number): number {
  return view % replicas;
}
