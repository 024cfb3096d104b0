import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';

interface TermFacts {
  readonly candidates: Set<NodeId>;
  led: boolean;
}

interface Leadership {
  readonly node: NodeId;
  readonly fromUs: Micros;
  toUs: Micros;
}

/** States that a campaign should have visited before its verdicts mean much. A few numbers a term. */
export class Coverage {
  private readonly terms = new Map<number, TermFacts>();
  private readonly leaderships: Leadership[] = [];
  conflictsTruncated = 0;
  snapshotsInstalled = 0;
  oldTermAtCommit = 0;

  candidate(term: number, node: NodeId): void {
    this.ofTerm(term).candidates.add(node);
  }

  leader(term: number, node: NodeId, timeUs: Micros): void {
    this.ofTerm(term).led = true;
    this.leaderships.push({ node, fromUs: timeUs, toUs: Number.POSITIVE_INFINITY });
  }

  /** `node` leads no more, if it did: it stepped down, or its process ended some time before. */
  deposed(node: NodeId, timeUs: Micros): void {
    for (let place = this.leaderships.length - 1; place >= 0; place--) {
      const leadership = this.leaderships[place] as Leadership;
      if (leadership.node !== node) continue;
      if (leadership.toUs === Number.POSITIVE_INFINITY) leadership.toUs = timeUs;
      return;
    }
  }

  facts(): Record<string, number> {
    let splitVotes = 0;
    for (const { candidates, led } of this.terms.values()) if (candidates.size > 1 && !led) splitVotes++;
    return {
      'state split vote': splitVotes,
      'state two leaders at one time': this.overlaps(),
      'state conflicting suffix truncated': this.conflictsTruncated,
      'state snapshot installed': this.snapshotsInstalled,
      'state entries of former terms committed with a new one': this.oldTermAtCommit,
    };
  }

  /** Leaderships that began while another node's had not ended. */
  private overlaps(): number {
    const byStart = this.leaderships.toSorted((left, right) => left.fromUs - right.fromUs);
    let overlaps = 0;
    let openUntil = Number.NEGATIVE_INFINITY;
    for (const { fromUs, toUs } of byStart) {
      if (fromUs < openUntil) overlaps++;
      openUntil = Math.max(openUntil, toUs);
    }
    return overlaps;
  }

  private ofTerm(term: number): TermFacts {
    let facts = this.terms.get(term);
    if (facts === undefined) {
      facts = { candidates: new Set(), led: false };
      this.terms.set(term, facts);
    }
    return facts;
  }
}
