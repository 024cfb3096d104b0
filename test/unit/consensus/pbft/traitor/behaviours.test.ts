import { describe, expect, it } from 'vitest';
import { replyText } from '../../../../../src/consensus/pbft/authentication.js';
import { batchDigest } from '../../../../../src/consensus/pbft/digests.js';
import type { NewView, PbftMessage, StateChunk, Voucher } from '../../../../../src/consensus/pbft/messages.js';
import { isCensored } from '../../../../../src/consensus/pbft/traitor/censor-client.js';
import { isLiedTo } from '../../../../../src/consensus/pbft/traitor/collude.js';
import { falseOutcome } from '../../../../../src/consensus/pbft/traitor/false-outcomes.js';
import { tamperedOperation } from '../../../../../src/consensus/pbft/traitor/tamper-request.js';
import { wellFormed } from '../../../../../src/consensus/pbft/well-formed.js';
import type { Operation, Outcome } from '../../../../../src/history/events.js';
import { Cast, NODES } from '../cast.js';
import { TestKeyring } from '../keys.js';
import { clientRequest, type PbftEffect, sends, sentTo, Turned } from './turned.js';

const cast = new Cast();
const keys = new TestKeyring('n1');
const [a, b] = [cast.request('c1'), cast.request('c2', 1, { f: 'read', key: 'x' })];
const proposal = cast.proposal('n1', 1, [a, b]);
const commit = cast.commit('n1', 1, proposal.digest);
const decided = cast.decided('n1', 1, proposal.digest);
const others = NODES.slice(1);

/** What the correct replica inside answers to request 1. */
function answer(request: typeof a, outcome: Outcome): PbftEffect {
  const mac = keys.mac(request.client, replyText(request, 3, JSON.stringify(outcome)));
  return { kind: 'reply', id: 1, response: { type: 'vouched', outcome, voucher: { replica: 'n1', view: 3, mac } } };
}

function answered(effects: readonly PbftEffect[]) {
  return effects.flatMap((effect) => {
    if (effect.kind !== 'reply' || effect.response.type !== 'vouched') return [];
    return [{ outcome: effect.response.outcome, voucher: effect.response.voucher as Voucher }];
  });
}

/** Whether the client takes it for a word of the replica that it names. */
function convinces(request: typeof a, { outcome, voucher }: { outcome: Outcome; voucher: Voucher }): boolean {
  const text = replyText(request, voucher.view, JSON.stringify(outcome));
  return new TestKeyring(request.client).verifyMac(voucher.replica, text, voucher.mac);
}

describe('silent', () => {
  it('says nothing to anybody, and goes on listening', () => {
    const turned = new Turned(cast, 'silent');
    expect(turned.broadcasts(commit)).toEqual([]);
    expect(turned.says(answer(a, { type: 'ok' }))).toEqual([]);
    turned.hears('n2', commit);
    expect(turned.correct.heard.at(-1)).toMatchObject({ kind: 'receive', from: 'n2' });
    expect(turned.misdeeds).toBe(4);
  });
});

describe('selectively-silent', () => {
  it('says nothing to those that it is against, and everything to the others', () => {
    const turned = new Turned(cast, 'selectively-silent', ['n2', 'n4']);
    expect(sends(turned.broadcasts(commit))).toEqual([{ kind: 'send', to: 'n3', message: commit }]);
    expect(turned.misdeeds).toBe(2);
  });
});

describe('wrong-digest', () => {
  it.each([commit, decided])('says $type for a digest that nobody proposed, the same for all, and signs it', (vote) => {
    const turned = new Turned(cast, 'wrong-digest');
    const effects = turned.broadcasts(vote);
    const lies = sends(effects);
    expect(lies).toHaveLength(3);
    for (const { to, message } of lies) {
      expect(message).toMatchObject({ type: vote.type, sequence: 1, replica: 'n1' });
      expect(message).not.toMatchObject({ digest: vote.digest });
      expect(message).toEqual(lies[0]?.message);
      expect(cast.isAuthenticTo(to, message)).toBe(true);
    }
  });

  it('proposes a batch under a digest that is not its own, to all or to the other side alone', () => {
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const effects = new Turned(cast, 'wrong-digest', ['n2'], seed).broadcasts(proposal);
      const [[toOther], [toRest]] = [sentTo('n2', effects), sentTo('n3', effects)];
      if (toOther?.type !== 'PrePrepare') throw new Error('no proposal');
      expect(toOther.digest).not.toBe(batchDigest(keys, toOther.requests));
      expect(cast.isAuthenticTo('n2', toOther)).toBe(true);
      const isForAll = toOther.digest !== proposal.digest;
      expect(toRest).toEqual(isForAll ? toOther : proposal);
      expect(toOther.requests).toEqual(isForAll ? [a, b] : [b]);
      kinds.add(isForAll ? 'digest' : 'batch');
    }
    expect(kinds.size).toBe(2);
  });

  it('takes the batch before where there is nothing to leave out', () => {
    const turned = new Turned(cast, 'wrong-digest', ['n2'], 3);
    const told = Array.from({ length: 20 }, (_, index) => {
      const single = cast.proposal('n1', index + 1, [cast.request('c1', index + 1)]);
      return { single, lie: sentTo('n2', turned.broadcasts(single))[0] };
    });
    const others = told.flatMap(({ single, lie }) =>
      lie?.type === 'PrePrepare' && lie.digest === single.digest ? [lie] : [],
    );
    expect(others.length).toBeGreaterThan(3);
    for (const { sequence, requests } of others) expect(requests).toEqual(told[sequence - 2]?.single.requests);
  });
});

describe.each(['wrong-digest', 'tamper-request'] as const)('%s, asked by a client', (behaviour) => {
  it('vouches for a wrong outcome with a MAC of its own', () => {
    const turned = new Turned(cast, behaviour);
    turned.asked(1, a);
    const [lie] = answered(turned.says(answer(a, { type: 'ok' })));
    expect(lie).toMatchObject({ outcome: falseOutcome(a.operation), voucher: { replica: 'n1', view: 3 } });
    expect(lie && convinces(a, lie)).toBe(true);
  });

  it('leaves alone what it cannot vouch for: a request that it did not hear, an answer of no voucher', () => {
    const turned = new Turned(cast, behaviour);
    const effect = answer(a, { type: 'ok' });
    expect(turned.says(effect)).toEqual([effect]);
    const refused: PbftEffect = { kind: 'reply', id: 2, response: { type: 'fail', error: 'no' } };
    turned.asked(2, a);
    expect(turned.says(refused)).toEqual([refused]);
    expect(turned.misdeeds).toBe(0);
  });
});

describe('conflicting-votes', () => {
  it.each([commit, decided])('says $type of two digests, to those that it is against the false one first', (own) => {
    const effects = new Turned(cast, 'conflicting-votes', ['n2']).broadcasts(own);
    for (const to of others) {
      const votes = sentTo(to, effects);
      expect(votes).toHaveLength(2);
      expect(votes.indexOf(own)).toBe(to === 'n2' ? 1 : 0);
      for (const vote of votes) {
        expect(vote).toMatchObject({ type: own.type, sequence: 1 });
        expect(cast.isAuthenticTo(to, vote)).toBe(true);
      }
      expect(new Set(votes.map((vote) => 'digest' in vote && vote.digest)).size).toBe(2);
    }
  });
});

describe('forged-sender', () => {
  it('says the same as before, and more in the names of others, of which nobody believes a word', () => {
    const turned = new Turned(cast, 'forged-sender');
    for (const node of others) turned.hears(node, cast.prepare(node, 1, proposal.digest));
    const seen = new Set<string>();
    for (let sequence = 1; sequence <= 40; sequence++) {
      const vote = cast.commit('n1', sequence, proposal.digest);
      const effects = turned.broadcasts(vote);
      for (const to of others) {
        const [own, ...forged] = sentTo(to, effects);
        expect(own).toBe(vote);
        expect(forged.length).toBeGreaterThan(0);
        for (const message of forged) {
          if ('replica' in message) seen.add(`${message.type} of ${message.replica}`);
          expect(cast.isAuthenticTo(to, message)).toBe(false);
        }
      }
    }
    expect(seen).toContain('Commit of n2');
    expect(seen).toContain('Prepare of n3');
    expect(seen).toContain('ViewChange of n4');
  });

  it('says in the names of others that they executed something', () => {
    const [own, ...forged] = sentTo('n2', new Turned(cast, 'forged-sender').broadcasts(decided));
    expect(own).toBe(decided);
    expect(forged).toContainEqual(
      expect.objectContaining({ type: 'Decided', replica: expect.stringMatching(/n[2-4]/) }),
    );
    for (const message of forged) expect(cast.isAuthenticTo('n2', message)).toBe(false);
  });

  it('sends what is no message: the type of one kind, the fields of another', () => {
    const turned = new Turned(cast, 'forged-sender');
    const limits = { nodes: new Set<string>(NODES), logWindow: 200, batchRequests: 64 };
    const sent = Array.from({ length: 40 }, (_, index) =>
      sentTo('n2', turned.broadcasts(cast.commit('n1', index + 1, 'd'))),
    ).flat();
    const malformed = sent.filter((message) => wellFormed(message, limits) === undefined);
    expect(malformed.length).toBeGreaterThan(0);
    expect(malformed.length).toBeLessThan(20);
    for (const message of malformed) expect(message).toMatchObject({ type: 'NewView', digest: 'd' });
  });

  it('gives clients the word of another replica, which the MAC does not bear out', () => {
    const turned = new Turned(cast, 'forged-sender');
    turned.asked(1, a);
    const [forged] = answered(turned.says(answer(a, { type: 'ok' })));
    expect(others).toContain(forged?.voucher.replica);
    expect(forged && convinces(a, forged)).toBe(false);
  });
});

describe('replay-old-view', () => {
  it('says again what was said in views that are over, word by word', () => {
    const turned = new Turned(cast, 'replay-old-view');
    const old = [cast.prepare('n2', 1, 'd'), cast.viewChange('n3', 1), cast.proposal('n4', 2, [a])];
    for (const message of old) turned.hears('n2', message);
    turned.correct.view = 2;
    const replayed = Array.from({ length: 60 }, () => sentTo('n2', turned.broadcasts(cast.prepare('n1', 9, 'e', 2))));
    const messages = replayed.flat().filter((message) => !('view' in message) || message.view < 2);
    expect(new Set(messages)).toEqual(new Set(old));
    expect(turned.misdeeds).toBeGreaterThan(messages.length);
  });

  it('orders again what was executed, under the right digest and with votes for it, the same for all', () => {
    const turned = new Turned(cast, 'replay-old-view');
    const old = cast.request('c3');
    turned.broadcasts(cast.proposal('n1', 1, [old]));
    const replays = Array.from({ length: 30 }, (_, index) => {
      const own = cast.proposal('n1', index + 2, [cast.request('c1', index + 2)]);
      const effects = turned.broadcasts(own);
      const told = others.map((node) => sentTo(node, effects)[0]);
      for (const each of told) expect(each).toEqual(told[0]);
      const [lie] = told;
      if (lie?.type !== 'PrePrepare') throw new Error('no proposal');
      expect(lie.digest).toBe(batchDigest(keys, lie.requests));
      expect(cast.isAuthenticTo('n2', lie)).toBe(true);
      const [vote] = sentTo('n2', turned.broadcasts(cast.commit('n1', own.sequence, own.digest)));
      expect(vote).toMatchObject({ type: 'Commit', sequence: own.sequence, digest: lie.digest });
      return lie.requests.slice(1);
    }).filter((requests) => requests.length > 0);
    expect(replays.length).toBeGreaterThan(2);
    for (const requests of replays) expect(requests).toEqual([old]);
  });

  it('has nothing to say again in the first view', () => {
    const turned = new Turned(cast, 'replay-old-view');
    for (let round = 0; round < 40; round++) turned.broadcasts(commit);
    expect(turned.misdeeds).toBe(0);
  });
});

describe('tamper-request', () => {
  it('proposes what no client asked, under the right digest, and votes for that', () => {
    const turned = new Turned(cast, 'tamper-request');
    const [lie] = sentTo('n2', turned.broadcasts(proposal));
    if (lie?.type !== 'PrePrepare') throw new Error('no proposal');
    expect(cast.isAuthenticTo('n2', lie)).toBe(true);
    expect(lie.digest).toBe(batchDigest(keys, lie.requests));
    expect(lie.requests.some((request) => cast.authenticator('n2').isAuthenticRequest(request))).toBe(false);
    const [vote] = sentTo('n2', turned.broadcasts(commit));
    expect(vote).toMatchObject({ type: 'Commit', digest: lie.digest });
  });

  it("invents requests in a client's name and in its own, which convince nobody", () => {
    const names = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const [lie] = sentTo('n2', new Turned(cast, 'tamper-request', [], round).broadcasts(proposal));
      const invented = lie?.type === 'PrePrepare' ? lie.requests[2] : undefined;
      if (invented === undefined) continue;
      names.add(invented.client);
      expect(cast.authenticator('n2').isAuthenticRequest(invented)).toBe(false);
    }
    expect(names).toEqual(new Set(['c1', 'n1']));
  });

  it('changes requests that it relays and batches that it is asked for', () => {
    const turned = new Turned(cast, 'tamper-request');
    const [relayed, batch] = sentTo(
      'n2',
      turned.says(
        { kind: 'send', to: 'n2', message: a },
        { kind: 'send', to: 'n2', message: { type: 'Batch', requests: [a] } },
      ),
    );
    expect(relayed).toEqual({ ...a, operation: { f: 'append', key: 'x', value: 2 } });
    expect(batch).toEqual({ type: 'Batch', requests: [relayed] });
  });

  it.each<[Operation, Operation]>([
    [
      { f: 'cas', key: 'x', value: [1, 2] },
      { f: 'cas', key: 'x', value: [2, 3] },
    ],
    [
      { f: 'transfer', value: { from: 'Alice', to: 'Bob', amount: 100 } },
      { f: 'transfer', value: { from: 'Alice', to: 'Bob', amount: 101 } },
    ],
    [
      { f: 'read', key: 'x' },
      { f: 'write', key: 'x', value: 0 },
    ],
    [
      { f: 'write', key: 'x', value: null },
      { f: 'write', key: 'x', value: 0 },
    ],
  ])('makes of %j another operation', (operation, tampered) => {
    expect(tamperedOperation(operation)).toEqual(tampered);
  });
});

describe('censor-client', () => {
  const clients = Array.from({ length: 40 }, (_, index) => `client ${index}`);

  it('is deaf to the requests of about half of the clients, and waits with them for what others do', () => {
    const turned = new Turned(cast, 'censor-client');
    for (const client of clients) {
      const request = cast.request(client);
      turned.asked(1, request);
      const heard = turned.correct.heard.at(-1);
      expect(heard).toMatchObject({
        kind: 'request',
        request: { extra: { kind: isCensored(client) ? 'await' : 'request' } },
      });
      turned.hears('n2', request);
      const relayed = turned.correct.heard.at(-1);
      expect(relayed?.kind).toBe(isCensored(client) ? 'request' : 'receive');
    }
    const censored = clients.filter(isCensored).length;
    expect(censored).toBeGreaterThan(10);
    expect(censored).toBeLessThan(30);
    expect(turned.misdeeds).toBe(2 * censored);
  });

  it('hears everything else', () => {
    const turned = new Turned(cast, 'censor-client');
    turned.hears('n2', proposal);
    expect(turned.correct.heard.at(-1)).toMatchObject({ message: proposal });
    expect(turned.misdeeds).toBe(0);
  });
});

describe('delay', () => {
  it('holds what it says for four fifths of the view-change timeout', () => {
    const turned = new Turned(cast, 'delay');
    const waiting = turned.says({ kind: 'send', to: 'n2', message: commit }, answer(a, { type: 'ok' }));
    expect(waiting.map((effect) => effect.kind)).toEqual(['set-timer', 'set-timer']);
    const released = waiting.flatMap((effect) => {
      if (effect.kind !== 'set-timer') return [];
      expect(effect.afterUs).toBe(800_000);
      return turned.edge.step({ kind: 'timer', timer: effect.timer }, 0);
    });
    expect(sends(released)).toEqual([{ kind: 'send', to: 'n2', message: commit }]);
    expect(answered(released)).toHaveLength(1);
  });

  it('uses few timers, for hosts keep each', () => {
    const turned = new Turned(cast, 'delay');
    const names = new Set<string>();
    for (let round = 0; round < 50; round++) {
      for (const effect of turned.broadcasts(commit)) {
        if (effect.kind !== 'set-timer') continue;
        names.add(effect.timer);
      }
      for (const timer of names) turned.edge.step({ kind: 'timer', timer }, 0);
    }
    expect(names.size).toBe(3);
  });

  it('says at once what it held when it is honest again', () => {
    const turned = new Turned(cast, 'delay');
    turned.broadcasts(commit);
    expect(sends(turned.edge.turn(undefined, 0)).map(({ to }) => to)).toEqual(['n2', 'n3', 'n4']);
  });
});

describe('lying-checkpoint', () => {
  it('signs wrong digests of the state, and claims checkpoints far ahead now and then', () => {
    const turned = new Turned(cast, 'lying-checkpoint');
    const sequences = new Set<number>();
    for (let round = 0; round < 30; round++) {
      const [lie] = sentTo('n2', turned.broadcasts(cast.checkpoint('n1', 100, 'state')));
      if (lie?.type !== 'Checkpoint') throw new Error('no checkpoint');
      sequences.add(lie.sequence);
      expect(lie.digest).not.toBe('state');
      expect(cast.isAuthenticTo('n2', lie)).toBe(true);
    }
    expect(sequences).toEqual(new Set([100, 500]));
  });

  it('numbers a batch above the high watermark now and then, to all alike', () => {
    const turned = new Turned(cast, 'lying-checkpoint');
    const sequences = new Set<number>();
    for (let round = 0; round < 60; round++) {
      const effects = turned.broadcasts(cast.proposal('n1', 7, [a]));
      const told = others.map((node) => sentTo(node, effects)[0] as PbftMessage);
      for (const each of told) expect(each).toEqual(told[0]);
      expect(cast.isAuthenticTo('n2', told[0] as PbftMessage)).toBe(true);
      if (told[0]?.type === 'PrePrepare') sequences.add(told[0].sequence);
    }
    expect(sequences).toEqual(new Set([7, 407]));
  });

  it('gives forged state, which the digest of the certificate does not fit', () => {
    const proof = others.map((node) => cast.checkpoint(node, 100, keys.digest('balance 100')));
    const chunk: StateChunk = {
      type: 'StateChunk',
      sequence: 100,
      digest: keys.digest('balance 100'),
      proof,
      offset: 0,
      data: 'balance 100',
      done: true,
    };
    const [lie] = sentTo('n2', new Turned(cast, 'lying-checkpoint').broadcasts(chunk));
    expect(lie).toMatchObject({ data: 'balance 211', proof });
  });
});

describe('bad-new-view', () => {
  const viewChanges = others.map((node) => cast.viewChange(node, 4));
  const prePrepare = cast.authenticator('n1').sign({
    ...{ type: 'PrePrepare', view: 4, sequence: 1, digest: proposal.digest, replica: 'n1' },
  });
  const newView = cast.authenticator('n1').sign<NewView>({
    ...{ type: 'NewView', view: 4, viewChanges, replica: 'n1' },
    prePrepares: [prePrepare as NewView['prePrepares'][number]],
  });

  it('says a new view that does not follow, in one of many ways, and signs it', () => {
    const turned = new Turned(cast, 'bad-new-view');
    const kinds = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const [lie] = sentTo('n2', turned.broadcasts({ ...newView }));
      if (lie?.type !== 'NewView') throw new Error('no new view');
      expect(cast.isAuthenticTo('n2', lie)).toBe(true);
      const authors = new Set(lie.viewChanges.map(({ replica }) => replica)).size;
      if (lie.viewChanges.length < 3) kinds.add('too few');
      else if (authors < 3) kinds.add('one twice');
      else if (lie.viewChanges.some((change) => !cast.isAuthenticTo('n2', change))) kinds.add('forged');
      if (lie.prePrepares.length === 0) kinds.add('a gap');
      else if (lie.prePrepares.length > 1) kinds.add('one more');
      else if (lie.prePrepares[0]?.digest === 'null') kinds.add('null');
      else if (lie.prePrepares[0]?.digest !== proposal.digest) kinds.add('another digest');
    }
    expect([...kinds].sort()).toEqual([
      'a gap',
      'another digest',
      'forged',
      'null',
      'one more',
      'one twice',
      'too few',
    ]);
  });

  it.each(['signatures', 'macs'] as const)('hides what it prepared, or claims what nobody prepared (%s)', (mode) => {
    const turned = new Turned(new Cast(mode), 'bad-new-view');
    const proof = null;
    const honest = new Cast(mode).viewChange('n1', 2, [{ sequence: 1, view: 0, digest: proposal.digest, proof }]);
    const sizes = new Set<number>();
    for (let round = 0; round < 30; round++) {
      const [lie] = sentTo('n2', turned.broadcasts({ ...honest }));
      if (lie?.type !== 'ViewChange') throw new Error('no view change');
      expect(new Cast(mode).isAuthenticTo('n2', lie)).toBe(true);
      sizes.add(lie.prepared.length);
      const sequences = lie.prepared.map(({ sequence }) => sequence);
      expect(sequences).toEqual([...new Set(sequences)].sort((x, y) => x - y));
      const authors = lie.prepared.at(-1)?.proof?.prepares.filter((vote) => cast.isAuthenticTo('n2', vote)) ?? [];
      expect(new Set(authors.map(({ replica }) => replica)).size).toBeLessThan(2);
    }
    expect(sizes).toEqual(new Set([0, 2]));
  });
});

describe('bad-new-view, which heard what the primary proposed', () => {
  it('claims that it prepared, with its own vote once for each that it takes', () => {
    const turned = new Turned(cast, 'bad-new-view');
    const { requests: _, ...prePrepare } = cast.proposal('n3', 5, [a], 2);
    turned.hears('n3', { ...prePrepare, requests: [a] });
    const claims = Array.from({ length: 40 }, () => sentTo('n2', turned.broadcasts(cast.viewChange('n1', 3))))
      .flat()
      .flatMap((lie) => (lie.type === 'ViewChange' ? lie.prepared : []))
      .filter(({ digest }) => digest === prePrepare.digest);
    expect(claims.length).toBeGreaterThan(2);
    const own = cast.prepare('n1', 5, prePrepare.digest, 2);
    for (const { view, sequence, proof } of claims) {
      expect({ view, sequence, proof }).toEqual({ view: 2, sequence: 5, proof: { prePrepare, prepares: [own, own] } });
    }
  });
});

describe.each(['equivocate', 'collude'] as const)('%s', (behaviour) => {
  it('proposes one batch to one side and another of real requests to the other, and commits each at once', () => {
    const turned = new Turned(cast, behaviour, ['n2']);
    const effects = turned.broadcasts(proposal);
    const digests = others.map((to) => {
      const [told, vote] = sentTo(to, effects);
      if (told?.type !== 'PrePrepare' || vote?.type !== 'Commit') throw new Error('no proposal and vote');
      expect(told).toMatchObject({ view: 0, sequence: 1, replica: 'n1', digest: batchDigest(keys, told.requests) });
      expect(vote).toMatchObject({ view: 0, sequence: 1, replica: 'n1', digest: told.digest });
      expect([told, vote].every((message) => cast.isAuthenticTo(to, message))).toBe(true);
      expect(told.requests.every((request) => cast.authenticator(to).isAuthenticRequest(request))).toBe(true);
      return told.digest;
    });
    expect(digests[1]).toBe(proposal.digest);
    expect(digests[2]).toBe(proposal.digest);
    expect(digests[0]).not.toBe(proposal.digest);
    const votes = turned.broadcasts(commit);
    expect(others.map((to) => sentTo(to, votes)[0])).toMatchObject(digests.map((digest) => ({ digest })));
  });

  it('tells both sides the same where a batch has one request, until it knows of somebody else who asked', () => {
    const alone = cast.proposal('n1', 1, [a]);
    const truth = sends(new Turned(cast, behaviour, ['n2']).broadcasts(alone)).map(({ message }) => message);
    expect(truth).toEqual([alone, alone, alone]);
    const turned = new Turned(cast, behaviour, ['n2']);
    turned.hears('n3', b);
    const [told] = sentTo('n2', turned.broadcasts(alone));
    expect(told?.type === 'PrePrepare' && told.requests).toContain(b);
  });

  it('proposes no more requests than a batch may have', () => {
    const turned = new Turned(cast, behaviour, ['n2'], 1, { batchRequests: 1 });
    turned.hears('n3', b);
    for (let sequence = 1; sequence <= 20; sequence++) {
      const [told] = sentTo('n2', turned.broadcasts(cast.proposal('n1', sequence, [a])));
      expect(told?.type === 'PrePrepare' && told.requests).toEqual([b]);
    }
  });

  it('votes as a backup for what each replica voted for, and tells the other side nothing before', () => {
    const turned = new Turned(cast, behaviour, ['n3']);
    turned.hears('n2', cast.proposal('n2', 1, [a], 1));
    const digest = batchDigest(keys, [a]);
    const prepare = cast.prepare('n1', 1, digest, 1);
    expect(sends(turned.broadcasts(prepare)).map(({ to }) => to)).toEqual(['n2', 'n4']);
    expect(turned.hears('n4', cast.prepare('n4', 1, digest, 1))).toEqual([]);
    const effects = turned.hears('n3', cast.prepare('n3', 1, 'another', 1));
    expect(sentTo('n3', effects)[0]).toMatchObject({ type: 'Prepare', digest: 'another', view: 1, sequence: 1 });
    expect(sentTo('n3', effects)).toContainEqual(expect.objectContaining({ type: 'Commit', digest: 'another' }));
    expect(sentTo('n4', effects)).toMatchObject([
      { type: 'Prepare', digest },
      { type: 'Commit', digest },
    ]);
    expect(sends(effects).every(({ to, message }) => cast.isAuthenticTo(to, message))).toBe(true);
    const [vote] = sentTo('n3', turned.broadcasts(cast.commit('n1', 1, digest, 1)));
    expect(vote).toMatchObject({ type: 'Commit', digest: 'another' });
  });

  it('has nothing to lie about while a correct primary tells one story', () => {
    const turned = new Turned(cast, behaviour, ['n3']);
    turned.hears('n2', cast.proposal('n2', 1, [a], 1));
    const digest = batchDigest(keys, [a]);
    const vote = cast.prepare('n1', 1, digest, 1);
    const told = turned.broadcasts(vote);
    for (const node of ['n3', 'n4']) told.push(...turned.hears(node, cast.prepare(node, 1, digest, 1)));
    expect(sends(told).map(({ to, message }) => [to, message])).toEqual([
      ['n2', vote],
      ['n4', vote],
      ['n3', vote],
    ]);
    expect(turned.misdeeds).toBe(0);
  });
});

describe('collude', () => {
  it('tells clients at once what every colluder tells them, and the truth about the rest', () => {
    const [one, two] = [new Turned(cast, 'collude', ['n3']), new Turned(cast, 'collude', ['n3'], 99)];
    const requests = Array.from({ length: 30 }, (_, index) => cast.request('c1', index + 1));
    let lies = 0;
    for (const request of requests) {
      const [lie] = answered(one.asked(1, request));
      expect(answered(two.asked(1, request))).toEqual(lie ? [lie] : []);
      expect(lie !== undefined).toBe(isLiedTo(clientRequest(request)));
      const honest = answer(request, { type: 'ok' });
      if (lie === undefined) expect(one.says(honest)).toEqual([honest]);
      else {
        lies++;
        expect(lie.outcome).toEqual(falseOutcome(request.operation));
        expect(convinces(request, lie)).toBe(true);
        expect(one.says(honest)).toEqual([]);
      }
    }
    expect(lies).toBeGreaterThan(4);
    expect(lies).toBeLessThan(20);
  });
});

describe('twin', () => {
  it('talks with some as one replica and with the rest as another', () => {
    const turned = new Turned(cast, 'twin', ['n2']);
    expect(sends(turned.broadcasts(commit)).map(({ to }) => to)).toEqual(['n3', 'n4']);
    const other = cast.commit('n1', 1, 'as the twin sees it');
    turned.twin.next = others.map((to) => ({ kind: 'send', to, message: other }) as const);
    expect(sends(turned.hears('n2', cast.commit('n2', 1, 'd')))).toEqual([{ kind: 'send', to: 'n2', message: other }]);
    expect(turned.correct.heard.filter((input) => input.kind === 'receive')).toEqual([]);
    turned.hears('n3', cast.commit('n3', 1, 'd'));
    expect(turned.correct.heard.filter((input) => input.kind === 'receive')).toHaveLength(1);
    expect(turned.misdeeds).toBe(1);
  });

  it('gives both what clients ask', () => {
    const turned = new Turned(cast, 'twin', ['n2']);
    turned.asked(1, a);
    expect(turned.correct.heard).toEqual(turned.twin.heard);
  });

  it('keeps the timers of the two apart, and has no disk for the second', () => {
    const turned = new Turned(cast, 'twin', ['n2']);
    const vote: PbftEffect = { kind: 'send', to: 'n2', message: commit };
    turned.twin.next = [
      { kind: 'set-timer', timer: 'status', afterUs: 9 },
      { kind: 'persist', mode: 'append', records: [{ a: 1 }], then: [vote], token: 4 },
      { kind: 'trace', step: { name: 'StartViewChange', view: 1 } },
    ];
    const effects = turned.hears('n2', commit);
    expect(sends(effects)).toEqual([vote]);
    expect(effects.some((effect) => effect.kind === 'persist')).toBe(false);
    expect(turned.twin.heard.at(-1)).toEqual({ kind: 'persisted', token: 4 });
    const timers = effects.flatMap((effect) => (effect.kind === 'set-timer' ? [effect.timer] : []));
    expect(timers).toHaveLength(1);
    const before = turned.correct.heard.length;
    turned.edge.step({ kind: 'timer', timer: timers[0] ?? '' }, 0);
    expect(turned.twin.heard.at(-1)).toEqual({ kind: 'timer', timer: 'status' });
    expect(turned.correct.heard).toHaveLength(before);
    turned.edge.step({ kind: 'timer', timer: 'status' }, 0);
    expect(turned.correct.heard.at(-1)).toEqual({ kind: 'timer', timer: 'status' });
  });

  it('leaves no timer behind when it is honest again', () => {
    const turned = new Turned(cast, 'twin', ['n2']);
    turned.twin.next = [{ kind: 'set-timer', timer: 'status', afterUs: 9 }];
    const set = turned.hears('n2', commit).flatMap((effect) => (effect.kind === 'set-timer' ? [effect.timer] : []));
    const cleared = turned.edge
      .turn(undefined, 0)
      .flatMap((effect) => (effect.kind === 'clear-timer' ? [effect.timer] : []));
    expect(cleared).toEqual(set);
  });
});
