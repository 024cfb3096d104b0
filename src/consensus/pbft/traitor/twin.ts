import type { Micros } from '../../../kernel/units.js';
import type { Effect } from '../../protocol.js';
import type { PbftMessage } from '../messages.js';
import type { Deceit, Effects } from './deceit.js';
import type { Means } from './means.js';

const PREFIX = 'twin-';

/**
 * The same replica twice, with one name and one pair of keys (Bano et al., "Twins: BFT systems made robust"): each
 * correct by itself, but they know nothing of each other. Some of the peers talk with the one, some with the other;
 * clients with both. The twin lives in memory alone.
 */
export function twin(means: Means): Deceit {
  const second = means.context.createTwin();
  const timers = new Set<string>();

  /** Carries out what the twin wants, at once also what would wait for a disk. */
  function carryOut(effects: Effects, nowUs: Micros): Effect<PbftMessage>[] {
    return effects.flatMap((effect) => done(effect, nowUs));
  }

  function done(effect: Effect<PbftMessage>, nowUs: Micros): Effect<PbftMessage>[] {
    switch (effect.kind) {
      case 'send':
        return means.isAgainst(effect.to) ? [means.lie(effect.to, effect.message)] : [];
      case 'persist': {
        const { token } = effect;
        const then = carryOut(effect.then, nowUs);
        if (token === undefined) return then;
        return [...then, ...carryOut(second.step({ kind: 'persisted', token }, nowUs), nowUs)];
      }
      case 'set-timer':
        timers.add(effect.timer);
        return [means.timer(PREFIX + effect.timer, effect.afterUs)];
      case 'clear-timer':
        timers.delete(effect.timer);
        return [means.clearTimer(PREFIX + effect.timer)];
      case 'reply':
        return [effect];
      case 'trace':
        return [];
    }
  }

  return {
    begin: (nowUs) => carryOut(second.start([], nowUs), nowUs),
    end: () => [...timers].map((timer) => means.clearTimer(PREFIX + timer)),
    send: (to, message) => (means.isAgainst(to) ? [] : [{ kind: 'send', to, message }]),
    hear: (input) => (input.kind === 'receive' && means.isAgainst(input.from) ? null : input),
    act(input, nowUs) {
      const isItsOwn = input.kind === 'request' || (input.kind === 'receive' && means.isAgainst(input.from));
      return isItsOwn ? carryOut(second.step(input, nowUs), nowUs) : [];
    },
    timer(name, nowUs) {
      const timer = name.slice(PREFIX.length);
      timers.delete(timer);
      return carryOut(second.step({ kind: 'timer', timer }, nowUs), nowUs);
    },
  };
}
