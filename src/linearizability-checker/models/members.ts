/** Up to 32 bits each: which of 32 numbers are there. */
const WORD = 5;
/** Children of a branch. */
const WIDTH = 5;

type Node = number | Branch;
type Branch = readonly (Node | undefined)[];

/**
 * An immutable set of small whole numbers: a trie, so that adding one copies a few short arrays however large the set
 * is.
 */
export class Members {
  static readonly NONE = new Members([], 1, 0, 0);
  /** All members are less. */
  private readonly capacity: number;

  private constructor(
    private readonly root: Branch,
    /** Levels of branches. */
    private readonly height: number,
    readonly size: number,
    /** The same for equal sets; nearly always different for others. */
    readonly hash: number,
  ) {
    this.capacity = 2 ** (WORD + WIDTH * height);
  }

  has(index: number): boolean {
    if (index >= this.capacity) return false;
    let node: Node | undefined = this.root;
    for (let shift = WORD + WIDTH * (this.height - 1); shift >= WORD; shift -= WIDTH) {
      node = (node as Branch)[(index >>> shift) & 31];
      if (node === undefined) return false;
    }
    return (((node as number) >>> (index & 31)) & 1) === 1;
  }

  with(index: number): Members {
    return this.has(index) ? this : this.toggled(index, 1);
  }

  without(index: number): Members {
    return this.has(index) ? this.toggled(index, -1) : this;
  }

  equals(that: Members): boolean {
    if (this.hash !== that.hash || this.size !== that.size) return false;
    let [low, high] = this.height <= that.height ? [this as Members, that] : [that, this as Members];
    while (low.height < high.height) low = low.taller();
    return same(low.root, high.root);
  }

  private taller(): Members {
    return new Members([this.root], this.height + 1, this.size, this.hash);
  }

  private toggled(index: number, change: number): Members {
    if (index >= this.capacity) return this.taller().toggled(index, change);
    return new Members(
      toggle(this.root, index, WORD + WIDTH * (this.height - 1)) as Branch,
      this.height,
      this.size + change,
      this.hash ^ scatter(index),
    );
  }
}

function toggle(node: Node | undefined, index: number, shift: number): Node {
  if (shift < WORD) return (((node as number | undefined) ?? 0) ^ (1 << (index & 31))) | 0;
  const branch = node === undefined ? [] : (node as Branch).slice();
  const place = (index >>> shift) & 31;
  while (branch.length < place) branch.push(undefined);
  branch[place] = toggle(branch[place], index, shift - WIDTH);
  return branch;
}

function same(left: Node | undefined, right: Node | undefined): boolean {
  if (left === right) return true;
  if (typeof left === 'number' || typeof right === 'number') return (left ?? 0) === (right ?? 0);
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let place = 0; place < length; place++) if (!same(left?.[place], right?.[place])) return false;
  return true;
}

function scatter(index: number): number {
  const mixed = Math.imul(index + 1, 0x9e37_79b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca6b) | 0;
}
