import { type Cluster, type Invariant, nodeName } from '../specification.js';
import type { Facts } from './facts.js';
import { quorumsOf } from './quorums.js';
import { correctOf, type Decision, type Digest, historyOf, type Node, type Replica, slotAt } from './replica.js';
import { type InvariantRuleName, invariantRule } from './rules.js';
import type { Setting } from './setting.js';
import type { PreparedCertificate } from './view-change.js';
import { requestName } from './words.js';

type PbftInvariant = Invariant<Node, Facts>;

/** What holds in every state, of the correct replicas. Quorums are as they should be, also where a defect counts others. */
export function pbftInvariants(setting: Setting): PbftInvariant[] {
  const { bounds } = setting;
  const { quorum, weak, faulty } = quorumsOf(bounds.replicas);
  const traitors = bounds.traitors.length;

  const agreement = invariant('Agreement', ({ nodes }) => {
    const first = new Map<number, { self: number; digest: Digest | null }>();
    for (const { self, node } of correctOf(nodes)) {
      for (const { sequence, digest } of decisionsOf(node)) {
        const other = first.get(sequence) ?? { self, digest };
        first.set(sequence, other);
        if (other.digest === digest) continue;
        return `${nodeName(other.self)} has ${requestName(other.digest)} as request ${sequence}, and ${nodeName(self)} has ${requestName(digest)}`;
      }
    }
    return undefined;
  });

  const appliedContiguous = invariant('AppliedContiguous', ({ nodes }) => {
    for (const { self, node } of correctOf(nodes)) {
      const index = node.executed.findIndex(({ sequence }, place) => sequence !== place + 1);
      if (index >= 0) return `${nodeName(self)} has executed ${node.executed[index]?.sequence} after ${index} others`;
    }
    return undefined;
  });

  const exactlyOnce = invariant('ExactlyOnce', ({ nodes }) => {
    for (const { self, node } of correctOf(nodes)) {
      const twice = node.service.find((digest, place) => node.service.indexOf(digest) < place);
      if (twice !== undefined) return `${nodeName(self)} has executed ${requestName(twice)} twice`;
    }
    return undefined;
  });

  const validity = invariant('Validity', ({ nodes }) => {
    for (const { self, node } of correctOf(nodes)) {
      const forged = [...node.slots, ...node.committed, ...node.executed].find(
        ({ digest }) => digest !== null && !setting.requests.includes(digest),
      );
      if (forged) return `${nodeName(self)} took a request ${forged.sequence} that no client signed`;
    }
    return undefined;
  });

  const preparedUnique = invariant('PreparedUnique', ({ nodes, shared: { proposals } }) => {
    const claimed = correctOf(nodes).flatMap(({ node }) => node.prepared);
    const shown = proposals.filter(({ replicas }) => replicas.length + traitors >= quorum);
    const [one, other] = conflict([...claimed, ...shown]) ?? [];
    if (one && other)
      return `in view ${one.view}, ${requestName(one.digest)} and ${requestName(other.digest)} have prepared as request ${one.sequence}`;
    for (const replica of setting.correct) {
      const [first, second] = conflict(proposals.filter(({ replicas }) => replicas.includes(replica))) ?? [];
      if (first && second)
        return `${nodeName(replica)} signed two digests in view ${first.view} as request ${first.sequence}`;
    }
    return undefined;
  });

  const committedImpliesPrepared = invariant('CommittedImpliesPrepared', ({ nodes }) => {
    for (const { self, node } of correctOf(nodes)) {
      for (const { sequence, view, digest } of committedBy(node)) {
        const holders = correctOf(nodes).filter(
          ({ node: other }) =>
            other.low >= sequence ||
            other.prepared.some((each) => each.sequence === sequence && each.digest === digest && each.view >= view),
        );
        if (holders.length >= weak) continue;
        return `${nodeName(self)} committed request ${sequence} in view ${view}, which has prepared at ${holders.length} correct replicas`;
      }
    }
    return undefined;
  });

  const newViewJustified = invariant('NewViewJustified', ({ nodes }) => {
    for (const { self, node } of correctOf(nodes)) {
      for (const { sequence, view, digest } of committedBy(node)) {
        for (const { self: later, node: other } of correctOf(nodes)) {
          if (!other.active || other.view <= view || other.low >= sequence) continue;
          const slot = slotAt(other, sequence);
          if (slot?.digest === digest) continue;
          const instead = slot === undefined ? 'nothing' : requestName(slot.digest);
          return `${nodeName(self)} committed ${requestName(digest)} as request ${sequence} in view ${view}, and ${nodeName(later)} entered view ${other.view} with ${instead}`;
        }
      }
    }
    return undefined;
  });

  const stableCheckpointCert = invariant('StableCheckpointCert', ({ nodes, shared: { checkpoints } }) => {
    for (const { self, node } of correctOf(nodes)) {
      if (node.low === 0) continue;
      const history = JSON.stringify(historyOf(node, node.low));
      const votes = checkpoints.find((each) => each.sequence === node.low && JSON.stringify(each.history) === history);
      const count = votes?.replicas.length ?? 0;
      if (count + traitors < quorum) {
        return `checkpoint ${node.low} of ${nodeName(self)} has CHECKPOINTs of ${count} correct replicas`;
      }
    }
    return undefined;
  });

  const trusted = setting.defect === 'client-trusts-f-replies' ? faulty : weak;
  const replyCertificate = invariant('ReplyCertificate', ({ nodes }) => {
    // With more traitors than f a client is lost, whatever replicas do.
    if (traitors > faulty) return undefined;
    for (const request of setting.requests) {
      const results = correctOf(nodes).map(({ node }) => node.service.indexOf(request));
      const accepted = [...new Set(results)].filter(
        (result) => result >= 0 && results.filter((other) => other === result).length + traitors >= trusted,
      );
      if (accepted.length > 1) return `clients accept different results of ${requestName(request)}`;
      if (traitors >= trusted) return `a client accepts what ${traitors} traitor says of ${requestName(request)}`;
    }
    return undefined;
  });

  return [
    agreement,
    appliedContiguous,
    exactlyOnce,
    validity,
    preparedUnique,
    committedImpliesPrepared,
    newViewJustified,
    stableCheckpointCert,
    replyCertificate,
  ];
}

function invariant(
  name: InvariantRuleName,
  violation: (cluster: Cluster<Node, Facts>) => string | undefined,
): PbftInvariant {
  return { ...invariantRule(name), violation };
}

/** What is committed-local, or was when it was executed. */
function decisionsOf({ executed, committed, slots }: Replica) {
  return [...executed, ...committed, ...slots.filter(({ phase }) => phase === 'committed')];
}

/** The same with the views in which it committed here, as far as that is known. */
function committedBy(node: Replica): PreparedCertificate<Digest>[] {
  const here = node.slots.filter(({ phase }) => phase === 'committed');
  const known = (decision: Decision): decision is Decision & { readonly view: number } => decision.view !== null;
  return [
    ...[...node.executed, ...node.committed].filter(known),
    ...here.map(({ sequence, digest }) => ({ sequence, view: node.view, digest })),
  ];
}

/** Two digests for one view and one sequence number. */
function conflict(certificates: readonly PreparedCertificate<Digest>[]) {
  for (const [index, one] of certificates.entries()) {
    const other = certificates
      .slice(index + 1)
      .find(({ sequence, view, digest }) => sequence === one.sequence && view === one.view && digest !== one.digest);
    if (other) return [one, other] as const;
  }
  return undefined;
}
