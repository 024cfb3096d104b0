import type { NodeId, NodeStatus, Requests } from 'assay/plugin';

/** What a hosted node says of itself at its client port; one that says nothing, or nonsense, counts as down. */
export async function hostedStatus(requests: Requests, node: NodeId): Promise<NodeStatus> {
  const reply = await requests.request(node, { method: 'GET', path: '/status', timeoutMs: 1000 });
  const known = reply.kind === 'answered' && reply.status === 200 ? statusOf(reply.body) : undefined;
  return known ?? { up: false };
}

const ROLES: readonly unknown[] = ['leader', 'candidate', 'follower', undefined] satisfies NodeStatus['role'][];

function statusOf(body: unknown): NodeStatus | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { up, role, leader, term, commitIndex, lastIndex }: { readonly [K in keyof NodeStatus]?: unknown } = body;
  const known =
    typeof up === 'boolean' &&
    ROLES.includes(role) &&
    (leader === undefined || typeof leader === 'string') &&
    [term, commitIndex, lastIndex].every((number) => number === undefined || typeof number === 'number');
  return known ? (body as NodeStatus) : undefined;
}
