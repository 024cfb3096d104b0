import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, MalformedStream } from '../../../../src/node/ports/lines.js';

test('however a stream is cut into chunks, the lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 12 })), fc.array(fc.nat(9)), (texts, cuts) => {
      const sent = texts.map((text) => text.replaceAll('\n', ' '));
      let rest = sent.map((line) => `${line}\n`).join('');
      const splitter = new LineSplitter(12);
      const received: string[] = [];
      for (const cut of cuts) {
        received.push(...splitter.push(rest.slice(0, cut)));
        rest = rest.slice(cut);
      }
      received.push(...splitter.push(rest));
      expect(received).toEqual(sent);
    }),
  );
});

test('a line that is too long is noticed while it arrives, not when it ends', () => {
  const splitter = new LineSplitter(10);
  expect(splitter.push('12345')).toEqual([]);
  expect(splitter.push('67890\nabc')).toEqual(['1234567890']);
  expect(() => splitter.push('defghijk')).toThrow(MalformedStream);
});
