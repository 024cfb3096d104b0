import type { Micros } from '../../../kernel/units.js';
import type { Behaviour, Corruption } from '../../../ports/corruption.js';
import type { ClientRequest, DurableRecord, Effect, Input, Protocol, ProtocolStatus } from '../../protocol.js';
import type { PbftMessage } from '../messages.js';
import { wellFormed } from '../well-formed.js';
import { deceitOf } from './behaviours.js';
import type { Deceit, Effects } from './deceit.js';
import { Means, ownTimer, type TraitorContext } from './means.js';

/** Open requests that a traitor remembers: the oldest are forgotten, and answered honestly if at all. */
const MAX_ASKED = 1000;

interface Treason {
  readonly behaviour: Behaviour;
  readonly means: Means;
  readonly deceit: Deceit;
}

/**
 * A correct replica whose edge can be turned: as long as it is loyal, everything passes unchanged; once turned, what
 * leaves (and what the correct replica hears) is what the behaviour makes of it. The replica inside stays correct, so
 * that it lies with full knowledge, and it has its own keys alone: it can sign for nobody else.
 */
export class Turncoat implements Protocol<PbftMessage> {
  private treason: Treason | undefined;
  /** Of earlier treasons of this process; undefined while it never was a traitor. */
  private formerMisdeeds: number | undefined;
  private readonly asked = new Map<number, ClientRequest>();
  private turns = 0;

  constructor(
    private readonly correct: Protocol<PbftMessage>,
    private readonly context: TraitorContext,
  ) {}

  start(recovered: readonly DurableRecord[], nowUs: Micros): Effect<PbftMessage>[] {
    return this.correct.start(recovered, nowUs);
  }

  step(input: Input<PbftMessage>, nowUs: Micros): Effect<PbftMessage>[] {
    if (input.kind === 'timer') {
      const name = ownTimer(input.timer);
      if (name !== undefined) return traced(this.treason?.deceit.timer?.(name, nowUs) ?? []);
    }
    if (this.treason === undefined) return this.correct.step(input, nowUs);
    return this.lie(this.treason, input, nowUs);
  }

  status(): ProtocolStatus {
    const status = this.correct.status();
    if (this.formerMisdeeds === undefined) return status;
    const misdeeds = this.formerMisdeeds + (this.treason?.means.misdeeds ?? 0);
    return { ...status, ...(this.treason && { behaviour: this.treason.behaviour }), misdeeds };
  }

  turn(corruption: Corruption | undefined, nowUs: Micros): Effect<PbftMessage>[] {
    const left = this.treason?.deceit.end?.(nowUs) ?? [];
    this.formerMisdeeds = (this.formerMisdeeds ?? 0) + (this.treason?.means.misdeeds ?? 0);
    this.treason = corruption && this.treasonOf(corruption);
    this.asked.clear();
    const begun = this.treason?.deceit.begin?.(nowUs) ?? [];
    const behaviour = corruption?.behaviour ?? null;
    return [{ kind: 'trace', step: { name: 'Turn', behaviour } }, ...traced(left), ...traced(begun)];
  }

  private treasonOf({ behaviour, against }: Corruption): Treason {
    const random = this.context.random.fork(behaviour).fork(String(this.turns++));
    const means = new Means(this.context, against, random, () => this.correct.status().term ?? 0);
    return { behaviour, means, deceit: deceitOf(behaviour, means) };
  }

  private lie({ deceit, means }: Treason, input: Input<PbftMessage>, nowUs: Micros): Effect<PbftMessage>[] {
    // A traitor has to live with other traitors: what is no message at all is for the correct replica to turn away.
    if (input.kind === 'receive' && wellFormed(input.message, means.limits) === undefined) {
      return this.twist(deceit, this.correct.step(input, nowUs));
    }
    if (input.kind === 'request') this.remember(input.id, input.request);
    const heard = deceit.hear ? deceit.hear(input) : input;
    const said = heard === null ? [] : this.twist(deceit, this.correct.step(heard, nowUs));
    const own = deceit.act?.(input, nowUs);
    return own === undefined || own.length === 0 ? said : [...said, ...traced(own)];
  }

  /** What really happens where the correct replica wants `effects`: now, and when its records are durable. */
  private twist(deceit: Deceit, effects: Effects): Effect<PbftMessage>[] {
    const twisted: Effect<PbftMessage>[] = [];
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          twisted.push(...traced(deceit.send ? deceit.send(effect.to, effect.message) : [effect]));
          break;
        case 'reply': {
          const asked = this.asked.get(effect.id);
          this.asked.delete(effect.id);
          twisted.push(...(deceit.reply ? deceit.reply(effect.id, effect.response, asked) : [effect]));
          break;
        }
        case 'persist':
          twisted.push({ ...effect, then: this.twist(deceit, effect.then) });
          break;
        case 'trace':
          // Its messages are traced as they leave.
          if (effect.step.name !== 'Send') twisted.push(effect);
          break;
        default:
          twisted.push(effect);
      }
    }
    return twisted;
  }

  private remember(id: number, request: ClientRequest): void {
    this.asked.set(id, request);
    if (this.asked.size <= MAX_ASKED) return;
    for (const oldest of this.asked.keys()) {
      this.asked.delete(oldest);
      return;
    }
  }
}

/** With a step of the trace before every message that leaves. */
function traced(effects: Effects): Effect<PbftMessage>[] {
  return effects.flatMap((effect): Effect<PbftMessage>[] => {
    if (effect.kind !== 'send') return [effect];
    const { to, message } = effect;
    return [{ kind: 'trace', step: { name: 'Send', to, message } }, effect];
  });
}
