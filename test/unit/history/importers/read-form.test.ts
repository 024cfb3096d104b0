import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readForm } from '../../../../src/history/importers/read-form.js';

const edn = (text: string) => readForm(text, 'edn');

describe('readForm', () => {
  it('reads scalars, and keeps apart what JSON would mix up', () => {
    expect(edn('[nil true false 1 -2 +3 1.5 2e3 "a" :b :c/d sym \\x \\newline ##Inf]')).toEqual([
      ...[null, true, false, 1, -2, 3, 1.5, 2000, 'a', ':b', ':c/d', 'sym', 'x', '\n', 'Inf'],
    ]);
    expect(edn('[9007199254740993 9007199254740992 42N 1/3 0x1F]')).toEqual([
      ...['9007199254740993', '9007199254740992', 42, '1/3', '0x1F'],
    ]);
    expect(readForm('{"a": 7587862072907233296, "b": [1, 2]}', 'json')).toEqual({
      a: '7587862072907233296',
      b: [1, 2],
    });
  });

  it('reads collections: keys of maps are their text, sets and lists are arrays', () => {
    expect(edn('{:a 1, "b" (2 #{3}), 4 [5], [6] {}}')).toEqual({ a: 1, b: [2, [3]], 4: [5], '[6]': {} });
    expect(Object.keys(edn('{:__proto__ 1}') as object)).toEqual(['__proto__']);
  });

  it('reads equal sets as equal arrays, whatever order they were printed in', () => {
    expect(edn('#{3 1 {:b 1, :a 2} 2}')).toEqual(edn('#{{:a 2, :b 1} 2 3 1}'));
    expect(edn('#{2 1}')).toEqual([1, 2]);
    expect(edn('[2 1]')).toEqual([2, 1]);
  });

  it('leaves out tags, comments, metadata and what is discarded', () => {
    expect(edn('#jepsen.history.Op{:a 1 ; one\n :b #inst "2014" #_ {:c 3}}')).toEqual({ a: 1, b: '2014' });
    expect(edn('#:jepsen{:a ^:meta [1] #_#_ 2 3}')).toEqual({ a: [1] });
    expect(edn('#_ {:a 1}')).toBeUndefined();
  });

  it('reads escapes', () => {
    expect(edn('"a\\n\\t\\"\\\\\\u0041\\101"')).toBe('a\n\t"\\AA');
  });

  it('says where it is wrong', () => {
    for (const [text, offset] of [
      ['[1 2', 0],
      ['{:a}', 0],
      ['[1 2}', 4],
      ['1 2', 2],
      ['"abc', 0],
      ['[1 "\\q"]', 3],
    ] as const) {
      expect(() => edn(text)).toThrow(expect.objectContaining({ name: 'FormError', offset }));
    }
    expect(() => edn('['.repeat(100_000))).toThrow(/nested deeper than/);
  });

  it('reads JSON as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        // Long numbers become text, and -0 is 0.
        fc.pre(!/\d{16}|-0|[eE]/.test(JSON.stringify(value)));
        expect(readForm(JSON.stringify(value), 'json')).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
