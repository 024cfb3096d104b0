import { describe, expect, it } from 'vitest';
import { encodeEvent } from '../../../src/history/codec.js';

const auth = { signature: 'bulky' };
const request = { type: 'Request', client: 'c', timestamp: 4, operation: { f: 'write' }, readOnly: false, auth };
const prepare = (replica: string, over: object = {}) => ({
  ...{ type: 'Prepare', view: 0, sequence: 3, digest: 'd', replica, auth },
  ...over,
});
const prePrepare = prepare('n1', { type: 'PrePrepare' });
const checkpoint = (replica: string) => ({ type: 'Checkpoint', sequence: 2, digest: 's', replica, auth });
const claim = { sequence: 3, view: 0, digest: 'd', proof: { prePrepare, prepares: [prepare('n2'), prepare('n3')] } };
const viewChange = {
  ...{ type: 'ViewChange', view: 1, stable: 2, proof: [checkpoint('n1'), checkpoint('n2')], prepared: [claim] },
  ...{ prePrepared: [], replica: 'n2', auth },
};
const compactChange = {
  ...{ type: 'ViewChange', view: 1, stable: 2 },
  proof: [
    { digest: 's', replica: 'n1' },
    { digest: 's', replica: 'n2' },
  ],
  prepared: [{ sequence: 3, view: 0, digest: 'd', proof: ['n1', 'n2', 'n3'] }],
  ...{ prePrepared: [], replica: 'n2' },
};

/** The message as it is read back, from either end. */
function written(message: object): unknown {
  const sent = JSON.parse(encodeEvent({ kind: 'trace', timeUs: 7, node: 'n1', name: 'Send', to: 'n2', message }));
  const event = { kind: 'trace', timeUs: 9, node: 'n2', name: 'Receive', from: 'n1', message } as const;
  const received = JSON.parse(encodeEvent(event));
  expect({ ...sent, message: 0 }).toEqual({ kind: 'trace', timeUs: 7, node: 'n1', name: 'Send', to: 'n2', message: 0 });
  expect(received).toEqual({ ...event, message: sent.message });
  // What was read is written again as it is.
  expect(encodeEvent({ ...event, message: sent.message })).toBe(encodeEvent(event));
  return sent.message;
}

describe('messages of PBFT in a trace', () => {
  it('votes keep all but what makes them authentic', () => {
    expect(written(prepare('n2'))).toEqual({ type: 'Prepare', view: 0, sequence: 3, digest: 'd', replica: 'n2' });
    expect(written(checkpoint('n3'))).toEqual({ type: 'Checkpoint', sequence: 2, digest: 's', replica: 'n3' });
  });

  it('requests keep whose they are, alone and in batches', () => {
    const named = { client: 'c', timestamp: 4 };
    expect(written(request)).toEqual({ type: 'Request', ...named, readOnly: false });
    expect(written({ type: 'Batch', requests: [request] })).toEqual({ type: 'Batch', requests: [named] });
    const { auth: _, ...proposal } = { ...prePrepare, requests: [named] };
    expect(written({ ...prePrepare, requests: [request] })).toEqual(proposal);
    expect(written(prePrepare)).not.toHaveProperty('requests');
  });

  it('certificates keep their authors, and what does not belong there', () => {
    expect(written(viewChange)).toEqual(compactChange);
    const odd = { prePrepare, prepares: [prepare('n2', { digest: 'other' }), prepare('n3', { view: 9 })] };
    expect(written({ ...viewChange, prepared: [{ ...claim, proof: odd }] })).toMatchObject({
      prepared: [{ proof: ['n1', { digest: 'other', replica: 'n2' }, { view: 9, replica: 'n3' }] }],
    });
    expect(written({ ...viewChange, prepared: [{ ...claim, proof: null }] })).toMatchObject({
      prepared: [{ proof: null }],
    });
  });

  it('a new view keeps its view-changes and what it proposes', () => {
    const header = prepare('n2', { type: 'PrePrepare', view: 1 });
    const newView = { type: 'NewView', view: 1, viewChanges: [viewChange], prePrepares: [header], replica: 'n2', auth };
    expect(written(newView)).toEqual({
      ...{ type: 'NewView', view: 1, viewChanges: [compactChange], replica: 'n2' },
      prePrepares: [{ sequence: 3, digest: 'd', replica: 'n2' }],
    });
    expect(written({ ...newView, prePrepares: [{ ...header, view: 0 }] })).toMatchObject({
      prePrepares: [{ view: 0, sequence: 3, digest: 'd', replica: 'n2' }],
    });
  });

  it('a piece of a state keeps how long it is', () => {
    const piece = { type: 'StateChunk', sequence: 2, digest: 's', offset: 0, data: 'bulky', done: true };
    expect(written({ ...piece, proof: [checkpoint('n1'), checkpoint('n4')] })).toEqual({
      ...piece,
      proof: ['n1', 'n4'],
      data: '5 characters',
    });
  });

  it('what only looks like one is left as it is', () => {
    expect(written({ auth, replica: 'n1', type: 'Prepare' })).toEqual({ replica: 'n1', type: 'Prepare' });
    expect(written({ type: 'ViewChange', proof: 'none', prepared: [null, 3], prePrepared: {}, auth })).toEqual({
      ...{ type: 'ViewChange', proof: 'none', prepared: [null, 3], prePrepared: {} },
    });
    expect(written({ type: 'Other', requests: 'none' })).toEqual({ type: 'Other', requests: 'none' });
  });
});
