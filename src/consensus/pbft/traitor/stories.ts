import type { NodeId } from '../../../kernel/ids.js';
import type { Effect, Input } from '../../protocol.js';
import { batchDigest } from '../digests.js';
import type { Commit, Digest, PbftMessage, Prepare, Proposal, Request } from '../messages.js';
import { primaryOf } from '../quorums.js';
import type { Effects } from './deceit.js';
import { type Means, requestOf } from './means.js';
import { Recent } from './memo.js';

/** Sequence numbers and clients that a traitor keeps in mind. */
const MAX_SLOTS = 500;
const MAX_REQUESTS = 64;

interface Place {
  readonly view: number;
  readonly sequence: number;
}

/** What is told about one sequence number in one view. */
interface Slot {
  /** The proposal of the correct replica inside, and what those on the other side are told; of an own view only. */
  own: Proposal | undefined;
  other: Proposal | undefined;
  readonly digests: Set<Digest>;
  /** What each replica voted for, as far as it said so here. */
  readonly votes: Map<NodeId, Digest>;
  /** Who has got this replica's votes for its own story already. */
  readonly supported: Set<NodeId>;
  /** Votes for those whose story is not known yet: a replica counts the first that it is told. */
  readonly held: Map<NodeId, (Prepare | Commit)[]>;
  /** This replica's own votes, each signed once. */
  readonly words: Map<string, Prepare | Commit>;
}

/**
 * Two stories for one (view, sequence): a primary proposes one batch to one side and another to the other, and votes
 * for each on its side, at once; a backup votes to its own side as it was told itself, to the other side for whatever
 * each replica there voted for. Since everybody tells their votes to all, traitors need no words with each other.
 */
export class Stories {
  private readonly slots = new Recent<string, Slot>(MAX_SLOTS);
  /** The latest request of each client: real ones, for only they pass. */
  private readonly requests = new Recent<string, Request>(MAX_REQUESTS);

  constructor(private readonly means: Means) {}

  /** What leaves where the correct replica sends `message`. */
  send(to: NodeId, message: PbftMessage): Effects {
    switch (message.type) {
      case 'PrePrepare':
        return this.propose(to, message);
      case 'Prepare':
      case 'Commit':
        return this.vote(to, message);
      default:
        return [{ kind: 'send', to, message }];
    }
  }

  /** What it says besides when this came in. */
  act(input: Input<PbftMessage>): Effects {
    if (input.kind === 'request') {
      const request = requestOf(input.request, this.means.limits);
      if (request) this.requests.set(request.client, request);
      return [];
    }
    if (input.kind !== 'receive') return [];
    const { message } = input;
    switch (message.type) {
      case 'Request':
        this.requests.set(message.client, message);
        return [];
      case 'PrePrepare':
        for (const request of message.requests) this.requests.set(request.client, request);
        return this.heard(message);
      case 'Prepare':
      case 'Commit':
        return this.heard(message);
      default:
        return [];
    }
  }

  private propose(to: NodeId, proposal: Proposal): Effects {
    const slot = this.slot(proposal);
    if (slot.own?.digest !== proposal.digest) {
      slot.own = proposal;
      slot.other = this.otherProposal(proposal);
    }
    const told = this.means.isAgainst(to) ? slot.other : slot.own;
    if (slot.other === undefined || told === undefined) return [{ kind: 'send', to, message: proposal }];
    return [this.means.lie(to, told), this.means.lie(to, this.word('Commit', told, told.digest))];
  }

  private vote(to: NodeId, vote: Prepare | Commit): Effects {
    const slot = this.slot(vote);
    slot.digests.add(vote.digest);
    const digest = this.storyOf(to, slot, vote);
    if (digest !== undefined) return [this.voteFor(to, vote, digest)];
    const held = slot.held.get(to) ?? [];
    if (!held.some(({ type }) => type === vote.type)) held.push(vote);
    slot.held.set(to, held);
    return [];
  }

  private voteFor(to: NodeId, vote: Prepare | Commit, digest: Digest): Effect<PbftMessage> {
    if (digest === vote.digest) return { kind: 'send', to, message: vote };
    return this.means.lie(to, this.word(vote.type, vote, digest));
  }

  /** Somebody's word for a digest: what was held for it leaves, and with two stories each gets what it waits for. */
  private heard(message: Proposal | Prepare | Commit): Effects {
    const slot = this.slot(message);
    const { replica, digest } = message;
    slot.digests.add(digest);
    if (message.type === 'PrePrepare' || slot.votes.has(replica)) return this.support(slot, message);
    slot.votes.set(replica, digest);
    const released = (slot.held.get(replica) ?? []).map((vote) => this.voteFor(replica, vote, digest));
    slot.held.delete(replica);
    return [...released, ...this.support(slot, message)];
  }

  private support(slot: Slot, place: Place): Effects {
    if (slot.own !== undefined || slot.digests.size < 2) return [];
    return [...slot.votes].flatMap(([node, story]) => {
      if (slot.supported.has(node)) return [];
      slot.supported.add(node);
      const votes = [this.word('Prepare', place, story), this.word('Commit', place, story)];
      return votes.map((vote) => this.means.lie(node, vote));
    });
  }

  /** What `node` was told, so that it is told no other; undefined where that will only be seen by its vote. */
  private storyOf(node: NodeId, slot: Slot, { view, digest }: Prepare | Commit): Digest | undefined {
    const { means } = this;
    if (slot.own !== undefined) return means.isAgainst(node) ? (slot.other?.digest ?? digest) : slot.own.digest;
    const voted = slot.votes.get(node);
    if (voted !== undefined) return voted;
    const isTold = means.isAgainst(node) === means.isAgainst(means.id) || node === primaryOf(view, means.context.nodes);
    return isTold ? digest : undefined;
  }

  /**
   * Another batch for the same place, of requests that their clients really made: the same ones in another order, or
   * somebody else's. Undefined where there is none.
   */
  private otherProposal(proposal: Proposal): Proposal | undefined {
    const { random, keys, options } = this.means;
    const batch = proposal.requests;
    const [first] = batch;
    const others = this.requests.values().filter(({ client }) => batch.every((request) => request.client !== client));
    const batches: (readonly Request[])[] = [];
    if (batch.length > 1) batches.push(batch.toReversed(), batch.slice(1));
    if (first && others.length > 0) {
      batches.push([random.pick(others)]);
      if (batch.length < options.batchRequests) batches.push([...batch, random.pick(others)]);
    }
    if (batches.length === 0) return undefined;
    const requests = random.pick(batches);
    const digest = batchDigest(keys, requests);
    if (digest === proposal.digest) return undefined;
    return this.means.restate(proposal, { requests, digest });
  }

  private word(type: 'Prepare' | 'Commit', place: Place, digest: Digest): Prepare | Commit {
    const { words } = this.slot(place);
    const name = `${type} ${digest}`;
    const { view, sequence } = place;
    const word =
      words.get(name) ??
      this.means.authenticator.authenticate<Prepare | Commit>({ type, view, sequence, digest, replica: this.means.id });
    words.set(name, word);
    return word;
  }

  private slot({ view, sequence }: Place): Slot {
    const name = `${view}:${sequence}`;
    let slot = this.slots.get(name);
    if (slot === undefined) {
      const nothing = { own: undefined, other: undefined };
      const memory = { votes: new Map(), held: new Map(), words: new Map() };
      slot = { ...nothing, ...memory, digests: new Set(), supported: new Set() };
      this.slots.set(name, slot);
    }
    return slot;
  }
}
