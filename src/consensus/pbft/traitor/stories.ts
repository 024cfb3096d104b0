import type { NodeId } from '../../../kernel/ids.js';
import type { Input } from '../../protocol.js';
import { batchDigest } from '../digests.js';
import type { Commit, Digest, PbftMessage, Prepare, Proposal, Request } from '../messages.js';
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
  /** What those on the other side are not told before they have voted. */
  readonly withheld: Map<NodeId, Prepare | Commit>;
  /** This replica's own votes, each signed once. */
  readonly words: Map<string, Prepare | Commit>;
}

/**
 * Two stories for one (view, sequence): a primary proposes one batch to one side and another to the other, and votes
 * for each on its side, at once; a backup, as soon as it sees that there are two, votes for whatever each replica
 * voted for. Since everybody tells their votes to all, traitors need no words with each other.
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
      const request = requestOf(input.request);
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
    if (told === undefined) return [{ kind: 'send', to, message: proposal }];
    return [this.means.lie(to, told), this.means.lie(to, this.word('Commit', told, told.digest))];
  }

  /**
   * Those on the other side may have been told another story by a primary of the same mind, and a replica's first vote is
   * the one that counts: they get none before they have voted themselves.
   */
  private vote(to: NodeId, vote: Prepare | Commit): Effects {
    const slot = this.slot(vote);
    slot.digests.add(vote.digest);
    const digest = this.storyOf(to, slot);
    if (slot.own === undefined && this.means.isAgainst(to) && !slot.votes.has(to)) {
      slot.withheld.set(to, vote);
      return [];
    }
    if (digest === undefined || digest === vote.digest) return [{ kind: 'send', to, message: vote }];
    return [this.means.lie(to, this.word(vote.type, vote, digest))];
  }

  /** Somebody's word for a digest; when there are two by now, each gets the support that it waits for. */
  private heard(message: Proposal | Prepare | Commit): Effects {
    const slot = this.slot(message);
    const { replica, digest } = message;
    slot.digests.add(digest);
    if (message.type !== 'PrePrepare' && !slot.votes.has(replica)) slot.votes.set(replica, digest);
    if (slot.own !== undefined) return [];
    if (slot.digests.size < 2) return this.release(replica, slot);
    const effects: Effects[] = [];
    for (const [node, story] of slot.votes) {
      if (slot.supported.has(node)) continue;
      slot.supported.add(node);
      effects.push([
        this.means.lie(node, this.word('Prepare', message, story)),
        this.means.lie(node, this.word('Commit', message, story)),
      ]);
    }
    return effects.flat();
  }

  /** There is one story so far, and this replica was told the same. */
  private release(to: NodeId, slot: Slot): Effects {
    const message = slot.withheld.get(to);
    if (message === undefined || !slot.votes.has(to)) return [];
    slot.withheld.delete(to);
    return [{ kind: 'send', to, message }];
  }

  private storyOf(node: NodeId, slot: Slot): Digest | undefined {
    if (slot.own === undefined) return slot.digests.size < 2 ? undefined : slot.votes.get(node);
    return this.means.isAgainst(node) ? slot.other?.digest : slot.own.digest;
  }

  /**
   * Another batch for the same place, of requests that their clients really made: the same ones in another order, or
   * one of somebody else's. Undefined where there is no other: an empty one would only be refused.
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
      slot = {
        ...nothing,
        digests: new Set(),
        votes: new Map(),
        supported: new Set(),
        withheld: new Map(),
        words: new Map(),
      };
      this.slots.set(name, slot);
    }
    return slot;
  }
}
