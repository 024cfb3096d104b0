import { isStable } from './checkpoints.js';
import type { Facts } from './facts.js';
import type { History, SignedViewChange } from './replica.js';
import { isTraitor, primaryIn, type Setting } from './setting.js';
import type { PreparedCertificate } from './view-change.js';

/** What VIEW-CHANGEs say besides who sent them. */
export type Lie = Omit<SignedViewChange, 'replica'>;

/**
 * Every VIEW-CHANGE for a view that a traitor can make: with any checkpoint and any certificates for which correct
 * replicas have signed enough, and without any that it likes to leave out.
 */
export function traitorsViewChanges(setting: Setting, facts: Facts, view: number): Lie[] {
  const certificates = certificatesBefore(setting, facts, view);
  return stableCheckpoints(setting, facts).flatMap(({ sequence: stable, history }) => {
    const sequences = [...new Set(certificates.map(({ sequence }) => sequence))].filter(
      (sequence) => sequence > stable && sequence <= stable + setting.bounds.window,
    );
    let choices: PreparedCertificate<number>[][] = [[]];
    for (const sequence of sequences) {
      const here = certificates.filter((certificate) => certificate.sequence === sequence);
      choices = choices.flatMap((before) => [before, ...here.map((certificate) => [...before, certificate])]);
    }
    return choices.map((prepared) => ({ view, stable, history, prepared }));
  });
}

/** Each way for these traitors to add one lie each to a set of VIEW-CHANGEs; where certificates conflict, theirs count. */
export function combinations(
  lies: readonly Lie[],
  traitors: readonly number[],
  viewChanges: readonly SignedViewChange[],
): SignedViewChange[][] {
  let sets: SignedViewChange[][] = [[...viewChanges]];
  for (const replica of traitors) sets = sets.flatMap((set) => lies.map((lie) => [{ ...lie, replica }, ...set]));
  return sets;
}

/** Those of earlier views for which there is a pre-prepare of the primary and PREPAREs, together of a quorum. */
function certificatesBefore(setting: Setting, { proposals }: Facts, view: number): PreparedCertificate<number>[] {
  const { bounds, defect, quorums } = setting;
  if (defect === 'unproved-certificates') return anyCertificates(setting, view);
  return proposals
    .filter((proposal) => {
      const primary = primaryIn(setting, proposal.view);
      const proposed = isTraitor(setting, primary) || proposal.replicas.includes(primary);
      const signers = proposal.replicas.length + bounds.traitors.length;
      return proposal.view < view && proposed && signers >= quorums.quorum;
    })
    .map(({ view, sequence, digest }) => ({ view, sequence, digest }));
}

/** In the view before, whatever was signed. */
function anyCertificates({ bounds, requests }: Setting, view: number): PreparedCertificate<number>[] {
  return Array.from({ length: bounds.sequences }, (_, index) => index + 1).flatMap((sequence) =>
    requests.map((digest) => ({ view: view - 1, sequence, digest })),
  );
}

function stableCheckpoints(
  setting: Setting,
  { checkpoints }: Facts,
): { readonly sequence: number; readonly history: History }[] {
  return [{ sequence: 0, history: [] }, ...checkpoints.filter((votes) => isStable(setting, votes))];
}
