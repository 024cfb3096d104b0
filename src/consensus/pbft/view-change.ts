import type { NodeId } from '../../kernel/ids.js';
import type { BugSwitches } from '../bug-switches.js';
import { type Authenticator, NULL_DIGEST } from './authentication.js';
import type { BugName } from './bugs.js';
import type { Checkpoint, Digest, NewView, PreparedClaim, ViewChange } from './messages.js';
import type { PbftOptions } from './options.js';
import { primaryOf, type Quorums } from './quorums.js';

/** What a new view begins with: min-s and O without signatures (§4.4). */
export interface Selection {
  /** min-s: the latest stable checkpoint that any of the view-changes proves. */
  readonly stable: number;
  readonly proof: readonly Checkpoint[];
  readonly proposals: readonly { readonly sequence: number; readonly digest: Digest }[];
}

/** What proves what, to those who hold the public keys. */
export class Certificates {
  constructor(
    private readonly nodes: readonly NodeId[],
    private readonly quorums: Quorums,
    private readonly options: PbftOptions,
    private readonly authenticator: Authenticator,
    private readonly bugs: BugSwitches<BugName>,
  ) {}

  primaryOf(view: number): NodeId {
    return primaryOf(view, this.nodes);
  }

  /** A quorum of different replicas signed that their state after `sequence` has this digest (§4.3). */
  isStable(sequence: number, digest: Digest, proof: readonly Checkpoint[]): boolean {
    return (
      this.areQuorum(proof, this.quorums.quorum) &&
      proof.every((message) => {
        return message.sequence === sequence && message.digest === digest && this.authenticator.isSigned(message);
      })
    );
  }

  /** Whether a VIEW-CHANGE holds together: signed, its checkpoint proved, its prepared batches proved (§4.4). */
  isValidViewChange(message: ViewChange): boolean {
    const { stable, proof, prepared, prePrepared, view } = message;
    const { logWindow, authentication } = this.options;
    if (!this.authenticator.isSigned(message)) return false;
    const digest = proof[0]?.digest;
    if (stable > 0 && (digest === undefined || !this.isStable(stable, digest, proof))) return false;
    if (authentication === 'signatures' && prePrepared.length > 0) return false;
    let last = stable;
    for (const claim of prepared) {
      if (claim.sequence <= last || claim.sequence > stable + logWindow || claim.view >= view) return false;
      if (authentication === 'signatures' && !this.isPrepared(claim)) return false;
      last = claim.sequence;
    }
    return prePrepared.every((claim) => {
      return claim.sequence > stable && claim.sequence <= stable + logWindow && claim.view < view;
    });
  }

  /** Whether a NEW-VIEW is its primary's, rests on a quorum of valid view-changes, and proposes what they ask for. */
  isValidNewView({ view, viewChanges, prePrepares, replica }: NewView): boolean {
    if (replica !== this.primaryOf(view) || !this.areQuorum(viewChanges, this.quorums.quorum)) return false;
    if (!viewChanges.every((change) => change.view === view && this.isValidViewChange(change))) return false;
    const selection = this.select(viewChanges);
    return (
      selection?.proposals.length === prePrepares.length &&
      selection.proposals.every(({ sequence, digest }, index) => {
        const header = prePrepares[index];
        return (
          header?.sequence === sequence &&
          header.digest === digest &&
          header.view === view &&
          header.replica === replica &&
          this.authenticator.isSigned(header)
        );
      })
    );
  }

  /** What these view-changes, a quorum or more of valid ones, ask of the new view; undefined: more of them must tell. */
  select(viewChanges: readonly ViewChange[]): Selection | undefined {
    let base: ViewChange | undefined;
    let last = 0;
    for (const change of viewChanges) {
      if (base === undefined || change.stable > base.stable) base = change;
      last = Math.max(last, change.prepared.at(-1)?.sequence ?? 0);
    }
    if (base === undefined) return undefined;
    const { stable, proof } = base;
    const proposals: { sequence: number; digest: Digest }[] = [];
    for (let sequence = stable + 1; sequence <= last; sequence++) {
      const digest =
        this.options.authentication === 'signatures'
          ? this.proved(viewChanges, sequence)
          : this.vouchedFor(viewChanges, sequence);
      if (digest === undefined) return undefined;
      if (digest === NULL_DIGEST && this.bugs.strikes('leavesGaps')) continue;
      proposals.push({ sequence, digest });
    }
    return { stable, proof, proposals };
  }

  /** §4.4: what was prepared in the highest view, for a quorum may have committed that; null where nothing was. */
  private proved(viewChanges: readonly ViewChange[], sequence: number): Digest {
    let best: PreparedClaim | undefined;
    for (const { prepared } of viewChanges) {
      const claim = prepared.find((each) => each.sequence === sequence);
      if (claim === undefined || claim.view === best?.view) continue;
      if (best !== undefined && claim.digest !== best.digest && this.bugs.strikes('takesLowestView')) {
        if (claim.view < best.view) best = claim;
      } else if (best === undefined || claim.view > best.view) best = claim;
    }
    return best?.digest ?? NULL_DIGEST;
  }

  /**
   * Thesis §3.2.4, where nobody can prove what was prepared. A digest is taken that one says was prepared, which a
   * quorum does not contradict (A1) and of which one correct replica says that it was proposed (A2); null, where a
   * quorum prepared nothing (B). Undefined: not to be told from these yet.
   */
  private vouchedFor(viewChanges: readonly ViewChange[], sequence: number): Digest | undefined {
    const { quorum, weak } = this.quorums;
    const claims = viewChanges.map(({ prepared }) => prepared.find((claim) => claim.sequence === sequence));
    const latest = Math.max(...viewChanges.map(({ stable }) => stable));
    const counted = viewChanges.map(({ stable }) => {
      return stable < sequence && (stable === latest || !this.bugs.strikes('countsWatermarksOfSome'));
    });
    for (const claim of claims) {
      if (claim === undefined) continue;
      const agreeing = claims.filter((other, index) => {
        const fits =
          other === undefined ||
          other.view < claim.view ||
          (other.view === claim.view && other.digest === claim.digest);
        return fits && counted[index];
      }).length;
      const proposed = viewChanges.filter(({ prePrepared }) =>
        prePrepared.some((each) => {
          return each.sequence === sequence && each.digest === claim.digest && each.view >= claim.view;
        }),
      ).length;
      if (agreeing >= quorum && proposed >= weak) return claim.digest;
    }
    const unprepared = claims.filter((claim, index) => claim === undefined && counted[index]).length;
    return unprepared >= quorum ? NULL_DIGEST : undefined;
  }

  /** The predicate prepared, as a third party can see it (§4.2). */
  private isPrepared({ sequence, view, digest, proof }: PreparedClaim): boolean {
    if (proof === null) return false;
    const { prePrepare, prepares } = proof;
    const primary = this.primaryOf(view);
    const isOfIt = (vote: { view: number; sequence: number; digest: Digest }) =>
      vote.view === view && vote.sequence === sequence && vote.digest === digest;
    return (
      isOfIt(prePrepare) &&
      prePrepare.replica === primary &&
      this.authenticator.isSigned(prePrepare) &&
      this.areQuorum(prepares, this.quorums.quorum - 1) &&
      prepares.every((prepare) => {
        return isOfIt(prepare) && prepare.replica !== primary && this.authenticator.isSigned(prepare);
      })
    );
  }

  private areQuorum(statements: readonly { readonly replica: NodeId }[], size: number): boolean {
    if (statements.length < size) return false;
    if (new Set(statements.map(({ replica }) => replica)).size === statements.length) return true;
    return this.bugs.strikes('countsSignaturesOfOne');
  }
}
