import {
  type Answer,
  AssayError,
  type Client,
  type ClientContext,
  defineSystem,
  durationMs,
  type NodeId,
  type NodeStatus,
  type Operation,
  type Reply,
  type Requests,
  type Value,
  z,
} from 'assay/plugin';

const CLIENT_PORT = 2379;
const PEER_PORT = 2380;
const STATUS_TIMEOUT_MS = 1000;

const optionsSchema = z
  .object({
    reads: z
      .enum(['linearizable', 'serializable'])
      .default('linearizable')
      .describe('serializable reads come from one member alone and may be stale'),
    heartbeat: durationMs(100).describe("the leader's heartbeat interval"),
    election: durationMs(1000).describe('a follower waits this long for a heartbeat before it asks for votes'),
  })
  .refine(({ heartbeat, election }) => election >= 5 * heartbeat, {
    path: ['election'],
    message: 'must be at least five heartbeats: etcd does not start otherwise',
  });

type Options = z.output<typeof optionsSchema>;

/**
 * etcd, as Debian packages it (3.4 in bookworm), over its public v3 API in its JSON form
 * (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/). Keys and values travel in base64; values are JSON texts. A
 * key that is absent reads as null, and writing null deletes it.
 */
export default defineSystem({
  name: 'etcd',
  description: 'etcd from its Debian package: a real server that others wrote, over its public API.',
  options: optionsSchema,
  offers: ['read', 'write', 'cas'],
  defaultNodes: 3,
  node: {
    kind: 'container',
    image: { target: 'etcd' },
    clientPort: CLIENT_PORT,
    peerPorts: [PEER_PORT],
    command({ id, nodes, options }) {
      const { heartbeat, election } = optionsSchema.parse(options);
      const peerUrl = (node: NodeId) => `http://${node}:${PEER_PORT}`;
      return {
        command: [
          'etcd',
          ...['--name', id, '--data-dir', '/assay/data/etcd'],
          ...['--listen-peer-urls', `http://0.0.0.0:${PEER_PORT}`, '--initial-advertise-peer-urls', peerUrl(id)],
          ...['--listen-client-urls', `http://0.0.0.0:${CLIENT_PORT}`],
          ...['--advertise-client-urls', `http://${id}:${CLIENT_PORT}`],
          ...['--initial-cluster', nodes.map((node) => `${node}=${peerUrl(node)}`).join(',')],
          ...['--initial-cluster-state', 'new', '--initial-cluster-token', 'assay'],
          ...['--heartbeat-interval', String(heartbeat), '--election-timeout', String(election)],
          ...['--logger', 'zap'],
        ],
      };
    },
    immune: {
      'clock-jump': 'etcd is a Go program: it asks the kernel for the time itself, past libfaketime',
    },
  },
  client: (context) => new EtcdClient(context),
  status: readStatus,
  traceCheckers: () => [],
});

/** Stays with one member and moves on to the next when that one does not serve. */
class EtcdClient implements Client {
  private attached: number;

  constructor(private readonly context: ClientContext<Options>) {
    this.attached = context.random.int(0, context.nodes.length - 1);
  }

  async invoke(operation: Operation): Promise<Answer> {
    const { nodes, requests, timeoutMs } = this.context;
    const call = callFor(operation, this.context.options);
    let refusal = 'no members';
    // A refused request surely did not arrive: asking the next member cannot execute it twice.
    for (let tried = 0; tried < nodes.length; tried++) {
      const node = nodes[this.attached];
      if (node === undefined) break;
      const reply = await requests.request(node, { method: 'POST', path: call.path, body: call.body, timeoutMs });
      if (reply.kind === 'answered' && reply.status === 200) return { ...call.decode(reply.body), node };
      this.attached = (this.attached + 1) % nodes.length;
      if (reply.kind === 'refused') refusal = reply.error;
      else return { ...failureOf(reply, operation.f === 'read'), node };
    }
    return { type: 'fail', error: refusal };
  }
}

interface Call {
  readonly path: string;
  readonly body: unknown;
  /** An answer with status 200 into an outcome. */
  decode(body: unknown): Answer;
}

const rangeSchema = z.object({ kvs: z.array(z.object({ value: z.string().default('') })).default([]) });
// Proto3's JSON leaves false out.
const txnSchema = z.object({ succeeded: z.boolean().default(false) });
const doneSchema = z.object({ header: z.object({ revision: z.string() }) });

function callFor({ f, key, value }: Operation, options: Options): Call {
  if (key === undefined) throw new AssayError('plugin', `etcd's ${f} needs a key`);
  switch (f) {
    case 'read':
      return {
        path: '/v3/kv/range',
        body: { key: encode(key), serializable: options.reads === 'serializable' },
        decode(body) {
          const [first] = rangeSchema.parse(body).kvs;
          return { type: 'ok', value: first === undefined ? null : decode(first.value) };
        },
      };
    case 'write': {
      const { path, body } = assignment(key, value ?? null);
      return {
        path,
        body,
        decode(answer) {
          doneSchema.parse(answer);
          return { type: 'ok' };
        },
      };
    }
    case 'cas': {
      if (!Array.isArray(value) || value.length !== 2) {
        throw new AssayError('plugin', `etcd's cas needs the value [expected, new], not ${JSON.stringify(value)}`);
      }
      const [expected = null, wanted = null] = value as readonly Value[];
      const { operation } = assignment(key, wanted);
      return {
        path: '/v3/kv/txn',
        body: { compare: [comparison(key, expected)], success: [operation] },
        decode(answer) {
          return txnSchema.parse(answer).succeeded ? { type: 'ok' } : { type: 'fail', error: 'cas-mismatch' };
        },
      };
    }
    default:
      throw new AssayError('plugin', `etcd does not know the operation ${f}`);
  }
}

/** Setting a key, on its own and as a part of a transaction. */
function assignment(key: string, value: Value): { path: string; body: unknown; operation: unknown } {
  if (value === null) {
    const body = { key: encode(key) };
    return { path: '/v3/kv/deleterange', body, operation: { request_delete_range: body } };
  }
  const body = { key: encode(key), value: encode(JSON.stringify(value)) };
  return { path: '/v3/kv/put', body, operation: { request_put: body } };
}

function comparison(key: string, expected: Value): unknown {
  // A key that is absent has version 0.
  return expected === null
    ? { key: encode(key), target: 'VERSION', result: 'EQUAL', version: '0' }
    : { key: encode(key), target: 'VALUE', result: 'EQUAL', value: encode(JSON.stringify(expected)) };
}

/**
 * Errors after which the operation surely never takes effect (api/v3rpc/rpctypes/error.go of 3.4): etcd gives them
 * before it proposes anything, or when raft dropped the proposal at once. All others, such as "request timed out" and
 * "leader changed", leave a proposal behind that may still be committed.
 */
const SURELY_NOT = [
  'etcdserver: too many requests',
  'etcdserver: request is too large',
  'etcdserver: mvcc: database space exceeded',
  'etcdserver: not capable',
  'etcdserver: no leader',
  'raft proposal dropped',
];

const errorSchema = z.object({ error: z.string() });

function failureOf(reply: Exclude<Reply, { kind: 'refused' }>, isRead: boolean): Answer {
  const error = reply.kind === 'lost' ? reply.error : errorText(reply);
  // A read changes nothing: whether it was executed makes no difference to anyone.
  const surelyNot =
    isRead || (reply.kind === 'answered' && (reply.status === 400 || SURELY_NOT.some((text) => error.includes(text))));
  return { type: surelyNot ? 'fail' : 'info', error };
}

function errorText({ status, body }: Extract<Reply, { kind: 'answered' }>): string {
  const parsed = errorSchema.safeParse(body);
  return parsed.success ? parsed.data.error : `status ${status}: ${JSON.stringify(body)}`;
}

// --- Status

const statusSchema = z.object({
  header: z.object({ member_id: z.string() }),
  leader: z.string().default('0'),
  raftTerm: z.coerce.number().optional(),
  raftIndex: z.coerce.number().optional(),
  raftAppliedIndex: z.coerce.number().optional(),
});

const membersSchema = z.object({ members: z.array(z.object({ ID: z.string(), name: z.string().default('') })) });

/** etcd names its leader by a member id: who that is never changes while the cluster lives. */
const memberNames = new WeakMap<Requests, Map<string, NodeId>>();

async function readStatus(requests: Requests, node: NodeId, nodes: readonly NodeId[]): Promise<NodeStatus> {
  const post = (path: string) =>
    requests.request(node, { method: 'POST', path, body: {}, timeoutMs: STATUS_TIMEOUT_MS });
  const reply = await post('/v3/maintenance/status');
  if (reply.kind !== 'answered' || reply.status !== 200) return { up: false };
  const parsed = statusSchema.safeParse(reply.body);
  if (!parsed.success) return { up: false };
  const { header, leader, raftTerm, raftIndex, raftAppliedIndex } = parsed.data;
  const names = memberNames.get(requests) ?? new Map<string, NodeId>();
  memberNames.set(requests, names);
  if (leader !== '0' && !names.has(leader)) {
    const members = await post('/v3/cluster/member/list');
    const list = members.kind === 'answered' ? membersSchema.safeParse(members.body) : undefined;
    for (const { ID, name } of list?.data?.members ?? []) if (nodes.includes(name)) names.set(ID, name);
  }
  const leaderNode = names.get(leader);
  return {
    up: true,
    ...(leader !== '0' && { role: leader === header.member_id ? 'leader' : 'follower' }),
    ...(leaderNode !== undefined && { leader: leaderNode }),
    ...(raftTerm !== undefined && { term: raftTerm }),
    // What was applied was committed; etcd does not tell its commit index itself.
    ...(raftAppliedIndex !== undefined && { commitIndex: raftAppliedIndex }),
    ...(raftIndex !== undefined && { lastIndex: raftIndex }),
  };
}

// --- Base64 of UTF-8, without Node's Buffer: systems run anywhere.

function encode(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function decode(base64: string): Value {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Value;
}
