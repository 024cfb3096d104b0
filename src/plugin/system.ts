import type { z } from 'zod';
import type { Protocol } from '../consensus/protocol.js';
import type { NodeStatus, Operation, Outcome } from '../history/events.js';
import type { NodeId } from '../kernel/ids.js';
import type { Random } from '../kernel/random.js';
import type { Clock } from '../ports/clock.js';
import type { Ability, FaultKind } from '../ports/faults.js';
import type { Identities, Keyring } from '../ports/keys.js';
import type { Requests } from '../ports/requests.js';
import type { Checker } from './checker.js';
import type { NodeWords } from './node-words.js';
import type { OptionsSchema } from './options.js';

/** What a client is made of. It must draw time and chance from here alone, so that the simulator can replay it. */
export interface ClientContext<Options> {
  readonly options: Options;
  readonly nodes: readonly NodeId[];
  readonly requests: Requests;
  readonly clock: Clock;
  readonly random: Random;
  /** Unique among the run's clients. */
  readonly id: string;
  /** How long one operation may take before its outcome is `info`. */
  readonly timeoutMs: number;
  /** Makes it keys of its own, where the system's nodes have some. */
  readonly identities?: Identities;
}

/** One client session: one operation outstanding at a time. */
export interface Client {
  /** Never rejects for an operating reason: a reply that did not come is an `info` outcome. */
  invoke(operation: Operation): Promise<Answer>;
}

/** An outcome, and who answered where that is known. */
export type Answer = Outcome & { readonly node?: NodeId };

/** What a hosted node is made of. */
export interface NodeContext {
  readonly id: NodeId;
  readonly nodes: readonly NodeId[];
  /** The node's own stream. */
  readonly random: Random;
  readonly options: unknown;
  /** Its own and nobody else's, made for the run from its seed; present where {@link HostedNode.keys} asks for them. */
  readonly keys?: Keyring;
}

/** A node of ours in the node host: the simulator runs it in-process, containers through `src/node/main.ts`. */
export interface HostedNode {
  readonly kind: 'hosted';
  /** Whether nodes and clients have keys, to sign what they say. */
  readonly keys?: boolean;
  /** Whether they can be made to lie: whether the protocol has a `turn`. */
  readonly corruptible?: boolean;
  /** Must be a pure function of its arguments. */
  create(context: NodeContext): Protocol<unknown>;
}

/** A server that somebody else wrote, in a container. */
export interface ContainerNode {
  readonly kind: 'container';
  /**
   * The image that holds it: a target of Assay's own `docker/Dockerfile`, or any image by name. One by name is used
   * as it is (its user, its files) and must be on the engine or in a registry; what faults need runs beside it.
   */
  readonly image: { readonly target: string } | { readonly name: string };
  /** Command and environment of one node. Peers reach each other by node id as host name. */
  command(context: { id: NodeId; nodes: readonly NodeId[]; options: unknown }): {
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
  /** The port that clients use inside the container. */
  readonly clientPort: number;
  /** Ports between nodes: what a partition must cut. */
  readonly peerPorts: readonly number[];
  /** Faults that this server cannot feel, with the reason: a static binary ignores libfaketime. */
  readonly immune: Partial<Record<FaultKind, string>>;
}

/** What is known of a trace that is to be judged. */
export interface TraceContext<Options> {
  readonly nodes: readonly NodeId[];
  readonly options: Options;
  /**
   * Whether events of different nodes come in the order in which they happened, on one clock: only the simulator's do.
   * Of one node they always come in order.
   */
  readonly inOrder: boolean;
}

/** A system under test. */
export interface System<Schema extends OptionsSchema = OptionsSchema> {
  readonly name: string;
  readonly description: string;
  readonly options: Schema;
  /** Functions (`f`) that its client knows. */
  readonly offers: readonly string[];
  readonly node: HostedNode | ContainerNode;
  readonly defaultNodes: number;
  /** Fewer make no cluster; absent: one does. */
  readonly leastNodes?: number;
  /** What verdicts and reports are to call its nodes' roles and terms; absent: leaders that follow each other in terms. */
  readonly words?: NodeWords;
  client(context: ClientContext<z.output<Schema>>): Client;
  /** Asks one node how it is. */
  status(requests: Requests, node: NodeId, nodes: readonly NodeId[]): Promise<NodeStatus>;
  /** Checkers over the nodes' trace, where the system records one. */
  traceCheckers(context: TraceContext<z.output<Schema>>): Checker[];
}

/** Defines a system. The default export of a file in `src/systems/`, or of a user's plugin. */
export function defineSystem<Schema extends OptionsSchema>(system: System<Schema>): System<Schema> {
  return system;
}

/** Support for every kind of fault, as a backend declares it for one system. */
export type Abilities = Readonly<Record<FaultKind, Ability>>;
