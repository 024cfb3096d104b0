/** Sequence numbers that are remembered: far more than are ever under way. */
const REMEMBERED = 4096;
/** Nobody reads of more. */
const MAX_DISPUTED = 20;

/** Finds the sequence numbers that two batches were given, in a stream of any length. */
export class FirstDigests {
  /** In the order in which they were found. */
  readonly disputed: number[] = [];
  private readonly first = new Map<number, string>();

  add(sequence: number, digest: string): void {
    const known = this.first.get(sequence);
    if (known === undefined) this.remember(sequence, digest);
    else if (known !== digest && !this.disputed.includes(sequence) && this.disputed.length < MAX_DISPUTED) {
      this.disputed.push(sequence);
    }
  }

  private remember(sequence: number, digest: string): void {
    this.first.set(sequence, digest);
    if (this.first.size <= REMEMBERED) return;
    for (const oldest of this.first.keys()) {
      this.first.delete(oldest);
      return;
    }
  }
}
