import { z } from 'zod';
import type { DurableRecord, Effect, Input, Protocol, ProtocolStatus } from '../../../src/consensus/protocol.js';
import type { NodeStatus, Value } from '../../../src/history/events.js';
import type { NodeId } from '../../../src/kernel/ids.js';
import { defineSystem } from '../../../src/plugin/system.js';

type Message = { readonly kind: 'store' | 'stored' | 'beat'; readonly number: number; readonly value?: Value };

const BEAT_US = 50_000;

/**
 * A register on n1 that answers a write when it is durable on n1 and on one more node. Not fault tolerant, and just
 * enough to exercise every effect, input and port that a protocol can use.
 */
class PrimaryBackup implements Protocol<Message> {
  private stored = 0;
  private value: Value = null;
  private beats = 0;
  private readonly waiting = new Map<number, number>();
  private readonly backups: readonly NodeId[];

  constructor(
    private readonly id: NodeId,
    nodes: readonly NodeId[],
  ) {
    this.backups = nodes.filter((node) => node !== id);
  }

  start(recovered: readonly DurableRecord[]): Effect<Message>[] {
    for (const record of recovered) {
      if (!('number' in record && 'value' in record)) throw new Error(`strange record ${JSON.stringify(record)}`);
      this.stored = Number(record.number);
      this.value = record.value as Value;
    }
    return [
      { kind: 'trace', step: { name: 'UpdateTerm', term: recovered.length } },
      { kind: 'set-timer', timer: 'beat', afterUs: BEAT_US },
    ];
  }

  step(input: Input<Message>): Effect<Message>[] {
    switch (input.kind) {
      case 'timer':
        return [
          { kind: 'set-timer', timer: 'beat', afterUs: BEAT_US },
          ...this.backups.map((to) => ({ kind: 'send', to, message: { kind: 'beat', number: 0 } }) as const),
        ];
      case 'request': {
        const { operation } = input.request;
        if (this.id !== 'n1') return [{ kind: 'reply', id: input.id, response: { type: 'redirect', leader: 'n1' } }];
        if (operation.f === 'read') {
          return [{ kind: 'reply', id: input.id, response: { type: 'ok', value: this.value } }];
        }
        const number = ++this.stored;
        this.value = operation.value ?? null;
        const record = { number, value: this.value };
        const message: Message = { kind: 'store', ...record };
        this.waiting.set(number, input.id);
        return [
          { kind: 'trace', step: { name: 'Append', term: 1, from: number, entries: [{ term: 1, digest: number }] } },
          {
            kind: 'persist',
            mode: number % 10 === 0 ? 'replace' : 'append',
            records: [record],
            then: this.backups.map((to) => ({ kind: 'send', to, message })),
            token: number,
          },
        ];
      }
      case 'persisted':
        return [{ kind: 'trace', step: { name: 'Durable', term: 1, votedFor: null, lastIndex: input.token } }];
      case 'receive':
        return this.receive(input.from, input.message);
    }
  }

  status(): ProtocolStatus {
    return {
      up: true,
      role: this.id === 'n1' ? 'leader' : 'follower',
      lastIndex: this.stored,
      metrics: { beats_total: this.beats },
    };
  }

  private receive(from: NodeId, message: Message): Effect<Message>[] {
    switch (message.kind) {
      case 'beat':
        this.beats++;
        return [];
      case 'store':
        this.stored = message.number;
        this.value = message.value ?? null;
        return [
          {
            kind: 'persist',
            mode: 'append',
            records: [{ number: this.stored, value: this.value }],
            then: [{ kind: 'send', to: from, message: { kind: 'stored', number: message.number } }],
          },
        ];
      case 'stored': {
        const id = this.waiting.get(message.number);
        if (id === undefined) return [];
        this.waiting.delete(message.number);
        return [{ kind: 'reply', id, response: { type: 'ok' } }];
      }
    }
  }
}

export const primaryBackup = defineSystem({
  name: 'primary-backup',
  description: 'A register on n1 with backups.',
  options: z.object({}),
  offers: ['read', 'write'],
  node: {
    kind: 'hosted',
    create: ({ id, nodes }) => new PrimaryBackup(id, nodes) as Protocol<unknown>,
  },
  defaultNodes: 3,
  client: ({ requests, timeoutMs }) => ({
    async invoke(operation) {
      const reply = await requests.request('n1', {
        method: 'POST',
        path: '/operation',
        body: { operation },
        timeoutMs,
      });
      if (reply.kind === 'answered' && reply.status === 200) return reply.body as { type: 'ok' };
      if (reply.kind === 'refused') return { type: 'fail', error: reply.error };
      return { type: 'info', error: reply.kind === 'lost' ? reply.error : `status ${reply.status}` };
    },
  }),
  async status(requests, node) {
    const reply = await requests.request(node, { method: 'GET', path: '/status', timeoutMs: 100 });
    return reply.kind === 'answered' ? (reply.body as NodeStatus) : { up: false };
  },
  traceCheckers: () => [],
});
