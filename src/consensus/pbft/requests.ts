import type { Principal } from '../../ports/keys.js';
import type { Request } from './messages.js';

/** A client's connection that waits for the reply to a request. */
interface Waiting {
  readonly timestamp: number;
  readonly ids: number[];
}

/** How often one request may be waited for: a client that asks again waits again. */
const MAX_WAITING = 8;

/**
 * Requests that a replica knows of and that are not executed: one a client, the latest, in the order in which they
 * became known; and who waits for which reply. Bounded by the number of clients that it keeps.
 */
export class Requests {
  private readonly byClient = new Map<Principal, Request>();
  private readonly waiting = new Map<Principal, Waiting>();
  /** Timestamps that the primary has put into a batch of its view. */
  private readonly proposed = new Map<Principal, number>();

  constructor(private readonly maxClients: number) {}

  get size(): number {
    return this.byClient.size;
  }

  /** False where it is known already, or a later one of the client is. */
  add(request: Request): boolean {
    const known = this.byClient.get(request.client);
    if (known !== undefined && known.timestamp >= request.timestamp) return false;
    if (known === undefined && this.byClient.size >= this.maxClients) return false;
    this.byClient.delete(request.client);
    this.byClient.set(request.client, request);
    return true;
  }

  /** The one that has waited longest. */
  oldest(): Request | undefined {
    return this.byClient.values().next().value;
  }

  has(request: { readonly client: Principal; readonly timestamp: number }): boolean {
    return this.byClient.get(request.client)?.timestamp === request.timestamp;
  }

  /** Whether it is this very request, authenticated before. */
  isKnown(request: Request): boolean {
    return this.byClient.get(request.client) === request;
  }

  all(): Iterable<Request> {
    return this.byClient.values();
  }

  executed(client: Principal, timestamp: number): void {
    const known = this.byClient.get(client);
    if (known !== undefined && known.timestamp <= timestamp) this.byClient.delete(client);
    if ((this.proposed.get(client) ?? 0) <= timestamp) this.proposed.delete(client);
  }

  hasUnproposed(): boolean {
    for (const request of this.byClient.values()) if (!this.isProposed(request)) return true;
    return false;
  }

  private isProposed({ client, timestamp }: Request): boolean {
    return (this.proposed.get(client) ?? -1) >= timestamp;
  }

  /** Up to `max` that are in no batch yet, marked as such now. */
  takeUnproposed(max: number): Request[] {
    const taken: Request[] = [];
    for (const request of this.byClient.values()) {
      if (taken.length >= max) break;
      if (this.isProposed(request)) continue;
      this.proposed.set(request.client, request.timestamp);
      taken.push(request);
    }
    return taken;
  }

  markProposed(request: Request): void {
    this.proposed.set(request.client, request.timestamp);
  }

  /** A new view: what the old primary had proposed counts no more. */
  forgetProposed(): void {
    this.proposed.clear();
  }

  /** Returns the connections that nobody waits on any more. */
  await(client: Principal, timestamp: number, id: number): readonly number[] {
    const known = this.waiting.get(client);
    if (known !== undefined && known.timestamp === timestamp) {
      known.ids.push(id);
      return known.ids.splice(0, Math.max(0, known.ids.length - MAX_WAITING));
    }
    const given: number[] = known === undefined ? [] : [...known.ids];
    this.waiting.delete(client);
    this.waiting.set(client, { timestamp, ids: [id] });
    if (this.waiting.size > this.maxClients) {
      for (const [oldest, { ids }] of this.waiting) {
        this.waiting.delete(oldest);
        given.push(...ids);
        break;
      }
    }
    return given;
  }

  /** Who waits for the reply to this request; they are answered now. */
  takeWaiting(client: Principal, timestamp: number): readonly number[] {
    const known = this.waiting.get(client);
    if (known === undefined || known.timestamp !== timestamp) return [];
    this.waiting.delete(client);
    return known.ids;
  }
}
