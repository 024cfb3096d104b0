/** How much it takes to come upon something: a short campaign does, a longer one does, or only the longest. */
export type Rarity = 'common' | 'uncommon' | 'rare';

/** Something that a run may come upon. */
export interface CoverageClass {
  /** A step of the protocol; what a guard said, and why; a state of the cluster. */
  readonly kind: 'action' | 'outcome' | 'state';
  /** A few words, unlike those of any other class of its kind. */
  readonly name: string;
  /** What it is, in a sentence. */
  readonly statement: string;
  /** Where it stands: `§5.4.2`, `thesis §9.6`. */
  readonly source: string;
  /** Of what a certification is worth little without: how long it must be to come upon it. Absent: nothing rests on it. */
  readonly rarity?: Rarity | undefined;
  /** The nemeses that lead there. */
  readonly by?: string | undefined;
}

/** The same, and how often a run came upon it. */
export interface Reached extends CoverageClass {
  readonly times: number;
}
