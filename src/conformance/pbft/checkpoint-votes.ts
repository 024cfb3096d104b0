/** Sequence numbers of checkpoints that a replica remembers votes of: what traitors make up must not fill the memory. */
const REMEMBERED = 512;

/** Which CHECKPOINTs a replica heard, alone or in a proof; whether those in a proof are signed, a trace does not tell. */
export class CheckpointVotes {
  /** By sequence number and digest: who says so, and whether by itself. */
  private readonly heard = new Map<number, Map<string, Map<number, boolean>>>();
  /** Whether some were not remembered: then nothing can be said of those that are not known. */
  private overflowed = false;
  /** The highest sequence number for which a quorum said the same by itself, with the replica itself among it, maybe. */
  proved = 0;

  constructor(private readonly quorum: number) {}

  /** @param byItself not in a proof, of which only its receiver finds out whether it is one */
  add(sequence: number, digest: string, author: number, byItself: boolean): void {
    let digests = this.heard.get(sequence);
    if (digests === undefined) {
      if (this.heard.size === REMEMBERED) {
        this.overflowed = true;
        return;
      }
      digests = new Map();
      this.heard.set(sequence, digests);
    }
    let authors = digests.get(digest);
    if (authors === undefined) {
      authors = new Map();
      digests.set(digest, authors);
    }
    authors.set(author, byItself || authors.get(author) === true);
    if (!byItself || sequence <= this.proved) return;
    let count = 0;
    for (const isOwnWord of authors.values()) if (isOwnWord) count++;
    if (count >= this.quorum - 1) this.proved = sequence;
  }

  mayHave(sequence: number, digest: string, author: number): boolean {
    return this.overflowed || this.heard.get(sequence)?.get(digest)?.has(author) === true;
  }

  forget(stable: number): void {
    for (const sequence of this.heard.keys()) if (sequence < stable) this.heard.delete(sequence);
  }
}
