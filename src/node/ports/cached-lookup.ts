import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Asks the system's resolver for all addresses of a host. */
export type Resolve = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const resolveBySystem: Resolve = (host, done) => lookup(host, { all: true }, done);

/**
 * A lookup for connections to one host that never waits for the resolver once it knows an address, and never has more
 * than one question open. A container that is down has no name, and asking for one can take the resolver many seconds;
 * Node asks in few threads, so that the questions for the dead would hold up those for the living. An address that has
 * changed is learnt in the background and used by the next attempt.
 */
export function cachedLookup(resolve: Resolve = resolveBySystem): LookupFunction {
  let known: LookupAddress[] = [];
  let isAsking = false;
  let waiting: ((error: NodeJS.ErrnoException | null) => void) | undefined;
  return (host, options, callback) => {
    const answer = (error: NodeJS.ErrnoException | null) => {
      if (options.all) callback(error, known);
      else callback(error, known[0]?.address ?? '', known[0]?.family ?? 4);
    };
    if (known.length > 0) process.nextTick(answer, null);
    // An earlier attempt that waits has been given up by now.
    else waiting = answer;
    if (isAsking) return;
    isAsking = true;
    resolve(host, (error, addresses) => {
      isAsking = false;
      if (!error && addresses.length > 0) known = addresses;
      waiting?.(known.length > 0 ? null : error);
      waiting = undefined;
    });
  };
}
