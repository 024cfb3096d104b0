import type { NodeId } from '../kernel/ids.js';

/** Messages between nodes: unreliable, unordered, possibly duplicated. `send` never blocks and never throws. */
export interface Network<Message> {
  send(to: NodeId, message: Message): void;
  /** One receiver per node, set before the first message can arrive. */
  onReceive(receive: (from: NodeId, message: Message) => void): void;
}
