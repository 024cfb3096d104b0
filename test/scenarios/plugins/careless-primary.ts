import {
  type Client,
  type ClientContext,
  type ClientResponse,
  defineSystem,
  type Effect,
  type Input,
  type NodeId,
  type NodeStatus,
  type Outcome,
  type Protocol,
  type ProtocolStatus,
  type Value,
  z,
} from 'assay/plugin';

interface Store {
  readonly key: string;
  readonly value: Value;
}

/**
 * A register as a hurried team writes it: n1 answers a write before the backups have it, and every node answers reads
 * from what it holds. Written as a user would, against `assay/plugin` alone.
 */
class CarelessPrimary implements Protocol<Store> {
  private readonly values = new Map<string, Value>();

  constructor(
    private readonly id: NodeId,
    private readonly nodes: readonly NodeId[],
  ) {}

  start(): Effect<Store>[] {
    return [];
  }

  step(input: Input<Store>): Effect<Store>[] {
    if (input.kind === 'receive') this.values.set(input.message.key, input.message.value);
    if (input.kind !== 'request') return [];
    const { f, key = '', value = null } = input.request.operation;
    const reply = (response: ClientResponse): Effect<Store> => ({ kind: 'reply', id: input.id, response });
    if (f === 'read') return [reply({ type: 'ok', value: this.values.get(key) ?? null })];
    if (this.id !== 'n1') return [reply({ type: 'redirect', leader: 'n1' })];
    const [expected, next] = f === 'cas' && Array.isArray(value) ? value : [undefined, value];
    if (f === 'cas' && expected !== (this.values.get(key) ?? null)) {
      return [reply({ type: 'fail', error: 'cas-mismatch' })];
    }
    this.values.set(key, next ?? null);
    const message = { key, value: next ?? null };
    const backups = this.nodes.filter((node) => node !== this.id);
    return [reply({ type: 'ok' }), ...backups.map((to): Effect<Store> => ({ kind: 'send', to, message }))];
  }

  status(): ProtocolStatus {
    return { up: true, role: this.id === 'n1' ? 'leader' : 'follower', leader: 'n1', term: 1, metrics: {} };
  }
}

function client({ nodes, requests, random, timeoutMs }: ClientContext<object>): Client {
  return {
    async invoke(operation) {
      const node = operation.f === 'read' ? random.pick(nodes) : 'n1';
      const reply = await requests.request(node, {
        method: 'POST',
        path: '/operation',
        body: { operation },
        timeoutMs,
      });
      if (reply.kind === 'refused') return { type: 'fail', error: reply.error };
      if (reply.kind === 'lost') return { type: 'info', error: reply.error };
      return { ...(reply.body as Outcome), node };
    },
  };
}

export default defineSystem({
  name: 'careless-primary',
  description: 'A primary with backups and no consensus.',
  options: z.object({}),
  offers: ['read', 'write', 'cas'],
  defaultNodes: 3,
  node: { kind: 'hosted', create: ({ id, nodes }) => new CarelessPrimary(id, nodes) },
  client,
  async status(requests, node): Promise<NodeStatus> {
    const reply = await requests.request(node, { method: 'GET', path: '/status', timeoutMs: 1000 });
    return reply.kind === 'answered' ? (reply.body as NodeStatus) : { up: false };
  },
  traceCheckers: () => [],
});
