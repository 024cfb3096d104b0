import {
  allLinks,
  defineNemesis,
  inTurn,
  type Link,
  linksBetween,
  majority,
  type NemesisContext,
  type NodeId,
  z,
} from 'assay/plugin';

const SHAPES = ['halves', 'majorities-ring', 'bridge', 'isolate-one', 'isolate-leader', 'one-way'] as const;
type Shape = (typeof SHAPES)[number];

export default defineNemesis({
  name: 'partition',
  description: 'Cuts the network between nodes; clients still reach every node.',
  options: z.object({
    shape: z
      .enum(['any', ...SHAPES])
      .default('any')
      .describe('what the cut looks like; in the ring each node sees a majority and no two the same'),
  }),
  needs: () => ['cut'],
  disturbsLeader: true,
  next(context) {
    // On a ring of three everybody is everybody's neighbour: there is nothing to cut.
    const shapes = context.nodes.length > 3 ? SHAPES : SHAPES.filter((shape) => shape !== 'majorities-ring');
    const shape = context.options.shape === 'any' ? inTurn(context, shapes) : context.options.shape;
    const links = cutLinks(shape, context);
    return links && links.length > 0 ? { faults: [{ kind: 'cut', links }] } : undefined;
  },
});

/** The directed links to cut; undefined when the leader is wanted and unknown. */
function cutLinks(shape: Shape, context: NemesisContext<unknown>): Link[] | undefined {
  const { random } = context;
  const nodes = random.shuffle(context.nodes);
  const half = majority(nodes.length);
  switch (shape) {
    case 'halves':
      return linksBetween(nodes.slice(0, half), nodes.slice(half));
    case 'majorities-ring':
      return ringCut(nodes);
    case 'bridge': {
      // Two groups that meet in one node only.
      const [, ...rest] = nodes;
      const middle = Math.floor(rest.length / 2);
      return linksBetween(rest.slice(0, middle), rest.slice(middle));
    }
    case 'isolate-one':
      return linksBetween(nodes.slice(0, 1), nodes.slice(1));
    case 'isolate-leader': {
      const leader = context.leader();
      if (leader === undefined) return undefined;
      return linksBetween(
        [leader],
        nodes.filter((node) => node !== leader),
      );
    }
    case 'one-way': {
      // A node that is heard by all and hears none, or the other way round.
      const deaf = random.chance(0.5);
      const node = context.leader() ?? (nodes[0] as NodeId);
      return nodes
        .filter((other) => other !== node)
        .map((other) => (deaf ? { from: other, to: node } : { from: node, to: other }));
    }
  }
}

/** Each node keeps the links to its nearest neighbours on a ring, just enough to see a majority (itself included). */
function ringCut(nodes: readonly NodeId[]): Link[] {
  const reach = Math.ceil((majority(nodes.length) - 1) / 2);
  const position = new Map(nodes.map((node, index) => [node, index]));
  return allLinks(nodes).filter(({ from, to }) => {
    const distance = Math.abs((position.get(from) ?? 0) - (position.get(to) ?? 0));
    return Math.min(distance, nodes.length - distance) > reach;
  });
}
