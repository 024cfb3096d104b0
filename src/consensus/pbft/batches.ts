import type { RequestRef } from '../../history/pbft-trace.js';
import type { Micros } from '../../kernel/units.js';
import type { Keyring } from '../../ports/keys.js';
import { NULL_DIGEST } from './authentication.js';
import { digestOfDigests, requestDigest } from './digests.js';
import type { ClientExtra, Digest, Request } from './messages.js';
import { isAuthentication } from './well-formed.js';

interface KnownBatch {
  readonly digest: Digest;
  readonly requests: readonly Request[];
  /** Where it was last ordered: kept until that is stable. */
  sequence: number;
  readonly knownSinceUs: Micros;
}

const NO_REQUESTS: readonly Request[] = [];

/** Batches by their digests, and the digests of requests; each is computed once. */
export class Batches {
  private readonly byDigest = new Map<Digest, KnownBatch>();
  private readonly refs = new WeakMap<Request, RequestRef>();

  constructor(private readonly keys: Keyring) {}

  get size(): number {
    return this.byDigest.size;
  }

  digestOf(requests: readonly Request[]): Digest {
    return digestOfDigests(
      this.keys,
      requests.map((request) => this.refOf(request).digest),
    );
  }

  refOf(request: Request): RequestRef {
    let ref = this.refs.get(request);
    if (ref === undefined) {
      const { client, timestamp } = request;
      ref = { client, timestamp, digest: requestDigest(this.keys, request) };
      this.refs.set(request, ref);
    }
    return ref;
  }

  /** False where it is known already. */
  add(digest: Digest, requests: readonly Request[], sequence: number, nowUs: Micros = 0): boolean {
    const known = this.byDigest.get(digest);
    if (known !== undefined) {
      known.sequence = Math.max(known.sequence, sequence);
      return false;
    }
    this.byDigest.set(digest, { digest, requests, sequence, knownSinceUs: nowUs });
    return true;
  }

  /** Of the null request: none. Undefined: never seen. */
  of(digest: Digest): readonly Request[] | undefined {
    return digest === NULL_DIGEST ? NO_REQUESTS : this.byDigest.get(digest)?.requests;
  }

  refsOf(digest: Digest): RequestRef[] | undefined {
    return this.of(digest)?.map((request) => this.refOf(request));
  }

  /** Whether it has been known since before then. */
  isOlder(digest: Digest, thenUs: Micros): boolean {
    const known = this.byDigest.get(digest);
    return known !== undefined && known.knownSinceUs < thenUs;
  }

  all(): Iterable<KnownBatch> {
    return this.byDigest.values();
  }

  /** But for those that are ordered again above it. */
  forgetUpTo(sequence: number, ordered: ReadonlySet<Digest>): void {
    for (const [digest, batch] of this.byDigest) {
      if (batch.sequence <= sequence && !ordered.has(digest)) this.byDigest.delete(digest);
    }
  }
}

/** What a client gave besides operation and session, where it has the shape of that. */
export function clientExtra(extra: unknown): ClientExtra | undefined {
  if (typeof extra !== 'object' || extra === null || !('kind' in extra)) return undefined;
  if (extra.kind === 'await') return { kind: 'await' };
  if (extra.kind !== 'request' || !('readOnly' in extra) || !('auth' in extra)) return undefined;
  const { readOnly, auth } = extra;
  // How many MACs it may have is looked at where the replicas are known.
  const isOne = typeof readOnly === 'boolean' && isAuthentication(auth, Number.POSITIVE_INFINITY);
  return isOne ? { kind: 'request', readOnly, auth } : undefined;
}
