import { type Addressed, nodeName, type Specification } from '../../../spec/specification.js';
import { type State, steps, text } from './twin.js';

/** A state as another text of the same protocol has it, and the action that led to it. */
export interface TraceState<Read extends State = State> {
  readonly action: string;
  readonly state: Read;
}

/** Where a trace first is no behaviour of the specification. */
export type Divergence = {
  /** 0 is the initial state. */
  readonly step: number;
  readonly action: string;
} & (
  | {
      readonly kind: 'other-value';
      /** As `n1.votedFor`, `shared.acked`, or `messages` and one of them: its value is how often it is on its way. */
      readonly variable: string;
      /** As JSON; `undefined` where there is no such variable. */
      readonly inTrace: string | undefined;
      readonly inSpecification: string | undefined;
    }
  /** By this action the specification has no step here at all. */
  | { readonly kind: 'not-possible' }
);

/**
 * Follows a trace through the specification: each of its steps has to be one of the specification's, by an action of the
 * same name and to the same state, whatever was chosen. Where there are steps by that action and none leads to the state
 * of the trace, the one that comes nearest is told.
 */
export function replay(
  specification: Specification<unknown, Addressed, unknown>,
  trace: readonly TraceState[],
): Divergence | undefined {
  let before: State | undefined;
  for (const [step, { action, state }] of trace.entries()) {
    const possible: State[] =
      before === undefined
        ? [{ ...specification.initial, messages: new Map() }]
        : steps(specification, before).flatMap((each) => (each.action === action ? [each.after] : []));
    const [nearest] = possible
      .map((candidate) => differences(state, candidate))
      .sort((left, right) => left.length - right.length);
    if (nearest === undefined) return { kind: 'not-possible', step, action };
    const [difference] = nearest;
    if (difference !== undefined) return { kind: 'other-value', step, action, ...difference };
    before = state;
  }
  return undefined;
}

function differences(trace: State, specification: State) {
  const [left, right] = [variablesOf(trace), variablesOf(specification)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((variable) => ({ variable, inTrace: left.get(variable), inSpecification: right.get(variable) }))
    .filter(({ inTrace, inSpecification }) => inTrace !== inSpecification);
}

/** Values by the names of the variables, those of the nodes first. */
function variablesOf({ nodes, shared, messages }: State): ReadonlyMap<string, string> {
  const of = (owner: string, variables: unknown) =>
    Object.entries(variables ?? {}).map(([name, value]) => [`${owner}.${name}`, text(value)] as const);
  return new Map([
    ...nodes.flatMap((node, index) => of(nodeName(index), node)),
    ...of('shared', shared),
    ...[...messages].map(([message, count]) => [`messages ${message}`, `${count}`] as const),
  ]);
}
