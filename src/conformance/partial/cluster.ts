import type { NodeId } from '../../kernel/ids.js';

interface Election {
  readonly node: NodeId;
  /** The highest index that its log may have had then; undefined where its election was not recorded. */
  lastIndex: number | undefined;
}

interface Applied {
  readonly value: number;
  readonly node: NodeId;
}

/** Facts about the whole cluster. Each stays true whenever it is learnt, so that nodes may be read in any order. */
export class Cluster {
  /** By term. */
  readonly leaders = new Map<number, Election>();
  /** By term: the highest index that its leader committed, and who that was. */
  readonly commits = new Map<number, { readonly index: number; readonly node: NodeId }>();
  /** By index: the term of an entry that its leader committed by counting, which is the leader's own (§5.4.2). */
  readonly committedTerm = new Map<number, { readonly term: number; readonly node: NodeId }>();
  /** By index and term: the entry's digest, and who had it first. */
  readonly digests = new Map<string, { readonly digest: number; readonly node: NodeId }>();
  /** By index: the term of what was applied, and its digest, and who told each first. */
  readonly applied = { term: new Map<number, Applied>(), digest: new Map<number, Applied>() };
  /** By voter and term: who got its vote, by a message that arrived. */
  readonly votes = new Map<string, NodeId>();

  /** Who else led this term; undefined where nobody did. */
  leads(term: number, node: NodeId): NodeId | undefined {
    const known = this.leaders.get(term);
    if (known === undefined) {
      this.leaders.set(term, { node, lastIndex: undefined });
      return undefined;
    }
    return known.node === node ? undefined : known.node;
  }

  /** A commitment of an earlier term that a leader with a log up to `lastIndex` cannot have. */
  lackedBy(term: number, lastIndex: number): { index: number; term: number; node: NodeId } | undefined {
    for (const [earlier, { index, node }] of this.commits) {
      if (earlier < term && index > lastIndex) return { index, term: earlier, node };
    }
    return undefined;
  }

  /** A leader of a later term whose log ended before `index`, which was committed in `term`. */
  lacking(term: number, index: number): { term: number; node: NodeId; lastIndex: number } | undefined {
    for (const [later, { node, lastIndex }] of this.leaders) {
      if (later > term && lastIndex !== undefined && lastIndex < index) return { term: later, node, lastIndex };
    }
    return undefined;
  }
}
