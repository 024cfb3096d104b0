import type { NodeId } from '../../kernel/ids.js';
import type { Random } from '../../kernel/random.js';
import type { Identities, Keyring } from '../../ports/keys.js';
import { keyPairOf } from './ed25519.js';
import { clientKeyring, clientName, clientSecretOf, type NodeKeys, nodeKeyring } from './keyring.js';
import { KeyMemory } from './memory.js';
import { sha256 } from './sha256.js';

/**
 * All keys of one run, derived from its seed, so that the seed replays the run to the byte. They keep nodes and clients
 * from speaking for each other, which only know what they are given; from whoever knows the seed they keep nothing.
 */
export class RunKeys implements Identities {
  private readonly memory = new KeyMemory();
  private readonly root: string;
  private readonly publicKeys: ReadonlyMap<NodeId, string>;

  constructor(
    random: Random,
    private readonly nodes: readonly NodeId[],
  ) {
    this.root = Array.from({ length: 8 }, () => random.uint32().toString(16)).join('-');
    this.publicKeys = new Map(nodes.map((node) => [node, keyPairOf(this.signingSeed(node)).publicKey]));
  }

  /** What the node is to know, to be told to its process. */
  of(node: NodeId): NodeKeys {
    const peers = this.nodes.filter((peer) => peer !== node);
    return {
      signingSeed: this.signingSeed(node),
      publicKeys: Object.fromEntries(this.publicKeys),
      peerSecrets: Object.fromEntries(
        peers.map((peer) => [peer, this.derive(`between ${[node, peer].sort().join(' and ')}`)]),
      ),
      clientSecret: this.clientSecret(node),
    };
  }

  /** The node's keyring, for one that runs in this process; all keyrings made here share a memory. */
  keyring(node: NodeId): Keyring {
    return nodeKeyring(node, this.of(node), this.memory);
  }

  create(label: string): Keyring {
    const pair = keyPairOf(this.derive(`client ${label}`));
    const name = clientName(label, pair.publicKey);
    const secrets = new Map(this.nodes.map((node) => [node, clientSecretOf(this.clientSecret(node), name)]));
    return clientKeyring(name, pair, { publicKeys: this.publicKeys, secrets }, this.memory);
  }

  private signingSeed(node: NodeId): string {
    return this.derive(`node ${node}`);
  }

  private clientSecret(node: NodeId): string {
    return this.derive(`clients of ${node}`);
  }

  private derive(purpose: string): string {
    return sha256(`${this.root}\n${purpose}`);
  }
}
