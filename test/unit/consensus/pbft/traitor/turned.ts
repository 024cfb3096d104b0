import type { PbftMessage, Request } from '../../../../../src/consensus/pbft/messages.js';
import { DEFAULT_PBFT_OPTIONS, type PbftOptions } from '../../../../../src/consensus/pbft/options.js';
import { Turncoat } from '../../../../../src/consensus/pbft/traitor/turncoat.js';
import type { ClientRequest, Effect, Input, Protocol } from '../../../../../src/consensus/protocol.js';
import type { NodeId } from '../../../../../src/kernel/ids.js';
import { Random } from '../../../../../src/kernel/random.js';
import type { Behaviour } from '../../../../../src/ports/corruption.js';
import { type Cast, NODES } from '../cast.js';
import { TestKeyring } from '../keys.js';

export type PbftEffect = Effect<PbftMessage>;

/** A correct replica of few words: it says what it is told to, and remembers what it heard. */
export class Scripted implements Protocol<PbftMessage> {
  readonly heard: Input<PbftMessage>[] = [];
  next: readonly PbftEffect[] = [];
  view = 0;

  start(): PbftEffect[] {
    return this.take();
  }

  step(input: Input<PbftMessage>): PbftEffect[] {
    this.heard.push(input);
    return this.take();
  }

  status() {
    return { up: true, term: this.view, metrics: {} };
  }

  private take(): PbftEffect[] {
    const said = [...this.next];
    this.next = [];
    return said;
  }
}

/** A replica `n1`, turned where a behaviour is given, around a scripted one. */
export class Turned {
  readonly correct = new Scripted();
  readonly twin = new Scripted();
  readonly edge: Turncoat;

  constructor(
    readonly cast: Cast,
    behaviour?: Behaviour,
    against: readonly NodeId[] = ['n2'],
    seed = 1,
    options: Partial<PbftOptions> = {},
  ) {
    this.edge = new Turncoat(this.correct, {
      id: 'n1',
      nodes: NODES,
      keys: new TestKeyring('n1'),
      options: { ...DEFAULT_PBFT_OPTIONS, authentication: cast.mode, ...options },
      random: new Random(seed),
      createTwin: () => this.twin,
    });
    if (behaviour) this.edge.turn({ behaviour, against }, 0);
  }

  get misdeeds(): number {
    return this.edge.status().misdeeds ?? 0;
  }

  /** What becomes of what the correct replica wants. */
  says(...effects: PbftEffect[]): PbftEffect[] {
    this.correct.next = effects;
    return this.edge.step({ kind: 'timer', timer: 'of the correct replica' }, 0);
  }

  /** What becomes of a message that it sends to all others. */
  broadcasts(message: PbftMessage): PbftEffect[] {
    return this.says(...NODES.slice(1).map((to): PbftEffect => ({ kind: 'send', to, message })));
  }

  hears(from: NodeId, message: PbftMessage): PbftEffect[] {
    return this.edge.step({ kind: 'receive', from, message }, 0);
  }

  asked(id: number, request: Request): PbftEffect[] {
    return this.edge.step({ kind: 'request', id, request: clientRequest(request) }, 0);
  }
}

export function clientRequest({ client, timestamp, operation, readOnly, auth }: Request): ClientRequest {
  return {
    operation,
    session: { client, serial: timestamp },
    extra: { kind: 'request', readOnly, auth },
  };
}

/** The messages to `node` among them, at once or when durable. */
export function sentTo(node: NodeId, effects: readonly PbftEffect[]): PbftMessage[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'persist') return sentTo(node, effect.then);
    return effect.kind === 'send' && effect.to === node ? [effect.message] : [];
  });
}

export function sends(effects: readonly PbftEffect[]): Extract<PbftEffect, { kind: 'send' }>[] {
  return effects.flatMap((effect) => {
    if (effect.kind === 'persist') return sends(effect.then);
    return effect.kind === 'send' ? [effect] : [];
  });
}
