import { expect } from 'vitest';
import { type Facts, NO_FACTS } from '../../../../spec/pbft/facts.js';
import type { PbftMessage } from '../../../../spec/pbft/messages.js';
import { pbft } from '../../../../spec/pbft/pbft.js';
import { NEW_REPLICA, type Replica, type SignedViewChange, type Slot } from '../../../../spec/pbft/replica.js';
import type { StepRuleName } from '../../../../spec/pbft/rules.js';
import type { PbftBounds } from '../../../../spec/pbft/setting.js';
import type { PreparedCertificate } from '../../../../spec/pbft/view-change.js';

export const BOUNDS = { replicas: 4, traitors: [], views: 5, requests: 3, sequences: 9, interval: 2, window: 4 };
export const certificate = (sequence: number, view: number, digest: number | null): PreparedCertificate<number> => ({
  ...{ sequence, view, digest },
});
export const slot = (
  sequence: number,
  digest: number | null,
  phase: Slot['phase'] = 'pre-prepared',
  ...votes: number[]
): Slot => ({
  ...{ sequence, digest, phase, votes },
});
export const viewChange = (
  view: number,
  replica: number,
  ...prepared: PreparedCertificate<number>[]
): SignedViewChange => ({
  ...{ view, stable: 0, history: [], prepared, replica },
});

export type Unaddressed<Message> = Message extends PbftMessage ? Omit<Message, 'to' | 'from'> : never;

/** What n2 makes of a message of another, by whatever rule takes it; `undefined` where none does. */
export function handled(
  node: Partial<Replica>,
  message: Unaddressed<PbftMessage>,
  { from = 0, ...bounds }: Partial<PbftBounds> & { from?: number } = {},
) {
  const { handlers } = pbft({ ...BOUNDS, ...bounds });
  const taken = handlers.flatMap(
    ({ handle }) => handle({ ...NEW_REPLICA, ...node }, { ...message, from, to: 1 } as PbftMessage) ?? [],
  );
  expect(taken.length).toBeLessThan(2);
  const [one] = taken;
  return one && { node: one.node as Replica, told: told(one.sends ?? []) };
}

/** What n2, or another, does by a rule of its own accord. */
export function acted(
  rule: StepRuleName | 'TraitorPrePrepare' | 'TraitorVotes' | 'TraitorNewView',
  node: Partial<Replica>,
  { self = 1, facts = {}, ...bounds }: Partial<PbftBounds> & { self?: number; facts?: Partial<Facts> } = {},
) {
  const action = pbft({ ...BOUNDS, ...bounds }).actions.find(({ name }) => name === rule);
  const steps = action?.steps({ ...NEW_REPLICA, ...node }, self, { ...NO_FACTS, ...facts }) ?? [];
  return steps.map(({ node, sends = [], choice }) => ({ node: node as Replica, told: told(sends), choice }));
}

/** What was sent to the first of those to whom it was, without the addresses. */
function told(sends: readonly PbftMessage[]) {
  const first = sends[0]?.to;
  return sends.filter(({ to }) => to === first).map(({ from: _, to: __, ...content }) => content);
}
