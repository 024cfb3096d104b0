/** The time or the memory allowed is used up: the verdict is unknown. */
export class OutOfBudget extends Error {
  constructor(readonly what: 'time' | 'memory') {
    super(`out of ${what}`);
  }
}

/** `undefined` when a budget was used up first. */
export function inBudget<Result>(attempt: () => Result): Result | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof OutOfBudget) return undefined;
    throw error;
  }
}

/** The memory that the searches of a check may hold together, as they count it themselves. */
export class MemoryBudget {
  private held = 0;

  /** @param whole what this is a part of: what this holds, that holds too */
  constructor(
    private limitBytes = Number.POSITIVE_INFINITY,
    private readonly whole?: MemoryBudget,
  ) {}

  /** @throws OutOfBudget */
  reserve(bytes: number): void {
    if (bytes > this.free) throw new OutOfBudget('memory');
    this.take(bytes);
  }

  /** @throws OutOfBudget */
  array(length: number): Int32Array<ArrayBuffer> {
    this.reserve(4 * length);
    return new Int32Array(length);
  }

  /**
   * A longer copy of an array: twice as long if that can be afforded, else as long as can be. Both are held at once
   * for a moment, and both are counted.
   *
   * @throws OutOfBudget
   */
  grown(array: Int32Array, needed: number): Int32Array<ArrayBuffer> {
    const affordable = Math.floor(this.free / 4);
    const length = Math.min(Math.max(2 * array.length, needed), affordable);
    if (length < needed) throw new OutOfBudget('memory');
    const larger = new Int32Array(length);
    larger.set(array);
    this.take(4 * (length - array.length));
    return larger;
  }

  /** Gives back an array. */
  release(array: Int32Array): void {
    this.take(-array.byteLength);
  }

  /** Gives back everything. */
  releaseAll(): void {
    this.take(-this.held);
  }

  /** Gives a part of the limit away. */
  giveAway(bytes: number): void {
    this.limitBytes -= bytes;
  }

  /** Whether nobody holds anything: waiting then frees nothing. */
  get unused(): boolean {
    return this.held === 0 && (this.whole?.unused ?? true);
  }

  private get free(): number {
    return Math.min(this.limitBytes - this.held, this.whole?.free ?? Number.POSITIVE_INFINITY);
  }

  private take(bytes: number): void {
    this.held += bytes;
    this.whole?.take(bytes);
  }
}
