import { hash32 } from '../../../kernel/hash.js';
import type { Input } from '../../protocol.js';
import type { PbftMessage } from '../messages.js';
import type { Deceit } from './deceit.js';
import { type Means, requestOf } from './means.js';

/**
 * Is deaf to the requests of about every second client, so that as primary it never proposes them; when others had
 * them executed, it answers as if nothing had been.
 */
export function censorClient(means: Means): Deceit {
  return {
    hear(input): Input<PbftMessage> | null {
      if (input.kind === 'request') {
        const request = requestOf(input.request, means.limits);
        if (request === undefined || !isCensored(request.client)) return input;
        means.misdeeds++;
        if (request.readOnly) return null;
        return { ...input, request: { ...input.request, extra: { kind: 'await' } } };
      }
      if (input.kind !== 'receive' || input.message.type !== 'Request') return input;
      if (!isCensored(input.message.client)) return input;
      means.misdeeds++;
      return null;
    },
  };
}

/** Chosen by the name alone. */
export function isCensored(client: string): boolean {
  return hash32(client) % 2 === 0;
}
