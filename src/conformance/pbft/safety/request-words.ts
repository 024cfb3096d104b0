import type { RequestRef } from '../../../history/pbft-trace.js';

/** What a client's name ends with where it holds its key: 32 bytes in base64url (`src/node/keys/keyring.ts`). */
const PUBLIC_KEY = /\.[\w-]{43}$/;

type RequestName = Pick<RequestRef, 'client' | 'timestamp'>;

/** A request as stories tell it: "request 28 of client c7.1". Of the client's name it leaves out the public key. */
export function requestWords({ client, timestamp }: RequestName): string {
  return `request ${timestamp} of client ${client.replace(PUBLIC_KEY, '')}`;
}

export function requestsWords(requests: readonly RequestName[]): string {
  return requests.length === 0 ? 'no requests' : requests.map(requestWords).join(', ');
}
