import type { RaftMessage } from '../../../spec/raft/messages.js';
import type { RaftSpecification } from '../../../spec/raft/raft.js';
import type { Server } from '../../../spec/raft/server.js';
import type { Addressed, Specification } from '../../../spec/specification.js';
import { Random } from '../../../src/kernel/random.js';
import { type State, steps, type TwinStep } from './twin.js';

/** Steps of the specification, the first one from the initial state. */
export type Walk = readonly TwinStep[];

/** Random walks that prefer what was done least so far, so that rare actions come whenever they can. */
export function walks(
  specification: Specification<unknown, Addressed, unknown>,
  { count, length, seed }: { readonly count: number; readonly length: number; readonly seed: number },
): Walk[] {
  const random = new Random(seed);
  const taken = new Map<string, number>();
  return Array.from({ length: count }, () => {
    const walk: TwinStep[] = [];
    let state: State = { ...specification.initial, messages: new Map() };
    while (walk.length < length) {
      const possible = steps(specification, state);
      const least = Math.min(...possible.map(({ action }) => taken.get(action) ?? 0));
      const rare = possible.filter(({ action }) => (taken.get(action) ?? 0) === least);
      if (possible.length === 0) break;
      const step = random.pick(random.chance(0.5) ? rare : possible);
      taken.set(step.action, (taken.get(step.action) ?? 0) + 1);
      walk.push(step);
      state = step.after;
    }
    return walk;
  });
}

/**
 * A module that takes the steps of the walks and no others, one walk after another, each from the initial state: its
 * actions `begin` and `follow` go on where the walks do, and stop where the module cannot do what the walk did. The
 * steps are data, for Quint needs minutes to check an action with hundreds of alternatives.
 *
 * @param line the type of a step, which has a field `rule`
 * @param again a step of the rule `init`
 * @param calls of each rule, with the step as `now`
 * @param scripts of each walk the steps
 */
export function scripted(
  module: string,
  {
    line,
    again,
    calls,
    scripts,
  }: Readonly<Record<'line' | 'again', string>> & {
    readonly calls: Readonly<Record<string, string>>;
    readonly scripts: readonly (readonly string[])[];
  },
): string {
  const lists = scripts.map((script, index) => {
    const lines = index === 0 ? script : [again, ...script];
    return `pure val walk${index}: List[Line] = [${lines.join(',\n')}]`;
  });
  const alternatives = Object.entries({ init: 'init', ...calls }).map(
    ([rule, call]) => `all { now.rule == "${rule}", ${call} }`,
  );
  const added = `
    type Line = ${line}
    ${lists.join('\n')}
    pure val SCRIPT = ${lists.map((_, index) => `walk${index}`).reduce((all, walk) => `${all}.concat(${walk})`)}
    var at: int
    action begin = all { init, at' = 0 }
    action follow = {
      val now = SCRIPT[at]
      all { at' = at + 1, any { ${alternatives.join(',\n')} } }
    }
  }
  `;
  return module.replace(/\}\s*$/, added);
}

/** {@link scripted}, of Raft. */
export function following(module: string, { actions, handlers }: RaftSpecification, walks: readonly Walk[]): string {
  const chosen: Readonly<Record<string, string>> = { ClientRequest: ', now.chosen', AppendEntries: ', now.chosen' };
  return scripted(module, {
    line: '{ rule: str, node: int, chosen: int, message: Message }',
    again: lineExpression({ rule: 'init', node: 0, chosen: 0, message: NO_MESSAGE }),
    calls: Object.fromEntries([
      ...actions.map(({ name }) => [name, `${name}(now.node${chosen[name] ?? ''})`]),
      ...handlers.map(({ name }) => [name, `${name}(now.message)`]),
    ]),
    scripts: walks.map((walk) => walk.map((step) => lineExpression(lineOf(step)))),
  });
}

/** Stands where a step is about no message. */
const NO_MESSAGE: RaftMessage = { type: 'RequestVoteResponse', from: 0, to: 0, term: 0, voteGranted: false };

function lineOf({ action, node, message, sends, after }: TwinStep) {
  const value = (after.nodes[node] as Server).log.at(-1)?.value ?? 0;
  return {
    rule: action,
    node,
    chosen: action === 'AppendEntries' ? (sends[0]?.to ?? 0) : value,
    message: message === undefined ? NO_MESSAGE : (JSON.parse(message) as RaftMessage),
  };
}

function lineExpression({ rule, node, chosen, message }: ReturnType<typeof lineOf>): string {
  return `{ rule: "${rule}", node: ${node}, chosen: ${chosen}, message: ${messageExpression(message)} }`;
}

function messageExpression({ type, from, to, term, ...fields }: RaftMessage): string {
  return `{ from: ${from}, to: ${to}, term: ${term}, body: ${type}(${expression(fields)}) }`;
}

function expression(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(expression).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return `${value}`;
  const fields = Object.entries(value).map(([name, field]) => `${name}: ${expression(field)}`);
  return `{ ${fields.join(', ')} }`;
}
