import type { PbftMessage } from './messages.js';
import { type CheckpointVotes, type Digest, type SignedViewChange, withMember } from './replica.js';
import type { Assignment, PreparedCertificate } from './view-change.js';

/**
 * What correct replicas have signed, as far as a certificate may need it: nobody else can, and whoever wants to show
 * it has it (the network is the traitors').
 */
export interface Facts {
  /** PRE-PREPAREs and PREPAREs. */
  readonly proposals: readonly SignedProposal[];
  readonly checkpoints: readonly CheckpointVotes[];
  /** Who told all others that it executed what. */
  readonly decisions: readonly ToldDecision[];
  /** Of views whose primary is a traitor: others are shown to correct replicas only. */
  readonly viewChanges: readonly SignedViewChange[];
}

export interface SignedProposal extends PreparedCertificate<Digest> {
  readonly replicas: readonly number[];
}

export interface ToldDecision extends Assignment<Digest | null> {
  readonly replicas: readonly number[];
}

export const NO_FACTS: Facts = { proposals: [], checkpoints: [], decisions: [], viewChanges: [] };

/** With what a message shows. */
export function withMessage(facts: Facts, message: PbftMessage, treacherous: (view: number) => boolean): Facts {
  switch (message.type) {
    case 'PrePrepare':
    case 'Prepare': {
      const { view, sequence, digest, from } = message;
      return withProposal(facts, { view, sequence, digest }, from);
    }
    case 'NewView':
      return message.prePrepares.reduce(
        (known, assignment) => withProposal(known, { view: message.view, ...assignment }, message.from),
        facts,
      );
    case 'Checkpoint': {
      const { sequence, history, from } = message;
      return { ...facts, checkpoints: withSigner(facts.checkpoints, { sequence, history, replicas: [] }, from) };
    }
    case 'Decided': {
      const { sequence, digest, from } = message;
      return { ...facts, decisions: withSigner(facts.decisions, { sequence, digest, replicas: [] }, from) };
    }
    case 'ViewChange': {
      const { content } = message;
      if (!treacherous(content.view)) return facts;
      const told = facts.viewChanges.some(({ view, replica }) => view === content.view && replica === content.replica);
      return told ? facts : { ...facts, viewChanges: ordered([...facts.viewChanges, content]) };
    }
    case 'Commit':
      return facts;
  }
}

function withProposal(facts: Facts, proposal: PreparedCertificate<Digest>, replica: number): Facts {
  return { ...facts, proposals: withSigner(facts.proposals, { ...proposal, replicas: [] }, replica) };
}

/** Adds who signed to what was signed. */
export function withSigner<Signed extends { readonly replicas: readonly number[] }>(
  list: readonly Signed[],
  signed: Signed,
  replica: number,
): readonly Signed[] {
  const key = keyOf(signed);
  const known = list.find((each) => keyOf(each) === key) ?? signed;
  if (known.replicas.includes(replica)) return list;
  const more = { ...known, replicas: withMember(known.replicas, replica) };
  return ordered([...list.filter((each) => keyOf(each) !== key), more]);
}

function keyOf(signed: { readonly replicas: readonly number[] }): string {
  return JSON.stringify({ ...signed, replicas: undefined });
}

/** In one order, whatever the order in which they came. */
export function ordered<Item>(list: readonly Item[]): Item[] {
  return list
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((left, right) => (left.text < right.text ? -1 : 1))
    .map(({ item }) => item);
}
