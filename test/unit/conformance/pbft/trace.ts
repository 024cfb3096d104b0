import type { PbftStep, RequestRef, SlotRef } from '../../../../src/history/pbft-trace.js';
import type { TraceEvent } from '../../../../src/history/trace.js';

/** One node's step; times are given by place. */
export type Line = readonly [node: string, step: PbftStep];

export const NODES = ['n1', 'n2', 'n3', 'n4'];
export const WINDOW = 8;
/** Checkpoints come after so many sequence numbers. */
export const INTERVAL = 2;
const QUORUM = 3;

export const primaryOf = (view: number): string => NODES[view % NODES.length] as string;
export const others = (node: string): string[] => NODES.filter((other) => other !== node);

// ------------------------------------------------------------------ steps

type Over<Name extends PbftStep['name']> = Partial<Omit<PbftStep & { readonly name: Name }, 'name'>>;

export const init = (node: string, over: Over<'InitReplica'> = {}): Line => [
  node,
  { name: 'InitReplica', view: 0, active: true, stable: 0, digest: 'state 0', slots: [], stateHash: 1000, ...over },
];
export const slot = (
  sequence: number,
  view: number,
  prepared: SlotRef['prepared'] = null,
  digest = digestOf(sequence),
): SlotRef => ({ sequence, view, digest, prepared });
export const accepts = (
  node: string,
  view: number,
  sequence: number,
  digest = digestOf(sequence),
  requests: readonly RequestRef[] | null = requestsOf(digest),
): Line => [node, { name: 'AcceptPrePrepare', view, sequence, digest, requests }];
export const learns = (node: string, digest: string, requests = requestsOf(digest)): Line => [
  node,
  { name: 'AcceptBatch', digest, requests },
];
export const prepares = (
  node: string,
  view: number,
  sequence: number,
  by: string[],
  digest = digestOf(sequence),
): Line => [node, { name: 'Prepared', view, sequence, digest, by }];
export const commits = (
  node: string,
  view: number,
  sequence: number,
  by: string[],
  digest = digestOf(sequence),
): Line => [node, { name: 'CommittedLocal', view, sequence, digest, by }];
export const executes = (node: string, view: number, sequence: number, over: Over<'Execute'> = {}): Line => {
  const digest = over.digest ?? digestOf(sequence);
  const step = { view, sequence, digest, requests: requestsOf(digest), skipped: [], stateHash: 1000 + sequence };
  return [node, { name: 'Execute', ...step, ...over }];
};
export const takes = (node: string, sequence: number, digest = `state ${sequence}`): Line => [
  node,
  { name: 'TakeCheckpoint', sequence, digest },
];
export const stabilizes = (node: string, sequence: number, by: string[], digest = `state ${sequence}`): Line => [
  node,
  { name: 'StabilizeCheckpoint', sequence, digest, by },
];
export const installs = (node: string, sequence: number, over: Over<'InstallState'> = {}): Line => [
  node,
  { name: 'InstallState', sequence, digest: `state ${sequence}`, stateHash: 1000 + sequence, ...over },
];
export const leaves = (node: string, view: number): Line => [node, { name: 'StartViewChange', view }];
export const enters = (node: string, view: number, stable: number, proposals: Proposal[] = []): Line => [
  node,
  { name: 'EnterView', view, stable, proposals },
];
export const turns = (node: string, behaviour: string | null = 'collude'): Line => [node, { name: 'Turn', behaviour }];
export const send = (node: string, to: string, message: object): Line => [node, { name: 'Send', to, message }];
export const receive = (node: string, from: string, message: object): Line => [
  node,
  { name: 'Receive', from, message },
];

// ------------------------------------------------------------------ messages

export interface Proposal {
  readonly sequence: number;
  readonly digest: string;
}

const auth = { signature: 's' };
/** The digest of the batch that is ordered with a sequence number, where nothing else is said. */
export const digestOf = (sequence: number): string => `d${sequence}`;
/** The batch of a digest: one request of client `c`, with the number in the digest for timestamp. */
export function requestsOf(digest: string): RequestRef[] {
  const [timestamp] = /\d+/.exec(digest) ?? [];
  return timestamp === undefined ? [] : [{ client: 'c', timestamp: Number(timestamp), digest: `r${digest}` }];
}
const named = (digest: string) =>
  requestsOf(digest).map(({ client, timestamp }) => ({ type: 'Request', client, timestamp, auth }));

export const prePrepare = (view: number, sequence: number, digest = digestOf(sequence), replica = primaryOf(view)) => ({
  ...{ type: 'PrePrepare', view, sequence, digest, replica, requests: named(digest), auth },
});
export const prepare = (replica: string, view: number, sequence: number, digest = digestOf(sequence)) => ({
  ...{ type: 'Prepare', view, sequence, digest, replica, auth },
});
export const commit = (replica: string, view: number, sequence: number, digest = digestOf(sequence)) => ({
  ...{ type: 'Commit', view, sequence, digest, replica, auth },
});
export const checkpoint = (replica: string, sequence: number, digest = `state ${sequence}`) => ({
  ...{ type: 'Checkpoint', sequence, digest, replica, auth },
});
export const claim = (sequence: number, view: number, digest = digestOf(sequence)) => {
  const backups = others(primaryOf(view)).slice(0, QUORUM - 1);
  const { requests: _, ...header } = prePrepare(view, sequence, digest);
  const proof = { prePrepare: header, prepares: backups.map((each) => prepare(each, view, sequence, digest)) };
  return { sequence, view, digest, proof };
};
export const viewChange = (
  replica: string,
  view: number,
  stable: number,
  prepared: ReturnType<typeof claim>[] = [],
  over: object = {},
) => ({
  ...{ type: 'ViewChange', view, stable, prepared, prePrepared: [], replica, auth },
  proof: stable === 0 ? [] : NODES.slice(0, QUORUM).map((each) => checkpoint(each, stable)),
  ...over,
});
export const newView = (view: number, viewChanges: object[], proposals: Proposal[], replica = primaryOf(view)) => ({
  ...{ type: 'NewView', view, viewChanges, replica, auth },
  prePrepares: proposals.map(({ sequence, digest }) => {
    const { requests: _, ...header } = prePrepare(view, sequence, digest, replica);
    return header;
  }),
});
export const stateChunk = (sequence: number, authors = NODES.slice(0, QUORUM), digest = `state ${sequence}`) => ({
  ...{ type: 'StateChunk', sequence, digest, offset: 0, data: 'state', done: true },
  proof: authors.map((each) => checkpoint(each, sequence, digest)),
});
export const status = (replica: string, over: object = {}) => ({
  ...{ type: 'Status', view: 0, active: true, stable: 0, executed: 0, missing: [], replica, auth },
  ...over,
});

// ------------------------------------------------------------------ what a cluster does

/** Sent to all others, and received by `to` of them. */
export function multicast(node: string, message: object, to: readonly string[] = others(node)): Line[] {
  return [
    ...others(node).map((other) => send(node, other, message)),
    ...to.filter((other) => other !== node).map((other) => receive(other, node, message)),
  ];
}

/** Each of `nodes` hears from each of the others; `then` is what it does at once when it has heard of so many. */
function exchange(
  nodes: readonly string[],
  speakers: readonly string[],
  message: (node: string) => object,
  enough: (node: string) => number,
  then: (node: string, heard: string[]) => Line[],
): Line[] {
  return nodes.flatMap((node) => {
    const heard: string[] = [];
    return speakers
      .filter((speaker) => speaker !== node)
      .flatMap((speaker) => {
        heard.push(speaker);
        const reached = heard.length === enough(node);
        return [receive(node, speaker, message(speaker)), ...(reached ? then(node, [...heard]) : [])];
      });
  });
}

export interface Order {
  readonly view?: number;
  readonly digest?: string;
  /** Who takes part: the primary and at least two more. */
  readonly among?: readonly string[];
  /** Who gets to know of the commits. */
  readonly committing?: readonly string[];
  /** Whether the primary proposes it: else it is of the new view's O, and accepted there. */
  readonly proposed?: boolean;
  /** Whether it was executed before. */
  readonly executed?: boolean;
  readonly checkpoints?: boolean;
}

/** One sequence number from its pre-prepare to its execution (§4.2), and the checkpoint after it where one is due (§4.3). */
export function orders(sequence: number, order: Order = {}): Line[] {
  const { view = 0, digest = digestOf(sequence), among = NODES, committing = among, proposed = true } = order;
  const { executed = false, checkpoints = sequence % INTERVAL === 0 } = order;
  const primary = primaryOf(view);
  const backups = among.filter((node) => node !== primary);
  const proposal = prePrepare(view, sequence, digest);
  const sends = (node: string, message: object) => others(node).map((other) => send(node, other, message));
  return [
    ...(proposed ? [accepts(primary, view, sequence, digest), ...sends(primary, proposal)] : []),
    ...backups.flatMap((node) => [
      ...(proposed ? [receive(node, primary, proposal), accepts(node, view, sequence, digest)] : []),
      ...sends(node, prepare(node, view, sequence, digest)),
    ]),
    ...exchange(
      among,
      backups,
      (node) => prepare(node, view, sequence, digest),
      (node) => (node === primary ? QUORUM - 1 : QUORUM - 2),
      (node, heard) => [
        prepares(node, view, sequence, [primary, ...(node === primary ? [] : [node]), ...heard], digest),
        ...sends(node, commit(node, view, sequence, digest)),
      ],
    ),
    ...exchange(
      committing,
      among,
      (node) => commit(node, view, sequence, digest),
      () => QUORUM - 1,
      (node, heard) => [
        commits(node, view, sequence, [node, ...heard], digest),
        ...(executed ? [] : [executes(node, view, sequence, { digest })]),
        ...(checkpoints && !executed ? [takes(node, sequence), ...sends(node, checkpoint(node, sequence))] : []),
      ],
    ),
    ...(checkpoints && !executed ? checkpointed(sequence, committing) : []),
  ];
}

/** The checkpoint that these took becomes stable at each of them. */
export function checkpointed(sequence: number, among: readonly string[] = NODES): Line[] {
  return exchange(
    among,
    among,
    (node) => checkpoint(node, sequence),
    () => QUORUM - 1,
    (node, heard) => [stabilizes(node, sequence, [node, ...heard])],
  );
}

/** From one view to another (§4.4): these leave, the new primary among them, and enter it. */
export function changesView(
  view: number,
  stable: number,
  prepared: Readonly<Record<string, ReturnType<typeof claim>[]>> = {},
  proposals: Proposal[] = [],
  among: readonly string[] = others(primaryOf(view - 1)),
  primary = primaryOf(view),
): Line[] {
  const changes = among.map((node) => viewChange(node, view, stable, prepared[node]));
  const begins = newView(view, changes, proposals);
  const begin = (node: string): Line[] => [
    enters(node, view, stable, proposals),
    ...proposals.map(({ sequence, digest }) => accepts(node, view, sequence, digest)),
  ];
  return [
    ...among.flatMap((node, index) => [
      leaves(node, view),
      ...others(node).map((other) => send(node, other, changes[index] as object)),
    ]),
    ...among.flatMap((node, index) => (node === primary ? [] : [receive(primary, node, changes[index] as object)])),
    ...begin(primary),
    ...others(primary).map((other) => send(primary, other, begins)),
    ...among.flatMap((node) => (node === primary ? [] : [receive(node, primary, begins), ...begin(node)])),
  ];
}

export const STARTS: readonly Line[] = NODES.map((node) => init(node));

/** One event a line, a millisecond after the one before. */
export function eventsOf(lines: readonly Line[]): TraceEvent[] {
  return lines.map(([node, step], index) => ({ ...step, kind: 'trace', timeUs: index * 1000, node }));
}

/** The events of one node after those of another, as files of containers may be read. */
export function nodeByNode(events: readonly TraceEvent[], nodes: readonly string[] = NODES): TraceEvent[] {
  return nodes.flatMap((node) => events.filter((event) => event.node === node));
}
