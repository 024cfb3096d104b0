import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent } from '../../../src/history/codec.js';
import { EventScanner } from '../../../src/history/event-scanner.js';
import type { RunEvent } from '../../../src/history/events.js';

const place = { file: 'history.ndjson', line: 1 };
const scan = (line: string) => {
  // Not at the beginning of the bytes, and not up to their end.
  const bytes = new TextEncoder().encode(`\n${line}\n{"kind":"ok"`);
  return new EventScanner().scan(bytes, 1, bytes.lastIndexOf(0x0a));
};

const scalar = fc.oneof(fc.constantFrom(null, true, false), fc.integer(), fc.double({ noNaN: true }), fc.string());
const time = fc.integer({ min: 0, max: 2 ** 40 });
const event = fc.record(
  {
    kind: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
    timeUs: time,
    process: fc.nat(),
    f: fc.oneof(fc.constantFrom('read', 'write', 'cas'), fc.string()),
    key: fc.oneof(fc.constantFrom('k1', 'k2'), fc.string({ unit: 'grapheme' })),
    value: fc.oneof(scalar, fc.array(scalar), fc.array(fc.array(scalar))),
    dueUs: time,
    error: fc.string(),
    node: fc.constant('n1'),
  },
  { requiredKeys: ['kind', 'timeUs', 'process', 'f'] },
);

describe('the event scanner', () => {
  it('reads an event as the general reader does, or leaves it to that one', () => {
    let scanned = 0;
    fc.assert(
      fc.property(event, (fields) => {
        const { dueUs, error, node, ...rest } = fields;
        const complete =
          fields.kind === 'invoke'
            ? { ...rest, ...(dueUs !== undefined && { dueUs }) }
            : { ...rest, ...(error !== undefined && { error }), ...(node !== undefined && { node }) };
        const line = encodeEvent(complete as RunEvent);
        const found = scan(line);
        if (found === undefined) return;
        scanned++;
        expect(found).toEqual(decodeEvent(line, place));
      }),
      { numRuns: 4000 },
    );
    expect(scanned).toBeGreaterThan(500);
  });

  it('takes nothing for an event that the general reader refuses or reads differently', () => {
    const line = '{"kind":"invoke","timeUs":12,"process":3,"f":"write","key":"k1","value":[1,-2,"x"]}';
    let differences = 0;
    fc.assert(
      fc.property(
        fc.nat(line.length - 1),
        fc.nat(2),
        fc.constantFrom(...'{}[]",:0123456789.-+eE\\ntrue'),
        (at, how, letter) => {
          const changed =
            how === 0
              ? line.slice(0, at) + letter + line.slice(at + 1)
              : how === 1
                ? line.slice(0, at) + line.slice(at + 1)
                : line.slice(0, at) + letter + line.slice(at);
          const found = scan(changed);
          if (found === undefined) differences++;
          else expect(found).toEqual(decodeEvent(changed, place));
        },
      ),
      { numRuns: 4000 },
    );
    expect(differences).toBeGreaterThan(1000);
  });

  it('reads what a run writes, and nothing else', () => {
    expect(scan('{"kind":"ok","timeUs":5,"process":0,"f":"cas","key":"k1","value":[1,2],"node":"n2"}')).toEqual({
      kind: 'ok',
      timeUs: 5,
      process: 0,
      f: 'cas',
      key: 'k1',
      value: [1, 2],
      node: 'n2',
    });
    expect(scan('{"kind":"phase","timeUs":5,"phase":"load"}')).toBeUndefined();
    expect(scan('{"kind":"ok","timeUs":5,"process":0,"f":"read","value":1.5}')).toBeUndefined();
    expect(scan('{"kind":"ok","timeUs":5,"process":0,"f":"read","value":1} ')).toBeUndefined();
  });
});
