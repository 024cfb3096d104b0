import { expect } from 'vitest';
import type { Counterexample } from '../../../spec/counterexample.js';
import type { Addressed, Specification } from '../../../spec/specification.js';
import { type State, steps, text } from './twin.js';

/** Every step is one that the specification allows, and leads to the state that is told; the last breaks the rule. */
export function expectReplay(
  specification: Specification<unknown, Addressed, unknown>,
  { rule, path }: Counterexample,
): void {
  let state: State = { ...specification.initial, messages: new Map() };
  let before = state;
  for (const { action, node, cluster, messages } of path.slice(1)) {
    const told = text({ cluster, messages: messages.map(text).sort() });
    const found = steps(specification, state).find(
      (step) =>
        step.action === action &&
        step.node === node &&
        text({
          cluster: { nodes: step.after.nodes, shared: step.after.shared },
          messages: onTheirWay(step.after.messages),
        }) === told,
    );
    expect(found, `${action} of node ${node}`).toBeDefined();
    before = state;
    state = found?.after as State;
  }
  const { invariants, stepInvariants } = specification;
  const { node: last = 0, sent = [] } = path.at(-1) ?? {};
  const broken = [
    ...invariants.filter(({ violation }) => violation(state) !== undefined),
    ...stepInvariants.filter(({ violation }) =>
      violation(at(before.nodes, last), at(state.nodes, last), last, sent as Addressed[]),
    ),
  ];
  expect(broken.map(({ name }) => name)).toContain(rule);
}

function onTheirWay(messages: ReadonlyMap<string, number>): string[] {
  return [...messages].flatMap(([message, count]) => Array<string>(count).fill(message)).sort();
}

function at<Item>(list: readonly Item[], index: number): Item {
  return list[index] as Item;
}
