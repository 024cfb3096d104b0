import type { NodeId } from '../../kernel/ids.js';
import type { Fault, Link } from '../../ports/faults.js';
import { ECHO_PORT, FIRST_RELAY_PORT, SIDECAR_UID } from './sidecar.js';

/** Faults of links: what iptables and the relay carry out. */
export type LinkFault = Extract<Fault, { kind: 'cut' | 'loss' | 'delay' }>;

/** What all faults in force together do to one direction of a link. */
export interface LinkState {
  readonly cut: boolean;
  /** Probability that a packet is lost, each on its own. */
  readonly loss: number;
  readonly delay: { readonly meanMs: number; readonly jitterMs: number };
}

/** One relayed way: connections to `host:port` come to `listenPort` instead and are delayed in both directions. */
export interface RelayRoute {
  readonly listenPort: number;
  readonly host: string;
  readonly port: number;
  /** Towards the peer. */
  readonly out: LinkState['delay'];
  /** From the peer, on the same connections. */
  readonly back: LinkState['delay'];
}

/** What the network namespace of one node must hold. */
export interface NodeLinks {
  /** A shell script for the namespace, to be run as root. */
  readonly script: string;
  readonly routes: readonly RelayRoute[];
}

/**
 * The link faults in force. Faults overlap: a link is cut while any fault cuts it, losses multiply, delays add up. The
 * rules of a node are always derived from all of them together, so that an undo can leave nothing behind.
 */
export class LinkFaults {
  private readonly inForce = new Map<symbol, LinkFault>();
  private wasDelayed = false;

  add(fault: LinkFault): symbol {
    const token = Symbol(fault.kind);
    this.inForce.set(token, fault);
    this.wasDelayed ||= fault.kind === 'delay';
    return token;
  }

  remove(token: symbol): void {
    this.inForce.delete(token);
  }

  stateOf(link: Link): LinkState {
    const onLink = [...this.inForce.values()].filter(({ links }) =>
      links.some(({ from, to }) => from === link.from && to === link.to),
    );
    const sum = (field: 'meanMs' | 'jitterMs') =>
      onLink.reduce((total, fault) => (fault.kind === 'delay' ? total + fault[field] : total), 0);
    return {
      cut: onLink.some(({ kind }) => kind === 'cut'),
      loss: 1 - onLink.reduce((kept, fault) => (fault.kind === 'loss' ? kept * (1 - fault.probability) : kept), 1),
      delay: { meanMs: sum('meanMs'), jitterMs: sum('jitterMs') },
    };
  }

  /** What `node` must hold for its links with its peers. `addresses` are IPv4, by node. */
  rulesOf(node: NodeId, addresses: ReadonlyMap<NodeId, string>, peerPorts: readonly number[]): NodeLinks {
    const incoming: string[] = [];
    const resets: string[] = [];
    const redirects: string[] = [];
    const routes: RelayRoute[] = [];
    let relayPort = FIRST_RELAY_PORT;
    for (const [peer, address] of addresses) {
      if (peer === node) continue;
      const from = this.stateOf({ from: peer, to: node });
      const to = this.stateOf({ from: node, to: peer });
      // At the receiver: the sender's kernel sees its packets leave, as it would with a broken wire.
      if (from.cut) incoming.push(`-s ${address} -j DROP`);
      else if (from.loss > 0) {
        incoming.push(`-s ${address} -m statistic --mode random --probability ${from.loss.toFixed(6)} -j DROP`);
      }
      for (const port of [...peerPorts, ECHO_PORT]) {
        const listenPort = relayPort++;
        if (to.delay.meanMs + to.delay.jitterMs + from.delay.meanMs + from.delay.jitterMs === 0) continue;
        const connection = `-p tcp -d ${address} --dport ${port} -m owner ! --uid-owner ${SIDECAR_UID}`;
        redirects.push(`${connection} -j REDIRECT --to-ports ${listenPort}`);
        // Connections from before the fault go past the redirection: reset, they are made anew through the relay.
        resets.push(`${connection} -j REJECT --reject-with tcp-reset`);
        routes.push({ listenPort, host: address, port, out: to.delay, back: from.delay });
      }
    }
    const script = [
      table('filter', { 'ASSAY-IN': incoming, 'ASSAY-OUT': resets }),
      // Not touched before it is needed: a kernel may lack NAT and still cut links.
      this.wasDelayed ? table('nat', { 'ASSAY-OUT': redirects }) : '',
    ].join('');
    return { script: `set -e\n${script}`, routes };
  }
}

const HOOKS: Readonly<Record<string, string>> = { 'ASSAY-IN': 'INPUT', 'ASSAY-OUT': 'OUTPUT' };

/** Replaces the contents of our chains in one table at once, and makes and hooks them where that was not done yet. */
function table(name: string, chains: Readonly<Record<string, readonly string[]>>): string {
  const rules = Object.entries(chains).flatMap(([chain, specs]) => specs.map((spec) => `-A ${chain} ${spec}`));
  const declared = Object.keys(chains).map((chain) => `:${chain} - [0:0]`);
  const hooks = Object.keys(chains).map((chain) => {
    const hook = `${HOOKS[chain]} -j ${chain}`;
    return `iptables -w -t ${name} -C ${hook} 2>/dev/null || iptables -w -t ${name} -I ${hook}\n`;
  });
  const restore = [`*${name}`, ...declared, ...rules, 'COMMIT'].join('\n');
  return `iptables-restore -w --noflush <<'RULES'\n${restore}\nRULES\n${hooks.join('')}`;
}
