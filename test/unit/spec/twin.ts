import type { Addressed, Specification } from '../../../spec/specification.js';

export interface State {
  readonly nodes: readonly unknown[];
  readonly shared: unknown;
  /** By text of the message how often it is on its way. */
  readonly messages: ReadonlyMap<string, number>;
}

export interface TwinResult {
  readonly distinct: number;
  readonly generated: number;
  readonly depth: number;
  /** By name of the invariants that fail in some state or step. */
  readonly broken: readonly string[];
}

/** What `explore` does, as plainly as it can be said: whole states in a set of texts, and no numbers for anything. */
export function exploreNaively(
  specification: Specification<unknown, Addressed, unknown>,
  symmetry: boolean,
): TwinResult {
  const { alike = () => true } = specification;
  const names = permutations([...specification.initial.nodes.keys()]).filter((to) =>
    to.every((other, one) => one === other || alike(one, other)),
  );
  const textOf = (state: State) =>
    symmetry ? names.map((to) => text(renamed(specification, state, to))).sort()[0] : text(state);
  const initial: State = { ...specification.initial, messages: new Map() };
  const visited = new Set([textOf(initial)]);
  const broken = new Set<string>();
  let generated = 1;
  let depth = 0;
  for (let level = [initial]; level.length > 0; depth++) {
    const next: State[] = [];
    for (const state of level) {
      for (const { name, violation } of specification.invariants) if (violation(state)) broken.add(name);
      for (const { node, after, sends } of steps(specification, state)) {
        generated++;
        for (const { name, violation } of specification.stepInvariants) {
          if (violation(state.nodes[node], after.nodes[node], node, sends)) broken.add(name);
        }
        const key = textOf(after);
        if (visited.has(key)) continue;
        visited.add(key);
        next.push(after);
      }
    }
    level = next;
  }
  return { distinct: visited.size, generated, depth, broken: [...broken].sort() };
}

export interface TwinStep {
  readonly action: string;
  readonly node: number;
  /** The message that it is about, as text; absent where a node acts of its own accord. */
  readonly message?: string;
  readonly sends: readonly Addressed[];
  readonly after: State;
}

/** Every step that is possible in a state. */
export function steps(
  { actions, handlers, sentOnce, overhear = (known) => known }: Specification<unknown, Addressed, unknown>,
  { nodes, shared, messages }: State,
): TwinStep[] {
  const own = [...nodes.entries()].flatMap(([self, node]) =>
    actions.flatMap(({ name, steps }) =>
      steps(node, self, shared).map((step) => ({
        rule: { action: name, node: self },
        taken: undefined,
        shared,
        ...step,
        sends: step.sends ?? [],
      })),
    ),
  );
  const received = [...messages].flatMap(([message, count]) => {
    const content = JSON.parse(message) as Addressed;
    return handlers.flatMap(({ name, consumes, handle }) => {
      const handled = consumes && count === 0 ? undefined : handle(nodes[content.to], content);
      if (handled === undefined) return [];
      const sends = [...(handled.reply ? [handled.reply] : []), ...(handled.sends ?? [])];
      const rule = { action: name, node: content.to, message };
      return [{ rule, taken: consumes ? message : undefined, shared, sends, node: handled.node }];
    });
  });
  return [...own, ...received].flatMap(({ rule, taken, shared: sharedAfter, sends, node }) => {
    if (sends.some((message) => sentOnce(message) && messages.has(text(message)))) return [];
    const after = new Map(messages);
    if (taken !== undefined) after.set(taken, (after.get(taken) ?? 0) - 1);
    for (const message of sends) after.set(text(message), (after.get(text(message)) ?? 0) + 1);
    const known = (sends as readonly Addressed[]).reduce(overhear, sharedAfter);
    return [{ ...rule, sends, after: { nodes: nodes.with(rule.node, node), shared: known, messages: after } }];
  });
}

function renamed({ renamed }: Specification<unknown, Addressed, unknown>, state: State, to: readonly number[]): State {
  const nodes = [...state.nodes];
  state.nodes.forEach((node, index) => {
    nodes[to[index] as number] = renamed.node(node, to);
  });
  const messages = [...state.messages].map(
    ([message, count]) => [text(renamed.message(JSON.parse(message) as Addressed, to)), count] as const,
  );
  return { nodes, shared: renamed.shared(state.shared, to), messages: new Map(messages) };
}

/** The same for equal values: keys and messages in order. */
export function text(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Map) return [...(part as ReadonlyMap<string, number>)].sort();
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort());
  });
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) => permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]));
}
