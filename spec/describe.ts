import type { PathStep } from './counterexample.js';
import { type Addressed, nodeName, type Specification } from './specification.js';

/** A step of a path in words. */
export interface DescribedStep {
  readonly node: string;
  /** `HandleRequestVoteRequest` */
  readonly action: string;
  /** `§5.2, §5.4.1` */
  readonly section: string;
  /** What was chosen, or which message it was about: `from n1: term 2, last entry 0 of term 0`. */
  readonly about: string | undefined;
  /** `votedFor none → n1` */
  readonly changes: readonly string[];
  /** `RequestVoteResponse to n1: term 2, granted` */
  readonly sent: readonly string[];
}

/** The steps of a path that starts with the initial state, in words. */
export function describePath(
  { actions, handlers, words }: Specification<unknown, Addressed, unknown>,
  path: readonly PathStep[],
): DescribedStep[] {
  const rules = new Map([...actions, ...handlers].map((rule) => [rule.name, rule]));
  return path.flatMap((step, index) => {
    const before = path[index - 1];
    const { action, node, choice, message, sent = [], cluster } = step;
    if (before === undefined || action === undefined || node === undefined) return [];
    return {
      node: nodeName(node),
      action,
      section: rules.get(action)?.section ?? '',
      about:
        message === undefined ? choice : received(words.message(message as Addressed), message as Addressed, action),
      changes: [
        ...changes(words.node(before.cluster.nodes[node]), words.node(cluster.nodes[node])),
        ...changes(words.shared(before.cluster.shared), words.shared(cluster.shared)),
      ],
      sent: sent.map((each) => {
        const { kind, content } = words.message(each as Addressed);
        return `${kind} to ${nodeName((each as Addressed).to)}: ${content}`;
      }),
    };
  });
}

/** The action's own name often says which kind of message it was. */
function received({ kind, content }: { kind: string; content: string }, { from }: Addressed, action: string): string {
  return `${action.endsWith(kind) ? '' : `on ${kind} `}from ${nodeName(from)}: ${content}`;
}

function changes(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return Object.entries(after).flatMap(([name, value]) =>
    before[name] === value ? [] : [`${name} ${before[name] ?? 'none'} → ${value}`],
  );
}
