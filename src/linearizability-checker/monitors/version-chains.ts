import { type MonitoredHistory, type MonitorResult, NEVER } from '../model.js';
import { uniqueWritesMonitor } from '../register/unique.js';
import { CAS, NOT, NOTHING, READ, WRITE } from '../register/view.js';

const ALGORITHM = 'append-chain monitor';

/** A version that a write made, or the first one, and those that grew out of it, one append each. */
export interface Chain {
  /** −1 for what was there at first. */
  readonly writer: number;
  /** The versions, by how many appends they took. */
  readonly versions: number[];
  /** The operation that saw the longest of them; −1: none did. */
  witness: number;
}

/**
 * An object that grows by appends, as a register: every version is a value of its own. An append that someone saw is a
 * compare-and-set from the version before it, as the longest read tells, to its own; one that nobody saw is a write
 * that nobody read. So an append is known to be next to what it was seen next to, and zones decide the rest.
 *
 * @see uniqueWritesMonitor
 */
export class VersionChains {
  readonly first: Chain;
  private readonly kinds: Uint8Array;
  /** The version that an operation made or saw, and the one it replaced; −1: none. */
  private readonly versions: Int32Array;
  private readonly replaced: Int32Array;
  /** Of each version. */
  private readonly chainOf: (Chain | undefined)[] = [];

  constructor(private readonly history: MonitoredHistory<unknown, unknown>) {
    this.kinds = new Uint8Array(history.size).fill(NOTHING);
    this.versions = new Int32Array(history.size).fill(-1);
    this.replaced = new Int32Array(history.size).fill(-1);
    this.first = this.begin(-1);
  }

  /** A write begins a chain of its own. */
  write(op: number): Chain {
    const chain = this.begin(op);
    this.kinds[op] = WRITE;
    this.versions[op] = chain.versions[0] as number;
    return chain;
  }

  /** So does a compare-and-set, if it found this version. */
  replace(op: number, version: number): void {
    this.kinds[op] = CAS;
    this.replaced[op] = version;
  }

  read(op: number, chain: Chain, length: number): void {
    this.kinds[op] = READ;
    this.versions[op] = chain.versions[length] as number;
  }

  /** An operation that found something else than this version. */
  other(op: number, version: number): void {
    this.kinds[op] = NOT;
    this.versions[op] = version;
  }

  /** A version that nobody saw. */
  never(): number {
    return this.chainOf.push(undefined) - 1;
  }

  /** Whether someone saw this append. */
  isSeen(append: number): boolean {
    return this.versions[append] !== -1;
  }

  /** `witness` saw this append right after the longest version of the chain so far. @returns what contradicts that */
  extend(chain: Chain, append: number, witness: number): readonly number[] | undefined {
    if (this.versions[append] !== -1) {
      const elsewhere = this.chainOf[this.versions[append] as number] as Chain;
      return elsewhere === chain ? [witness] : [witness, elsewhere.witness];
    }
    this.kinds[append] = CAS;
    this.replaced[append] = chain.versions[chain.versions.length - 1] as number;
    this.versions[append] = this.chainOf.push(chain) - 1;
    chain.versions.push(this.versions[append] as number);
    return undefined;
  }

  /** Decides, once all that anyone saw is known. */
  decide(appends: Iterable<number>): MonitorResult | undefined {
    const { history, kinds, versions } = this;
    for (const append of appends) {
      if (versions[append] !== -1 || history.returnRank[append] === NEVER) continue;
      kinds[append] = WRITE;
      versions[append] = this.never();
    }
    const result = uniqueWritesMonitor(
      {
        size: history.size,
        kinds,
        values: versions,
        expected: this.replaced,
        callRank: history.callRank,
        returnRank: history.returnRank,
        refused: Uint8Array.from(kinds, (kind) => Number(kind === NOT)),
        valueCount: this.chainOf.length,
      },
      history.pulse,
    );
    if (result === undefined) return undefined;
    if (result.verdict === 'legal') return { ...result, algorithm: ALGORITHM };
    // What shows the order of the appends is part of the contradiction.
    const evidence = (op: number, version: Int32Array): readonly number[] => {
      const chain = this.chainOf[version[op] as number];
      return chain ? [chain.witness, chain.writer] : [];
    };
    return contradiction(result.core.flatMap((op) => [op, ...evidence(op, versions), ...evidence(op, this.replaced)]));
  }

  private begin(writer: number): Chain {
    const chain: Chain = { writer, versions: [this.chainOf.length], witness: -1 };
    this.chainOf.push(chain);
    return chain;
  }
}

export function contradiction(operations: readonly number[]): MonitorResult {
  return { verdict: 'illegal', algorithm: ALGORITHM, core: [...new Set(operations)].filter((op) => op >= 0) };
}
