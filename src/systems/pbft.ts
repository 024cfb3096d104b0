import { AssayError, defineSystem, durationMs, numberOption, z } from 'assay/plugin';
import { PbftReader, pbftSafety, pbftSteps } from '../conformance/pbft/index.js';
import { PBFT_MUTANTS, pbftBugs } from '../consensus/mutants/index.js';
import { AUTHENTICATIONS, createReplica, DEFAULT_PBFT_OPTIONS, PBFT_READ_MODES } from '../consensus/pbft/index.js';
import { hostedStatus } from './hosted/status.js';
import { PbftClient } from './pbft/client.js';

const defaults = DEFAULT_PBFT_OPTIONS;

/** With fewer, n = 3f+1 leaves no room for a single traitor. */
const LEAST_NODES = 4;

const options = z
  .object({
    authentication: z
      .enum(AUTHENTICATIONS)
      .default(defaults.authentication)
      .describe('what authenticates messages of the normal case: Ed25519 signatures, or vectors of MACs'),
    reads: z
      .enum(PBFT_READ_MODES)
      .default('ordered')
      .describe('in the order of all requests, or at once by a quorum that agrees (§5.1.3)'),
    mutant: z
      .enum(PBFT_MUTANTS.map(({ name }) => name))
      .optional()
      .describe('a known bug to run with'),
    viewChangeTimeoutMs: durationMs(defaults.viewChangeTimeoutMs).describe(
      'how long a replica waits for a request to be executed before it changes the view; doubled each time in vain',
    ),
    retryMs: durationMs(500).describe('how long a client waits before it sends its request to all replicas'),
    statusMs: durationMs(defaults.statusMs).describe('between messages that tell others what to send again'),
    checkpointInterval: numberOption(defaults.checkpointInterval, { min: 1 }).describe('batches between checkpoints'),
    logWindow: numberOption(defaults.logWindow, { min: 2 }).describe(
      'sequence numbers in use above the stable checkpoint, at most',
    ),
    batchRequests: numberOption(defaults.batchRequests, { min: 1 }).describe('requests in a batch, at most'),
    batchesInFlight: numberOption(defaults.batchesInFlight, { min: 1 }).describe(
      'batches that the primary has under way before it lets requests wait for the next',
    ),
    batchIntervalMs: durationMs(defaults.batchIntervalMs).describe(
      'between one batch and the next, at least: what comes meanwhile shares one, and its signatures',
    ),
  })
  .refine(({ checkpointInterval, logWindow }) => logWindow >= 2 * checkpointInterval, {
    path: ['logWindow'],
    message: 'must be at least twice the checkpoint interval: else all wait for each checkpoint to be stable (§4.3)',
  });

export default defineSystem({
  name: 'pbft',
  description: 'The reference PBFT over a key-value store: bears f traitors among 3f+1 nodes.',
  options,
  offers: ['read', 'write', 'cas', 'append', 'open', 'transfer'],
  defaultNodes: LEAST_NODES,
  leastNodes: LEAST_NODES,
  words: {
    leader: 'primary',
    candidate: 'waiting',
    candidateMeans: 'waiting for a view to begin',
    follower: 'backup',
    term: 'view',
    change: 'view change',
    progress: 'executed',
  },
  node: {
    kind: 'hosted',
    keys: true,
    corruptible: true,
    create({ id, nodes, random, keys, options: given }) {
      if (nodes.length < LEAST_NODES) {
        throw new AssayError('bad-argument', `pbft needs at least ${LEAST_NODES} nodes, not ${nodes.length}`);
      }
      if (!keys) throw new AssayError('harness', `the pbft node ${id} was given no keys`);
      const { reads: _, retryMs: __, mutant, ...chosen } = options.parse(given);
      return createReplica({ id, nodes, keys, random, options: { ...defaults, ...chosen, bugs: pbftBugs(mutant) } });
    },
  },
  client: (context) => {
    const { identities } = context;
    if (!identities) throw new AssayError('harness', 'clients of pbft need keys, and this cluster makes none');
    return new PbftClient({ ...context, identities }, pbftBugs(context.options.mutant));
  },
  status: hostedStatus,
  traceCheckers: ({ nodes, inOrder, options: { authentication, checkpointInterval, logWindow } }) => {
    const reader = new PbftReader(nodes);
    return [
      pbftSafety({ nodes, inOrder, logWindow }, reader),
      pbftSteps({ nodes, inOrder, authentication, logWindow, checkpointInterval }, reader),
    ];
  },
});
