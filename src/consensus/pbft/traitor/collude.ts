import { hash32 } from '../../../kernel/hash.js';
import type { ClientRequest } from '../../protocol.js';
import type { Deceit, Effects } from './deceit.js';
import { falseOutcome } from './false-outcomes.js';
import type { Means } from './means.js';
import { Stories } from './stories.js';

/**
 * Acts with the other colluders, all given the same `against`: tells two stories and supports those of others, and
 * tells clients at once, before anything was executed, what all colluders tell them: f+1 of them are believed.
 */
export function collude(means: Means): Deceit {
  const stories = new Stories(means);
  const answered = new Set<number>();

  function answer(id: number, asked: ClientRequest): Effects {
    if (!isLiedTo(asked)) return [];
    answered.add(id);
    means.misdeeds++;
    return [{ kind: 'reply', id, response: means.vouch(asked, falseOutcome(asked.operation), means.view()) }];
  }

  return {
    send: (to, message) => stories.send(to, message),
    act: (input) => [...(input.kind === 'request' ? answer(input.id, input.request) : []), ...stories.act(input)],
    reply: (id, response) => (answered.delete(id) ? [] : [{ kind: 'reply', id, response }]),
  };
}

/** About a third of all requests, chosen so that every colluder chooses the same. */
export function isLiedTo({ session }: ClientRequest): boolean {
  return session !== undefined && hash32(`${session.client}\n${session.serial}`) % 3 === 0;
}
