import type { Quorums } from './quorums.js';

/** The digest of a request, or `null` for the null request, which does nothing. */
export type DigestOrNull<Digest> = Digest | null;

/** What an element of O and a pre-prepare say besides their view. */
export interface Assignment<Digest = string> {
  readonly sequence: number;
  readonly digest: DigestOrNull<Digest>;
}

/** An element of P: a pre-prepare of this view, with matching PREPAREs of so many backups as {@link Quorums.prepares}. */
export interface PreparedCertificate<Digest = string> extends Assignment<Digest> {
  readonly view: number;
}

/** ⟨VIEW-CHANGE, v+1, n, C, P, i⟩ (§4.4), as far as a NEW-VIEW depends on it. */
export interface ViewChange<Digest = string> {
  /** v+1: the view that it is for. */
  readonly view: number;
  /** n: the sequence number of the sender's last stable checkpoint, which C proves. 0 at the beginning. */
  readonly stable: number;
  /** P: what prepared at the sender with a higher sequence number, in any order. */
  readonly prepared: readonly PreparedCertificate<Digest>[];
  /** i: the sender. */
  readonly replica: number;
}

/** What follows from a set V of VIEW-CHANGEs. */
export interface NewViewPlan<Digest = string> {
  /** The latest stable checkpoint in V. */
  readonly minS: number;
  /** The highest sequence number that prepared in V; `minS` where none above it did. */
  readonly maxS: number;
  /** O: an assignment for each sequence number above `minS` up to `maxS`, in order. */
  readonly prePrepares: readonly Assignment<Digest>[];
}

/** ⟨NEW-VIEW, v+1, V, O⟩ (§4.4). */
export interface NewView<Digest = string> {
  readonly view: number;
  readonly viewChanges: readonly ViewChange<Digest>[];
  readonly prePrepares: readonly Assignment<Digest>[];
}

/**
 * §4.4: what the primary of a new view has to propose again, and what backups compute to verify it. For each sequence
 * number it is what prepared in the highest view; the null request fills gaps.
 *
 * @param viewChanges V, one or more; where two certificates of one view differ, which takes more traitors than f, the
 * first one counts
 */
export function newViewOf<Digest>(viewChanges: readonly ViewChange<Digest>[]): NewViewPlan<Digest> {
  const minS = Math.max(...viewChanges.map(({ stable }) => stable));
  const highest = new Map<number, PreparedCertificate<Digest>>();
  for (const certificate of viewChanges.flatMap(({ prepared }) => prepared)) {
    const known = highest.get(certificate.sequence);
    if (known === undefined || certificate.view > known.view) highest.set(certificate.sequence, certificate);
  }
  const maxS = Math.max(minS, ...highest.keys());
  const prePrepares = Array.from({ length: maxS - minS }, (_, index) => {
    const sequence = minS + 1 + index;
    return { sequence, digest: highest.get(sequence)?.digest ?? null };
  });
  return { minS, maxS, prePrepares };
}

/**
 * What is wrong with a VIEW-CHANGE by itself (§4.4); whether its certificates are signed by those whom they name is for
 * others to say.
 *
 * @param window L: how far the watermarks are apart
 */
export function viewChangeProblem<Digest>(
  { view, stable, prepared }: ViewChange<Digest>,
  window: number,
): string | undefined {
  if (view < 1) return `view ${view} is the first, or before it`;
  if (stable < 0) return `its checkpoint ${stable} is before the first`;
  for (const [index, certificate] of prepared.entries()) {
    const { sequence } = certificate;
    if (certificate.view < 0 || certificate.view >= view) {
      return `request ${sequence} prepared in view ${certificate.view}, which is not before view ${view}`;
    }
    if (sequence <= stable || sequence > stable + window) {
      return `request ${sequence} is not between its watermarks ${stable} and ${stable + window}`;
    }
    const same = prepared.findIndex((other) => other.sequence === sequence && other.view === certificate.view);
    if (same < index) return `request ${sequence} prepared twice in view ${certificate.view}`;
  }
  return undefined;
}

/**
 * What is wrong with a NEW-VIEW by itself (§4.4): V has to be valid, and O what follows from it.
 *
 * @param planOf says what follows; a defect may be of another opinion
 */
export function newViewProblem<Digest>(
  { view, viewChanges, prePrepares }: NewView<Digest>,
  { quorum }: Pick<Quorums, 'quorum'>,
  window: number,
  planOf: (viewChanges: readonly ViewChange<Digest>[]) => NewViewPlan<Digest> = newViewOf,
): string | undefined {
  const senders = new Set(viewChanges.map(({ replica }) => replica));
  if (senders.size < viewChanges.length) return 'two of its VIEW-CHANGEs are of one replica';
  if (senders.size < quorum) return `it has ${senders.size} VIEW-CHANGEs, of which it needs ${quorum}`;
  for (const viewChange of viewChanges) {
    if (viewChange.view !== view) return `one of its VIEW-CHANGEs is for view ${viewChange.view}, not ${view}`;
    const problem = viewChangeProblem(viewChange, window);
    if (problem !== undefined) return `in one of its VIEW-CHANGEs ${problem}`;
  }
  const expected = planOf(viewChanges).prePrepares;
  const told = [...prePrepares].sort((left, right) => left.sequence - right.sequence);
  if (told.length !== expected.length) return `it has ${told.length} pre-prepares where ${expected.length} are due`;
  for (const [index, { sequence, digest }] of expected.entries()) {
    const { sequence: place, digest: proposed } = told[index] as Assignment<Digest>;
    if (place !== sequence) return `it proposes request ${place} where request ${sequence} is due`;
    if (proposed !== digest)
      return `it proposes ${inWords(proposed)} as request ${sequence} instead of ${inWords(digest)}`;
  }
  return undefined;
}

function inWords(digest: unknown): string {
  return digest === null ? 'the null request' : `${digest}`;
}
