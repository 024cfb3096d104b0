import type { Quorums } from '../../../../spec/pbft/quorums.js';
import { newViewProblem, type ViewChange, viewChangeProblem } from '../../../../spec/pbft/view-change.js';
import type { NodeId } from '../../../kernel/ids.js';
import { type NewViewRef, NULL_DIGEST, type ViewChangeRef } from '../message.js';
import type { StepContext } from './context.js';

/** What is wrong with a VIEW-CHANGE, as far as its trace tells: whether what it holds is signed, it does not. */
export function changeProblem(context: StepContext, change: ViewChangeRef): string | undefined {
  const { quorums, options } = context;
  const problem = viewChangeProblem(specified(context, change), options.window);
  if (problem !== undefined) return problem;
  const { stable, proof, prepared } = change;
  if (stable > 0) {
    const { digest } = proof[0] ?? {};
    const voters = new Set(proof.filter((vote) => vote.digest === digest && vote.sequence === stable).map(voterOf));
    if (voters.size < quorums.quorum || voters.size < proof.length) return `checkpoint ${stable} is not proved`;
  }
  if (options.authentication === 'macs') return undefined;
  for (const { sequence, view, authors } of prepared) {
    const [primary, ...backups] = authors ?? [];
    const isProved =
      primary === context.primaryOf(view).id &&
      !backups.includes(primary) &&
      new Set(backups).size === backups.length &&
      backups.length >= quorums.prepares;
    if (!isProved) return `that ${sequence} prepared in view ${view} is not proved`;
  }
  return undefined;
}

function voterOf({ replica }: { readonly replica: NodeId }): NodeId {
  return replica;
}

/** What is wrong with a NEW-VIEW, as far as its trace tells. */
export function beginningProblem(context: StepContext, newView: NewViewRef): string | undefined {
  const { view, viewChanges, proposals } = newView;
  for (const change of viewChanges) {
    const problem = changeProblem(context, change);
    if (problem !== undefined) return `in the VIEW-CHANGE of ${change.replica} ${problem}`;
  }
  const { quorums, options } = context;
  if (options.authentication === 'macs') return claimedProblem(context, newView);
  return newViewProblem(
    {
      view,
      viewChanges: viewChanges.map((change) => specified(context, change)),
      prePrepares: proposals.map(({ sequence, digest }) => ({ sequence, digest: assigned(digest) })),
    },
    quorums,
    options.window,
  );
}

/** min-s: the latest stable checkpoint in V. */
export function minSOf({ viewChanges }: NewViewRef): number {
  return Math.max(0, ...viewChanges.map(({ stable }) => stable));
}

/**
 * Thesis §3.2.4: where nobody can prove what prepared, a digest is proposed again that one says it prepared, that a quorum
 * does not contradict, and of which f+1 say that it was pre-prepared; the null request where a quorum prepared nothing.
 */
function claimedProblem({ quorums }: StepContext, { view, viewChanges, proposals }: NewViewRef): string | undefined {
  const senders = new Set(viewChanges.map(voterOf));
  if (senders.size < viewChanges.length) return 'two of its VIEW-CHANGEs are of one replica';
  if (senders.size < quorums.quorum) return `it has ${senders.size} VIEW-CHANGEs, of which it needs ${quorums.quorum}`;
  if (viewChanges.some((change) => change.view !== view)) return 'one of its VIEW-CHANGEs is for another view';
  const minS = Math.max(...viewChanges.map(({ stable }) => stable));
  const maxS = Math.max(minS, ...viewChanges.flatMap(({ prepared }) => prepared.map(({ sequence }) => sequence)));
  if (proposals.length !== maxS - minS) return `it has ${proposals.length} pre-prepares where ${maxS - minS} are due`;
  for (const [index, { sequence, digest }] of proposals.entries()) {
    if (sequence !== minS + 1 + index)
      return `it proposes request ${sequence} where request ${minS + 1 + index} is due`;
    const isDue =
      isVouchedFor(quorums, viewChanges, sequence, digest) ||
      (digest === NULL_DIGEST && isUnprepared(quorums, viewChanges, sequence));
    if (!isDue) return `nothing asks for ${digest} as request ${sequence}`;
  }
  return undefined;
}

/** Condition B. */
function isUnprepared({ quorum }: Quorums, viewChanges: readonly ViewChangeRef[], sequence: number): boolean {
  const silent = viewChanges.filter(({ stable, prepared }) => {
    return stable < sequence && !prepared.some((claim) => claim.sequence === sequence);
  });
  return silent.length >= quorum;
}

/** Conditions A1 and A2. */
function isVouchedFor(
  { quorum, weak }: Quorums,
  viewChanges: readonly ViewChangeRef[],
  sequence: number,
  digest: string,
): boolean {
  const claims = viewChanges.flatMap(({ prepared }) => {
    return prepared.filter((claim) => claim.sequence === sequence && claim.digest === digest);
  });
  return claims.some(({ view }) => {
    const agreeing = viewChanges.filter(({ stable, prepared }) => {
      const own = prepared.find((claim) => claim.sequence === sequence);
      return (
        stable < sequence && (own === undefined || own.view < view || (own.view === view && own.digest === digest))
      );
    });
    const proposed = viewChanges.filter(({ prePrepared }) =>
      prePrepared.some((each) => each.sequence === sequence && each.digest === digest && each.view >= view),
    );
    return agreeing.length >= quorum && proposed.length >= weak;
  });
}

function specified(context: StepContext, { view, stable, prepared, replica }: ViewChangeRef): ViewChange {
  return {
    view,
    stable,
    prepared: prepared.map((claim) => ({ ...claim, digest: assigned(claim.digest) })),
    replica: context.reader.placeOf(replica),
  };
}

function assigned(digest: string): string | null {
  return digest === NULL_DIGEST ? null : digest;
}
