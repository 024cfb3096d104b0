import type { Keyring } from '../../ports/keys.js';
import { batchText, NULL_DIGEST, requestText, type Unsigned } from './authentication.js';
import type { Digest, Request } from './messages.js';

/** Of what a client asked, without what proves that it did: the same request may come with either kind of proof. */
export function requestDigest(keys: Keyring, request: Unsigned<Request>): Digest {
  return keys.digest(requestText(request));
}

/** What is voted on: the digest of these requests, in this order. */
export function batchDigest(keys: Keyring, requests: readonly Unsigned<Request>[]): Digest {
  return digestOfDigests(
    keys,
    requests.map((request) => requestDigest(keys, request)),
  );
}

/** The same where the requests' own digests are known. */
export function digestOfDigests(keys: Keyring, digests: readonly Digest[]): Digest {
  return digests.length === 0 ? NULL_DIGEST : keys.digest(batchText(digests));
}
