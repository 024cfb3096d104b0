import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent } from '../../../src/history/codec.js';
import type { RunEvent, Value } from '../../../src/history/events.js';

const place = { file: 'history.ndjson', line: 7 };
const value: fc.Arbitrary<Value> = fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)) as Value);
const operation = {
  timeUs: fc.nat(),
  process: fc.nat(),
  f: fc.string(),
  key: fc.string(),
  value,
};
const events: fc.Arbitrary<RunEvent> = fc.oneof(
  fc.record({ kind: fc.constant('invoke' as const), ...operation, dueUs: fc.nat() }),
  fc.record({
    kind: fc.constantFrom('ok' as const, 'fail' as const, 'info' as const),
    ...operation,
    error: fc.string(),
  }),
  fc.record({ kind: fc.constant('note' as const), timeUs: fc.nat(), text: fc.string() }),
  fc.record({
    kind: fc.constant('fault' as const),
    timeUs: fc.nat(),
    id: fc.nat(),
    nemesis: fc.string(),
    phase: fc.constantFrom('inject' as const, 'heal' as const),
    fault: fc.record({ kind: fc.constant('kill' as const), nodes: fc.array(fc.string()) }),
    probe: fc.record({ confirmed: fc.boolean(), detail: fc.string() }),
  }),
);

describe('the event codec', () => {
  it('gives every event back as it was', () => {
    fc.assert(
      fc.property(events, (event) => {
        expect(decodeEvent(encodeEvent(event), place)).toEqual(event);
      }),
    );
  });

  it('keeps an event on one line', () => {
    fc.assert(fc.property(events, (event) => !encodeEvent(event).includes('\n')));
  });

  it.each([
    ['{"kind":"invoke"', 'is not JSON'],
    ['{"kind":"wat","timeUs":1}', 'kind'],
    ['{"kind":"invoke","timeUs":-1,"process":0,"f":"read"}', 'timeUs'],
    ['{"kind":"ok","timeUs":1,"process":"zero","f":"read"}', 'process'],
  ])('names file and line of %s', (line, part) => {
    expect(() => decodeEvent(line, place)).toThrow('history.ndjson, line 7');
    expect(() => decodeEvent(line, place)).toThrow(part);
  });

  it('writes entries of a trace as term and digest alone', () => {
    const entry = { index: 1, term: 2, digest: 3, command: { secret: 'bulky' } };
    const line = encodeEvent({
      kind: 'trace',
      timeUs: 1,
      node: 'n1',
      name: 'Append',
      term: 2,
      from: 1,
      entries: [entry],
    });
    expect(JSON.parse(line).entries).toEqual([{ term: 2, digest: 3 }]);
    const sent = encodeEvent({
      kind: 'trace',
      timeUs: 1,
      node: 'n1',
      name: 'Send',
      to: 'n2',
      message: { type: 'AppendEntries', entries: [entry] },
    });
    expect(sent).not.toContain('bulky');
  });
});
