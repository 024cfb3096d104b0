import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePluginSpec, parsePluginSpecs } from '../../../src/cli/plugin-spec.js';
import { withOptions } from '../../../src/runner/replay-command.js';

const parse = (text: string) => parsePluginSpecs('nemesis', text);

describe('the grammar of --nemesis and --workload', () => {
  it('splits names by commas', () => {
    expect(parse('partition, kill')).toEqual([
      { name: 'partition', options: {} },
      { name: 'kill', options: {} },
    ]);
  });

  it('gives an item with "=" and without ":" to the item before it', () => {
    expect(parse('partition:shape=bridge,interval=5s,kill,clock:kind=rate')).toEqual([
      { name: 'partition', options: { shape: 'bridge', interval: '5s' } },
      { name: 'kill', options: {} },
      { name: 'clock', options: { kind: 'rate' } },
    ]);
  });

  it('takes an option after a bare name, and values with colons and equals signs', () => {
    expect(parse('kill,target=leader')).toEqual([{ name: 'kill', options: { target: 'leader' } }]);
    expect(parse('x:at=12:30,of=a=b')).toEqual([{ name: 'x', options: { at: '12:30', of: 'a=b' } }]);
  });

  it('takes a bare option as a flag that is on', () => {
    expect(parse('x:fast')).toEqual([{ name: 'x', options: { fast: '' } }]);
  });

  it('takes "none" as the empty list', () => {
    expect(parse('none')).toEqual([]);
  });

  it.each([
    ['shape=bridge', /"shape=bridge" is an option of nothing/],
    ['partition,,kill', /a name is missing/],
    ['', /a name is missing/],
    ['partition:', /an option has no name/],
    ['partition:shape=one,shape=bridge', /"shape" is given twice/],
    ['partition,none', /"none" stands alone/],
  ])('refuses "%s" and says why', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  it('takes one workload only', () => {
    expect(() => parsePluginSpec('workload', 'register,append')).toThrow(/takes one name/);
    expect(() => parsePluginSpec('workload', 'none')).toThrow(/a name is missing/);
  });

  it('reads what the replay command writes', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).filter((name) => name !== 'none');
    const value = fc.stringMatching(/^[a-z0-9.:=]{1,8}$/);
    const specs = fc.array(fc.record({ name: word, options: fc.dictionary(word, value, { noNullPrototype: true }) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(specs, (list) => {
        expect(parse(list.map(({ name, options }) => withOptions(name, options)).join(','))).toEqual(list);
      }),
    );
  });
});
