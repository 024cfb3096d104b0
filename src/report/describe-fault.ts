import { formatDuration } from '../kernel/units.js';
import type { Fault, Link } from '../ports/faults.js';

/** A fault in words, without its kind: "n1 n2 | n3 n4 n5" for a cut, "n2 by −12.3 s" for a clock's jump. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'kill':
    case 'pause':
    case 'power':
      return fault.nodes.join(' ');
    case 'clock-jump':
      return `${fault.nodes.join(' ')} by ${signed(fault.byMs)}`;
    case 'clock-rate':
      return `${fault.nodes.join(' ')} at ${fault.rate}×`;
    case 'byzantine': {
      const against = fault.against.length > 0 ? ` against ${fault.against.join(' ')}` : '';
      return `${fault.nodes.join(' ')}: ${fault.behaviour}${against}`;
    }
    case 'cut':
      return describeLinks(fault.links);
    case 'delay':
      return `${describeLinks(fault.links)}: ${fault.meanMs} ± ${fault.jitterMs} ms`;
    case 'loss':
    case 'duplicate':
      return `${describeLinks(fault.links)}: ${percent(fault.probability)}`;
    case 'reorder':
      return `${describeLinks(fault.links)}: ${percent(fault.probability)} by ${fault.byMs} ms`;
  }
}

/** Two groups that only touch each other, one node's direction, or the links themselves. */
function describeLinks(links: readonly Link[]): string {
  const has = new Set(links.map(({ from, to }) => `${from} ${to}`));
  const nodes = [...new Set(links.flatMap(({ from, to }) => [from, to]))].sort(byNumber);
  if (links.length === nodes.length * (nodes.length - 1)) return 'all links';
  const symmetric = links.every(({ from, to }) => has.has(`${to} ${from}`));
  if (symmetric) {
    const groups = twoGroups(nodes, has);
    if (groups) return groups.map((group) => group.join(' ')).join(' | ');
    const pairs = links.filter(({ from, to }) => byNumber(from, to) < 0);
    return pairs.map(({ from, to }) => `${from}–${to}`).join(', ');
  }
  const senders = [...new Set(links.map(({ from }) => from))].sort(byNumber);
  const receivers = [...new Set(links.map(({ to }) => to))].sort(byNumber);
  if (senders.length * receivers.length === links.length) return `${senders.join(' ')} → ${receivers.join(' ')}`;
  return links.map(({ from, to }) => `${from}→${to}`).join(', ');
}

/** The two sides of a complete bipartite cut, the smaller first; undefined when it is none. */
function twoGroups(nodes: readonly string[], has: ReadonlySet<string>): string[][] | undefined {
  const [first] = nodes;
  if (first === undefined) return undefined;
  const other = nodes.filter((node) => has.has(`${first} ${node}`));
  const own = nodes.filter((node) => !other.includes(node));
  const complete = own.every((a) => other.every((b) => has.has(`${a} ${b}`)));
  if (!complete || has.size !== own.length * other.length * 2) return undefined;
  return own.length <= other.length ? [own, other] : [other, own];
}

/** Like "n10" after "n9". */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function signed(milliseconds: number): string {
  return `${milliseconds < 0 ? '−' : '+'}${formatDuration(Math.abs(milliseconds) * 1000)}`;
}

function percent(probability: number): string {
  return `${Number((probability * 100).toFixed(1))} %`;
}
