import type { Operation, Value } from '../../../history/events.js';
import { requestText } from '../authentication.js';
import { batchDigest } from '../digests.js';
import type { Digest, PbftMessage, Proposal, Request } from '../messages.js';
import type { Deceit } from './deceit.js';
import { replyFalsely } from './false-outcomes.js';
import type { Means } from './means.js';
import { Memo, Recent } from './memo.js';

/** How often it adds a request that nobody made, of its proposals. */
const INVENTED = 0.25;
const MAX_TAMPERED = 1000;

/**
 * Changes what clients asked, wherever it passes requests on; digests are those of the changed requests, so that only
 * the clients' own proofs tell. It also invents requests, in the name of a client and in its own, and vouches for
 * wrong results.
 */
export function tamperRequest(means: Means): Deceit {
  const requests = new Memo<Request, Request>();
  const messages = new Memo<PbftMessage, PbftMessage>();
  /** Of its own proposals: the digest that it was told under, by the true one. */
  const told = new Recent<Digest, Digest>(MAX_TAMPERED);

  const tampered = (request: Request): Request =>
    requests.of(request, () => ({ ...request, operation: tamperedOperation(request.operation) }));

  /** As good a proof as it can make of a request that its client never made. */
  function invented(like: Request): Request {
    const client = means.random.chance(0.5) ? like.client : means.id;
    const request = { ...like, client, timestamp: like.timestamp + 1, operation: tamperedOperation(like.operation) };
    return { ...request, auth: { signature: means.keys.sign(requestText(request)) } };
  }

  function tamperedProposal(proposal: Proposal): Proposal {
    const batch = proposal.requests.map(tampered);
    const [first] = proposal.requests;
    if (first && means.random.chance(INVENTED)) batch.push(invented(first));
    const digest = batchDigest(means.keys, batch);
    told.set(proposal.digest, digest);
    return means.restate(proposal, { requests: batch, digest });
  }

  return {
    send(to, message) {
      switch (message.type) {
        case 'Request':
          return [means.lie(to, tampered(message))];
        case 'Batch':
          return [
            means.lie(
              to,
              messages.of(message, () => ({ ...message, requests: message.requests.map(tampered) })),
            ),
          ];
        case 'PrePrepare':
          if (message.requests.length === 0) return [{ kind: 'send', to, message }];
          return [
            means.lie(
              to,
              messages.of(message, () => tamperedProposal(message)),
            ),
          ];
        case 'Commit': {
          const digest = told.get(message.digest);
          if (digest === undefined) return [{ kind: 'send', to, message }];
          return [
            means.lie(
              to,
              messages.of(message, () => means.restate(message, { digest })),
            ),
          ];
        }
        default:
          return [{ kind: 'send', to, message }];
      }
    },
    reply: (id, response, asked) => replyFalsely(means, id, response, asked),
  };
}

/** Every number in its argument is one more ("TRANSFER $101"); what has none to change, a read say, writes instead. */
export function tamperedOperation(operation: Operation): Operation {
  const value = operation.value === undefined ? undefined : increased(operation.value);
  if (JSON.stringify(value) !== JSON.stringify(operation.value)) return { ...operation, value: value ?? null };
  return { ...operation, f: 'write', value: 0 };
}

function increased(value: Value): Value {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(increased);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, increased(part)]));
}
