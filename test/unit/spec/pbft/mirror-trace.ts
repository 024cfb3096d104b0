import { z } from 'zod';
import { type Facts, NO_FACTS, withMessage } from '../../../../spec/pbft/facts.js';
import type { PbftMessage } from '../../../../spec/pbft/messages.js';
import { NEW_REPLICA, type Node, type Replica, type SignedViewChange } from '../../../../spec/pbft/replica.js';
import { integer, map, nothing, set, variant } from '../itf.js';
import type { TraceState } from '../replay.js';
import { type State, text } from '../twin.js';

/** -1 is the null request. */
const digest = integer.transform((written) => (written < 0 ? null : written));
const bySequence = (left: { sequence: number }, right: { sequence: number }) => left.sequence - right.sequence;
const ascending = (left: number, right: number) => left - right;

const certificate = z.strictObject({ sequence: integer, view: integer, digest });
const certificates = set(certificate).transform((all) => all.sort(bySequence));
const assignments = set(z.strictObject({ sequence: integer, digest })).transform((all) => all.sort(bySequence));

const viewChange = z
  .strictObject({ view: integer, prepared: certificates, replica: integer })
  .transform((written): SignedViewChange => ({ ...written, stable: 0, history: [] }));
const viewChanges = set(viewChange).transform((all) =>
  all.sort((left, right) => left.view - right.view || left.replica - right.replica),
);

const PHASES = { PrePrepared: 'pre-prepared', Prepared: 'prepared', Committed: 'committed' } as const;
const phase = z
  .strictObject({ tag: z.enum(['PrePrepared', 'Prepared', 'Committed']), value: nothing })
  .transform(({ tag }) => PHASES[tag]);
const votes = set(integer).transform((replicas) => replicas.sort(ascending));

const replica = z
  .strictObject({
    view: integer,
    active: z.boolean(),
    slots: map(integer, z.strictObject({ digest, phase, votes })),
    prepared: certificates,
    committed: certificates,
    executed: z.array(certificate),
    service: z.array(integer),
    viewChanges,
  })
  .transform(
    ({ slots, ...written }): Replica => ({
      ...NEW_REPLICA,
      ...written,
      slots: slots.map(([sequence, slot]) => ({ sequence, ...slot })).sort(bySequence),
    }),
  );

const body = z.discriminatedUnion('tag', [
  variant('PrePrepareBody', certificate),
  variant('PrepareBody', certificate),
  variant('CommitBody', certificate),
  variant('ViewChangeBody', viewChange),
  variant('NewViewBody', z.strictObject({ view: integer, viewChanges, prePrepares: assignments })),
]);
const message = z
  .strictObject({ from: integer, to: integer, body })
  .transform(({ body: { tag, value }, ...envelope }): PbftMessage => {
    const content = tag === 'ViewChangeBody' ? { content: value } : value;
    return { type: tag.replace(/Body$/, ''), ...envelope, ...content } as PbftMessage;
  });

const trace = z.object({
  states: z.array(z.object({ 'mbt::actionTaken': z.string(), nodes: map(integer, replica), messages: set(message) })),
});

/** What the schema reads has the types of the specification's variables. */
export interface PbftState extends State {
  readonly nodes: readonly Node[];
  readonly shared: Facts;
}

/**
 * A trace of `pbft.qnt` in the words of the specification: n1 is the traitor, and what the model overhears is in the
 * messages. Throws where it is none.
 */
export function parsePbftTrace(written: unknown): TraceState<PbftState>[] {
  return trace.parse(written).states.map(({ 'mbt::actionTaken': action, nodes, messages }) => {
    const correct = nodes.sort(([left], [right]) => left - right).map(([, node]) => node);
    return {
      action,
      state: {
        nodes: [null, ...correct],
        shared: messages.reduce((facts, each) => withMessage(facts, each, (view) => view % 4 === 0), NO_FACTS),
        messages: new Map(messages.map((each) => [text(each), 1])),
      },
    };
  });
}
