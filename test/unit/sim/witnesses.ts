import type { ClientRequest, Effect, Input, Protocol, ProtocolStatus } from '../../../src/consensus/protocol.js';
import type { NodeId } from '../../../src/kernel/ids.js';
import { defineSystem, type NodeContext } from '../../../src/plugin/system.js';
import type { Corruption } from '../../../src/ports/corruption.js';
import type { Keyring } from '../../../src/ports/keys.js';
import { primaryBackup } from './primary-backup.js';

interface Oath {
  readonly text: string;
  readonly signature: string;
}

/**
 * Vouches for what a client signed, and tells the others of it under its own signature; turned, it denies everything.
 * Just enough to use every key that a node or a client has, and to lie.
 */
class Witness implements Protocol<Oath> {
  private heard = 0;
  private corruption: Corruption | undefined;
  private misdeeds = 0;
  private readonly peers: readonly NodeId[];

  constructor(
    private readonly keys: Keyring,
    nodes: readonly NodeId[],
  ) {
    this.peers = nodes.filter((node) => node !== keys.owner);
  }

  start(): Effect<Oath>[] {
    return [];
  }

  step(input: Input<Oath>): Effect<Oath>[] {
    if (input.kind === 'receive') {
      const { text, signature } = input.message;
      if (this.keys.verify(input.from, text, signature)) this.heard++;
    }
    return input.kind === 'request' ? this.answer(input.id, input.request) : [];
  }

  turn(corruption: Corruption | undefined): Effect<Oath>[] {
    this.corruption = corruption;
    return [{ kind: 'trace', step: { name: 'Turn', behaviour: corruption?.behaviour ?? null } }];
  }

  status(): ProtocolStatus {
    const role = this.keys.owner === 'n1' ? 'leader' : 'follower';
    const { corruption, misdeeds } = this;
    return {
      up: true,
      role,
      commitIndex: this.heard,
      ...(corruption && { behaviour: corruption.behaviour, misdeeds }),
      metrics: {},
    };
  }

  private answer(id: number, { operation, session, extra }: ClientRequest): Effect<Oath>[] {
    if (this.corruption) {
      this.misdeeds++;
      return [{ kind: 'reply', id, response: { type: 'fail', error: 'never heard of it' } }];
    }
    const client = session?.client ?? '';
    const text = JSON.stringify(operation);
    const isSigned = this.keys.verify(client, text, (extra as { signature: string }).signature);
    if (!isSigned) return [{ kind: 'reply', id, response: { type: 'fail', error: 'not signed' } }];
    const signature = this.keys.sign(text);
    const voucher = { replica: this.keys.owner, mac: this.keys.mac(client, text) };
    return [
      ...this.peers.map((to) => ({ kind: 'send', to, message: { text, signature } }) as const),
      { kind: 'reply', id, response: { type: 'vouched', outcome: { type: 'ok' }, voucher } },
    ];
  }
}

export const witnesses = defineSystem({
  ...primaryBackup,
  name: 'witnesses',
  description: 'Nodes that vouch for what a client signed.',
  node: {
    kind: 'hosted',
    keys: true,
    corruptible: true,
    create: ({ keys, nodes }: NodeContext) => {
      if (!keys) throw new Error('no keys');
      return new Witness(keys, nodes) as Protocol<unknown>;
    },
  },
});
