import { usFromMs } from '../../../kernel/units.js';
import type { Deceit, Effects } from './deceit.js';
import type { Means } from './means.js';

/** Of the view-change timeout: as slow as a primary can be without being replaced. */
const SHARE = 0.8;

/**
 * Says everything, but late: just before the others' patience ends. Each message waits by a timer of its own, which
 * begins when the message would have left, so that what waits for the disk waits after it.
 */
export function delay(means: Means): Deceit {
  const afterUs = Math.round(usFromMs(means.options.viewChangeTimeoutMs) * SHARE);
  const held = new Map<string, Effects>();
  /** Names of timers that fired: hosts keep timers by name, so names are used again. */
  const free: string[] = [];

  function hold(effects: Effects): Effects {
    const name = free.pop() ?? `delay-${held.size + free.length}`;
    held.set(name, effects);
    means.misdeeds++;
    return [means.timer(name, afterUs)];
  }

  return {
    send: (to, message) => hold([{ kind: 'send', to, message }]),
    reply: (id, response) => hold([{ kind: 'reply', id, response }]),
    timer(name) {
      const effects = held.get(name) ?? [];
      if (held.delete(name)) free.push(name);
      return effects;
    },
    end() {
      const timers = [...held.keys()].map((name) => means.clearTimer(name));
      const effects = [...held.values()].flat();
      held.clear();
      return [...timers, ...effects];
    },
  };
}
