import { describe, expect, it } from 'vitest';
import { NO_TERM, TraceReader } from '../../../src/conformance/trace-reader.js';
import type { RunEvent } from '../../../src/history/events.js';

const event = (name: string, over: object = {}, node = 'n1') =>
  ({ kind: 'trace', timeUs: 7, node, name, ...over }) as unknown as RunEvent;
const passes = (name: 'Send' | 'Receive', peer: string, message: unknown) =>
  event(name, { [name === 'Send' ? 'to' : 'from']: peer, message });

describe('what is read of an event for all that look at it', () => {
  const reader = new TraceReader(['n1', 'n2']);
  const read = (observed: RunEvent) => {
    expect(reader.read(observed)).toBe(observed);
    return reader;
  };

  it('is when it was, and whose: by place in the cluster, or nobody that is of it', () => {
    expect([read(event('Durable')).node, reader.timeUs]).toEqual([0, 7]);
    expect(read(event('Durable', { timeUs: 9 }, 'n2')).node).toBe(1);
    expect(reader.timeUs).toBe(9);
    expect(read(event('Durable', {}, 'n9')).node).toBe(-1);
  });

  it.each(['Send', 'Receive'] as const)(
    'is, of a %s, who is at the other end, and what the message says it is',
    (name) => {
      const message = { type: 'AppendEntries', term: 3 };
      read(passes(name, 'n2', message));
      expect([reader.peer, reader.type, reader.term, reader.message]).toEqual([1, 'AppendEntries', 3, message]);
      read(passes(name, 'n9', { type: 7, term: '3' }));
      expect([reader.peer, reader.type, reader.term]).toEqual([-1, '', NO_TERM]);
      read(passes(name, 'n1', 'a text'));
      expect([reader.peer, reader.type, reader.term, reader.message]).toEqual([0, '', NO_TERM, {}]);
    },
  );

  it('is read once, and stands there until another is read', () => {
    const first = passes('Send', 'n2', { type: 'AppendEntries', term: 3 });
    read(first);
    read(first);
    expect([reader.node, reader.peer, reader.term]).toEqual([0, 1, 3]);
    let looks = 0;
    const counted = new Proxy(event('Durable'), {
      get: (target, field) => {
        if (field === 'timeUs') looks++;
        return Reflect.get(target, field);
      },
    });
    read(counted);
    read(counted);
    expect(looks).toBe(1);
  });

  it('is nothing of what is no step of a node', () => {
    expect(reader.read({ kind: 'note', timeUs: 1, text: 'begun' } as unknown as RunEvent)).toBeUndefined();
  });
});
