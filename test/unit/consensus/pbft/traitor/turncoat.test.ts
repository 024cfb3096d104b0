import { describe, expect, it } from 'vitest';
import type { PbftMessage } from '../../../../../src/consensus/pbft/messages.js';
import { BEHAVIOURS } from '../../../../../src/ports/corruption.js';
import { Cast, NODES } from '../cast.js';
import { type PbftEffect, sends, Turned } from './turned.js';

const cast = new Cast();
const prepare = cast.prepare('n1', 1, 'd');
const toAll: PbftEffect[] = NODES.slice(1).flatMap((to): PbftEffect[] => [
  { kind: 'trace', step: { name: 'Send', to, message: prepare } },
  { kind: 'send', to, message: prepare },
]);

describe('the edge of a replica', () => {
  it('is not noticed while it is loyal: the same inputs, the same effects, the same status', () => {
    const loyal = new Turned(cast);
    const effects: PbftEffect[] = [...toAll, { kind: 'persist', mode: 'append', records: [], then: toAll }];
    expect(loyal.says(...effects)).toEqual(effects);
    loyal.hears('n2', prepare);
    expect(loyal.correct.heard.at(-1)).toEqual({ kind: 'receive', from: 'n2', message: prepare });
    expect(loyal.edge.status()).toEqual(loyal.correct.status());
    loyal.correct.next = effects;
    expect(loyal.edge.start([], 0)).toEqual(effects);
  });

  it('is loyal again when it is turned back', () => {
    const turned = new Turned(cast, 'silent');
    turned.edge.turn(undefined, 0);
    expect(turned.says(...toAll)).toEqual(toAll);
    expect(turned.edge.status().behaviour).toBeUndefined();
  });

  it('tells the trace that it turned before anything else, and when it is honest again', () => {
    const turned = new Turned(cast, 'delay');
    turned.says(...toAll);
    expect(turned.edge.turn({ behaviour: 'twin', against: [] }, 0)[0]).toEqual({
      kind: 'trace',
      step: { name: 'Turn', behaviour: 'twin' },
    });
    expect(turned.edge.turn(undefined, 0)[0]).toEqual({ kind: 'trace', step: { name: 'Turn', behaviour: null } });
  });

  it('says in its status how it lies from the moment that it is turned', () => {
    expect(new Turned(cast, 'silent').edge.status()).toMatchObject({ behaviour: 'silent', misdeeds: 0 });
  });

  it('keeps the count of misdeeds when it is turned again, and when it is honest again', () => {
    const turned = new Turned(cast, 'silent');
    turned.says(...toAll);
    expect(turned.misdeeds).toBe(3);
    turned.edge.turn({ behaviour: 'selectively-silent', against: ['n3'] }, 0);
    turned.says(...toAll);
    expect(turned.edge.status()).toMatchObject({ behaviour: 'selectively-silent', misdeeds: 4 });
    turned.edge.turn(undefined, 0);
    expect(turned.misdeeds).toBe(4);
  });

  it('lies as well in what waits for the disk', () => {
    const turned = new Turned(cast, 'wrong-digest');
    const effects = turned.says({ kind: 'persist', mode: 'append', records: [{ a: 1 }], then: toAll, token: 7 });
    expect(effects).toMatchObject([{ kind: 'persist', mode: 'append', records: [{ a: 1 }], token: 7 }]);
    expect(sends(effects).map(({ to }) => to)).toEqual(['n2', 'n3', 'n4']);
    for (const { message } of sends(effects)) expect(message).not.toEqual(prepare);
  });

  it('traces what it really sends, not what the replica inside wanted', () => {
    const turned = new Turned(cast, 'wrong-digest');
    const effects = turned.says(...toAll);
    const traced = effects.flatMap((effect) => (effect.kind === 'trace' ? [effect.step] : []));
    const sent = sends(effects).map(({ to, message }) => ({ name: 'Send', to, message }));
    expect(traced).toEqual(sent);
  });

  it.each(BEHAVIOURS)('%s leaves alone what is no message and no answer', (behaviour) => {
    const turned = new Turned(cast, behaviour);
    const effects: PbftEffect[] = [
      { kind: 'set-timer', timer: 'view-change', afterUs: 5 },
      { kind: 'clear-timer', timer: 'status' },
      { kind: 'trace', step: { name: 'StartViewChange', view: 1 } },
      { kind: 'persist', mode: 'replace', records: [{ b: 2 }], then: [] },
    ];
    expect(turned.says(...effects)).toEqual(effects);
  });

  it.each(BEHAVIOURS)('%s never changes a message that it shares with others', (behaviour) => {
    const turned = new Turned(cast, behaviour);
    const requests = [cast.request('c1'), cast.request('c2')];
    const messages = [
      cast.proposal('n1', 1, requests),
      prepare,
      cast.checkpoint('n1', 100, 'state'),
      cast.viewChange('n1', 1),
    ];
    const before = JSON.stringify(messages);
    for (const message of messages) turned.broadcasts(message);
    for (const message of messages) turned.hears('n3', message);
    expect(JSON.stringify(messages)).toBe(before);
  });

  it.each(BEHAVIOURS)(
    '%s stumbles over nothing that is no message, which the replica inside turns away',
    (behaviour) => {
      const turned = new Turned(cast, behaviour, ['n2']);
      const nothing = [
        null,
        7,
        {},
        { type: 'PrePrepare' },
        { type: 'Commit', view: 'x' },
        { type: 'Batch', requests: 3 },
      ];
      for (const message of nothing) {
        turned.edge.step({ kind: 'receive', from: 'n3', message: message as unknown as PbftMessage }, 0);
      }
      expect(turned.correct.heard).toHaveLength(nothing.length);
      expect(turned.misdeeds).toBe(0);
    },
  );

  it('does not wake the replica inside with its own timers', () => {
    const turned = new Turned(cast, 'delay');
    const [timer] = turned.says(...toAll).flatMap((effect) => (effect.kind === 'set-timer' ? [effect.timer] : []));
    const heard = turned.correct.heard.length;
    expect(sends(turned.edge.step({ kind: 'timer', timer: timer ?? '' }, 0))).toHaveLength(1);
    turned.edge.turn(undefined, 0);
    expect(turned.edge.step({ kind: 'timer', timer: timer ?? '' }, 0)).toEqual([]);
    expect(turned.correct.heard).toHaveLength(heard);
  });
});
