import type { PbftMessage } from '../../../../spec/pbft/messages.js';
import type { PbftSpecification } from '../../../../spec/pbft/pbft.js';
import type { Replica, SignedViewChange } from '../../../../spec/pbft/replica.js';
import type { Assignment, PreparedCertificate } from '../../../../spec/pbft/view-change.js';
import type { State, TwinStep } from '../twin.js';
import { scripted, type Walk } from '../walks.js';

/** What a step of the mirror is told, by name of its parameter; a handler is told a message. */
const CHOSEN: Readonly<Record<string, readonly string[]>> = {
  PrePrepare: ['digest'],
  TraitorPrePrepare: ['sequence', 'digest'],
  TraitorVotes: ['sequence'],
  NewView: ['told'],
};

interface Line {
  readonly rule: string;
  readonly node: number;
  readonly sequence: number;
  readonly digest: number;
  readonly told: readonly PreparedCertificate<number>[];
  readonly message: PbftMessage;
}

const AGAIN: Line = {
  ...{ rule: 'init', node: 0, sequence: 0, digest: 0, told: [] },
  message: { type: 'Commit', from: 0, to: 0, view: 0, sequence: 0, digest: 0 },
};

/**
 * {@link scripted}, of PBFT.
 *
 * @param rules those that the mirror has
 */
export function following(
  module: string,
  { handlers, initial }: PbftSpecification,
  rules: readonly string[],
  walks: readonly Walk[],
): string {
  const arguments_ = (name: string) => ['node', ...(CHOSEN[name] ?? [])].map((each) => `now.${each}`).join(', ');
  const handled = new Set(handlers.map(({ name }) => name));
  return scripted(module, {
    line: '{ rule: str, node: int, sequence: int, digest: int, told: Set[Certificate], message: Message }',
    again: expressionOf(AGAIN),
    calls: Object.fromEntries(
      rules.map((name) => [name, `${name}(${handled.has(name) ? 'now.message' : arguments_(name)})`]),
    ),
    scripts: walks.map((walk) =>
      walk.map((step, index) =>
        expressionOf(lineOf(step, walk[index - 1]?.after ?? { ...initial, messages: new Map() })),
      ),
    ),
  });
}

/** What was chosen shows in what was sent, or in what has changed. */
function lineOf({ action: rule, node, message, sends, after }: TwinStep, before: State): Line {
  const line = { ...AGAIN, rule, node };
  if (message !== undefined) return { ...line, message: JSON.parse(message) as PbftMessage };
  const [first] = sends as PbftMessage[];
  if (rule === 'TraitorVotes') return { ...line, sequence: advanced(before.nodes[node], after.nodes[node]) };
  if (first?.type === 'NewView')
    return { ...line, told: first.viewChanges.find(({ replica }) => replica === 0)?.prepared ?? [] };
  if (first?.type === 'PrePrepare' || first?.type === 'Prepare') {
    return { ...line, sequence: first.sequence, digest: first.digest ?? -1 };
  }
  return line;
}

function advanced(before: unknown, after: unknown): number {
  const [left, right] = [(before as Replica).slots, (after as Replica).slots];
  return right.find((slot, index) => slot.phase !== left[index]?.phase)?.sequence ?? 0;
}

function expressionOf({ rule, node, sequence, digest, told, message }: Line): string {
  const content = `told: ${setOf(told, certificate)}, message: ${messageExpression(message)}`;
  return `{ rule: "${rule}", node: ${node}, sequence: ${sequence}, digest: ${digest}, ${content} }`;
}

function messageExpression(message: PbftMessage): string {
  return `{ from: ${message.from}, to: ${message.to}, body: ${message.type}Body(${contentExpression(message)}) }`;
}

function contentExpression(message: PbftMessage): string {
  switch (message.type) {
    case 'PrePrepare':
    case 'Prepare':
    case 'Commit':
      return certificate(message);
    case 'ViewChange':
      return viewChange(message.content);
    case 'NewView': {
      const { view, viewChanges, prePrepares } = message;
      return `{ view: ${view}, viewChanges: ${setOf(viewChanges, viewChange)}, prePrepares: ${setOf(prePrepares, assignment)} }`;
    }
    case 'Checkpoint':
    case 'Decided':
      throw new Error(`the mirror has no ${message.type}`);
  }
}

function viewChange({ view, prepared, replica }: SignedViewChange): string {
  return `{ view: ${view}, prepared: ${setOf(prepared, certificate)}, replica: ${replica} }`;
}

function certificate({ sequence, view, digest }: PreparedCertificate<number>): string {
  return `{ sequence: ${sequence}, view: ${view}, digest: ${digest ?? -1} }`;
}

function assignment({ sequence, digest }: Assignment<number>): string {
  return `{ sequence: ${sequence}, digest: ${digest ?? -1} }`;
}

function setOf<Item>(items: readonly Item[], expression: (item: Item) => string): string {
  return `Set(${items.map(expression).join(', ')})`;
}
