import {
  BEHAVIOURS,
  type Behaviour,
  defineNemesis,
  type Fault,
  flag,
  inTurn,
  mostTraitors,
  type NemesisContext,
  type NodeId,
  z,
} from 'assay/plugin';

const SEPARATOR = '+';

export default defineNemesis({
  name: 'byzantine',
  description: 'Turns up to f nodes of a run into traitors: they lie as their keys allow, each round in another way.',
  options: z.object({
    behaviour: z
      .string()
      .default('random')
      .refine((text) => behavioursOf(text).every((name) => known(name)), {
        message: `is none of random, ${BEHAVIOURS.join(', ')}, nor several of them joined by "${SEPARATOR}"`,
      })
      .describe(`what they do: random, a behaviour of nemeses/README.md, or several joined by "${SEPARATOR}"`),
    traitors: z.coerce
      .string()
      .regex(/^(f|f\+1|[1-9]\d?)$/, 'is neither f, nor f+1, nor a number of nodes')
      .default('f')
      .describe('how many, in the whole run: f, which the cluster must bear; f+1, which it cannot; or a number'),
    nodes: z
      .string()
      .default('any')
      .describe(`who they are, whatever their number: any, or nodes joined by "${SEPARATOR}"`),
    stay: flag(false).describe('whether they lie on when all faults stop, to the end of the run'),
  }),
  needs: () => ['byzantine'],
  disturbsLeader: false,
  lasts: ({ stay }) => stay,
  next(context) {
    const available = new Set(context.available());
    const traitors = traitorsOf(context);
    const targets = traitors.filter((node) => available.has(node));
    if (targets.length === 0) return undefined;
    const honest = context.nodes.filter((node) => !traitors.includes(node));
    const against = otherSide(context, honest);
    const plots = plotsOf(context, targets);
    return { faults: plots.map(([nodes, behaviour]): Fault => ({ kind: 'byzantine', nodes, behaviour, against })) };
  },
});

function behavioursOf(text: string): readonly string[] {
  return text === 'random' ? BEHAVIOURS : text.split(SEPARATOR);
}

function known(name: string): name is Behaviour {
  return (BEHAVIOURS as readonly string[]).includes(name);
}

/** The same in every round: a node that lied once counts as a traitor for the rest of the run. */
function traitorsOf({
  nodes,
  random,
  options,
}: NemesisContext<{ readonly traitors: string; readonly nodes: string }>): readonly NodeId[] {
  if (options.nodes !== 'any') return nodes.filter((node) => options.nodes.split(SEPARATOR).includes(node));
  const chance = random.fork('traitors');
  const f = mostTraitors(nodes.length);
  const count = options.traitors === 'f' ? f : options.traitors === 'f+1' ? f + 1 : Number(options.traitors);
  const [first, ...others] = nodes;
  if (first === undefined) return [];
  // The first node leads a cluster that nothing has disturbed, and a traitor who never leads has little to betray.
  const order = chance.chance(0.5) ? [first, ...chance.shuffle(others)] : chance.shuffle(nodes);
  return order.slice(0, count);
}

/**
 * Who is told the other story: some of the honest, never all of them while there are two. Half of them most of the time,
 * for that is where two stories fit that together are told to as many as can be.
 */
function otherSide({ random }: NemesisContext<unknown>, honest: readonly NodeId[]): readonly NodeId[] {
  const half = Math.max(1, Math.floor(honest.length / 2));
  const size = random.chance(0.5) ? half : random.int(1, Math.max(1, honest.length - 1));
  return random.shuffle(honest).slice(0, size);
}

/** What each does: all the same, or (of several behaviours) each its own. */
function plotsOf(
  context: NemesisContext<{ readonly behaviour: string }>,
  traitors: readonly NodeId[],
): readonly (readonly [readonly NodeId[], Behaviour])[] {
  const { random, round, options } = context;
  const behaviours = behavioursOf(options.behaviour).filter(known);
  const together = random.chance(0.5);
  if (together || behaviours.length === 1) return [[traitors, inTurn(context, behaviours)]];
  return traitors.map((node, index) => [[node], inTurn({ random, round: round + index }, behaviours)]);
}
