import type { Operation, Outcome } from '../../../history/events.js';
import type { ClientRequest, ClientResponse } from '../../protocol.js';
import type { Effects } from './deceit.js';
import type { Means } from './means.js';

/**
 * What a client must not be made to believe, a function of the operation alone, so that traitors tell the same lie
 * without a word: that a read found nothing, that a change was refused.
 */
export function falseOutcome({ f }: Operation): Outcome {
  return f === 'read' ? { type: 'ok', value: null } : { type: 'fail', error: 'refused' };
}

/** In place of the true outcome it vouches for another; answers that nobody vouches for stay as they are. */
export function replyFalsely(means: Means, id: number, response: ClientResponse, asked?: ClientRequest): Effects {
  if (response.type !== 'vouched' || asked?.session === undefined) return [{ kind: 'reply', id, response }];
  const { view } = response.voucher as { view: number };
  means.misdeeds++;
  return [{ kind: 'reply', id, response: means.vouch(asked, falseOutcome(asked.operation), view) }];
}
