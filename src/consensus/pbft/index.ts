import type { Random } from '../../kernel/random.js';
import type { Protocol } from '../protocol.js';
import type { PbftMessage } from './messages.js';
import { Pbft, type PbftContext } from './pbft.js';
import { Turncoat } from './traitor/turncoat.js';

export { authenticRequest, replyText } from './authentication.js';
export { type BugName, type Bugs, NO_BUGS } from './bugs.js';
export type { ClientExtra, PbftMessage, Voucher } from './messages.js';
export { AUTHENTICATIONS, DEFAULT_PBFT_OPTIONS, PBFT_READ_MODES, type PbftOptions } from './options.js';
export type { PbftContext } from './pbft.js';
export { quorumsOf } from './quorums.js';

/** One replica of a PBFT cluster over a key-value store, ready for `start`. */
export function createPbft(context: PbftContext): Protocol<PbftMessage> {
  return new Pbft(context);
}

/** The same, with an edge by which it can be turned into a traitor; `random` decides how it lies, and nothing else. */
export function createReplica(context: PbftContext & { readonly random: Random }): Protocol<PbftMessage> {
  return new Turncoat(createPbft(context), { ...context, createTwin: () => createPbft(context) });
}
