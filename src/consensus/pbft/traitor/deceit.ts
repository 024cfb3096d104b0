import type { NodeId } from '../../../kernel/ids.js';
import type { Micros } from '../../../kernel/units.js';
import type { ClientRequest, ClientResponse, Effect, Input } from '../../protocol.js';
import type { PbftMessage } from '../messages.js';

export type Effects = readonly Effect<PbftMessage>[];

/**
 * What one behaviour does with what the correct replica inside says and hears, from the moment that it is turned: made
 * anew every time. Whatever is not given is as a correct replica's. Messages are shared between nodes: a lie is always
 * a new object.
 */
export interface Deceit {
  /** What the traitor does at once when it is turned. */
  begin?(nowUs: Micros): Effects;
  /** What it has left to do when it is made honest again. */
  end?(nowUs: Micros): Effects;
  /** What leaves where the correct replica sends `message`. */
  send?(to: NodeId, message: PbftMessage): Effects;
  /** What a client is answered instead. `asked` is what it had asked, where that was heard as a traitor. */
  reply?(id: number, response: ClientResponse, asked: ClientRequest | undefined): Effects;
  /** What the correct replica hears where this came in; null: nothing. */
  hear?(input: Input<PbftMessage>): Input<PbftMessage> | null;
  /** What the traitor does besides when this came in, after what the correct replica does. */
  act?(input: Input<PbftMessage>, nowUs: Micros): Effects;
  /** A timer is due that it set by {@link Means.timer}. */
  timer?(name: string, nowUs: Micros): Effects;
}
