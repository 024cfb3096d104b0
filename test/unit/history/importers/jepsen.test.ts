import { describe, expect, it } from 'vitest';
import { brief, imported } from './import.js';

const invoke = (process: number, f: string, more: object = {}) => ({ kind: 'invoke', process, f, ...more });
const ok = (process: number, f: string, value: unknown, more: object = {}) => ({
  kind: 'ok',
  process,
  f,
  value,
  ...more,
});
const fail = (process: number, f: string, error: string) => ({ kind: 'fail', process, f, error });
const info = (process: number, f: string, error: string) => ({ kind: 'info', process, f, error });

describe('EDN maps', () => {
  it('are read one a line, in a vector, in a list, tagged, or several in a line', () => {
    const one = '{:process 0, :type :invoke, :f :write, :value 3}';
    const other = '{:process 0, :type :ok, :f :write, :value 3, :time 12}';
    const expected = [invoke(0, 'write', { value: 3 }), ok(0, 'write', 3)];
    for (const text of [
      `${one}\n${other}\n`,
      `; a comment {\n[${one}\n ${other}]`,
      `(${one} ${other})`,
      `#jepsen.history.History [#jepsen.history.Op${one} #jepsen.history.Op${other}]`,
      `\ufeff[\n  ${one}, #_ {:type :none}\n  ${other.replaceAll(', ', ',\n')}\n]\n`,
    ]) {
      expect(brief(imported(text)), text).toEqual(expected);
      expect(brief(imported(text, { size: 1 })), text).toEqual(expected);
    }
  });

  it('of the nemesis are left out and counted; what a client never learnt stays unknown, and its process ends', () => {
    const history = imported(`
      {:process :nemesis :type :info :f :start :value nil}
      {:process 3 :type :invoke :f :write :value 1}
      {:process 3 :type :info :f :write :value 1 :error :timeout}
      {:process 3 :type :invoke :f :read :value nil}
      {:process 3 :type :ok :f :read :value 1}`);
    const events = brief(history);
    expect(events.slice(0, 2)).toEqual([invoke(3, 'write', { value: 1 }), info(3, 'write', ':timeout')]);
    expect(events.slice(2)).toEqual([{ ...invoke(1_000_000_000, 'read') }, { ...ok(1_000_000_000, 'read', 1) }]);
    expect(history.notes.join()).toContain('1 record of the nemesis');
  });

  it('of Knossos: a failed cas did not happen, and a read of nil says nothing; both can be overridden', () => {
    const text = `
      {:process 0 :type :invoke :f :cas :value [1 2]}
      {:process 0 :type :fail :f :cas :value [1 2]}
      {:process 0 :type :invoke :f :read :value nil}
      {:process 0 :type :ok :f :read :value nil}`;
    expect(brief(imported(text))).toEqual([
      invoke(0, 'cas', { value: [1, 2] }),
      fail(0, 'cas', 'failed'),
      invoke(0, 'read'),
      fail(0, 'read', 'nil-read'),
    ]);
    const [, mismatch, , read] = brief(imported(text, { failedCas: 'mismatch', nilRead: 'nothing' }));
    expect([mismatch, read]).toEqual([fail(0, 'cas', 'cas-mismatch'), ok(0, 'read', null)]);
  });

  it('with pairs [key value] are taken apart where a read asks for [key nil] or a cas has [key [a b]]', () => {
    const text = `
      {:process 0 :type :invoke :f :write :value [7 1]}
      {:process 0 :type :ok :f :write :value [7 1]}
      {:process 0 :type :invoke :f :read :value [7 nil]}
      {:process 0 :type :ok :f :read :value [7 1]}
      {:process 0 :type :invoke :f :cas :value ["7" [1 2]]}
      {:process 0 :type :ok :f :cas :value ["7" [1 2]]}`;
    expect(brief(imported(text))).toEqual([
      invoke(0, 'write', { key: '7', value: 1 }),
      ok(0, 'write', 1, { key: '7' }),
      invoke(0, 'read', { key: '7' }),
      ok(0, 'read', 1, { key: '7' }),
      // The text "7" is another key than the number 7.
      invoke(0, 'cas', { key: '7 (string)', value: [1, 2] }),
      ok(0, 'cas', [1, 2], { key: '7 (string)' }),
    ]);
    expect(brief(imported(text, { independent: false }))[0]).toEqual(invoke(0, 'write', { value: [7, 1] }));
    const alone = '{:process 0 :type :invoke :f :cas :value [1 2]}\n{:process 0 :type :ok :f :cas :value [1 2]}';
    expect(brief(imported(alone))[0]).toEqual(invoke(0, 'cas', { value: [1, 2] }));
  });

  it('of Porcupine have a key of their own', () => {
    const text = '{:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}';
    expect(brief(imported(text))).toEqual([invoke(0, 'append', { key: '0', value: 'x 0 0 y' })]);
  });

  it('of Elle are transactions, also without :f and :process', () => {
    const text =
      '{:index 0 :type :invoke :value [[:append 5 1] [:r 5 nil]]}\n{:type :ok :value [[:append 5 1] [:r 5 [1]]]}';
    expect(brief(imported(text))).toEqual([
      invoke(0, 'txn', {
        value: [
          ['append', 5, 1],
          ['r', 5, null],
        ],
      }),
      ok(0, 'txn', [
        ['append', 5, 1],
        ['r', 5, [1]],
      ]),
    ]);
  });

  it('keep the order of the file at times that go forward, whatever their times say', () => {
    const at = (time: number, process: number) => `{:process ${process} :type :invoke :f :read :time ${time}}`;
    const { events } = imported([at(5000, 0), at(3000, 1), at(3000, 2), at(9000, 3)].join('\n'));
    const times = events.map(({ timeUs }) => timeUs);
    expect([...times].sort((left, right) => left - right)).toEqual(times);
    expect(new Set(times).size).toBe(4);
    expect(times[3]).toBe(4);
  });

  it('that are malformed are named with line and column', () => {
    const good = '{:process 0 :type :invoke :f :read}';
    for (const [bad, message] of [
      ['{:process 1 :type :invoke :f}', /h, line 2, column 1: a map needs a value/],
      ['{:process 1 :type :begin :f :read}', /h, line 2, column 1: an operation's type is/],
      ['{:process 1 :f :read}', /h, line 2, column 1: an operation needs a type/],
      ['  "text" {}', /h, line 2, column 10: one operation was expected/],
      ['[1 :invoke]', /h, line 2, column 2: not an operation/],
      ['{:process 1 :type :ok :f :read}', /line 2.*process 1 has no operation/],
      ['{:process 0 :type :ok :f :write}', /line 2.*invoked "read" in line 1, not "write"/],
      ['{:process 0 :type :invoke :f :read}', /line 2.*while that of line 1 has not returned/],
      ['}', /line 2, column 1: a bracket is closed/],
      ['{:process 1 :type :invoke :f :write :value "a', /line 2, column 1: what begins here is never closed/],
      [`{:process 1 :value ${'['.repeat(300)}`, /line 2, column 219: values are nested deeper/],
    ] as const) {
      expect(() => imported(`${good}\n${bad}\n${good}\n${good}`), bad).toThrow(message);
    }
  });

  it('that were cut off at the end are told of and left out', () => {
    const { events, notes } = imported('[{:process 0 :type :invoke :f :read}\n {:process 0 :ty');
    expect(events).toHaveLength(1);
    expect(notes.join()).toContain('in line 2, is cut off');
    expect(imported('[{:process 0 :type :invoke :f :read}\n').notes.join()).toContain('not closed');
  });
});

describe("lines of Jepsen's log", () => {
  it('are found among others, by tabs or blanks, after a time and a logger', () => {
    const { events, notes } = imported(
      [
        'INFO  jepsen.core - Worker 0 starting',
        'INFO  jepsen.util - 0\t:invoke\t:write\t3',
        '2014-05-20 12:00:01,123 INFO  jepsen.util - 0   :ok     :write  3',
        '1\t:invoke\t:cas\t[3 4]',
        '1\t:fail\t:cas\t[3 4]\r',
        ':nemesis\t:info\t:start\t"Cut off {:n1 #{:n2}}"',
        '2\t:invoke\t:read\tnil',
        '2\t:fail\t:read\t:timed-out',
        '3\t:invoke\t:write\t5',
        '3\t:info\t:write\t:timed-out',
        '4\t:invoke\t:read\tnil',
        '4\t:ok\t:read\tnil',
      ].join('\n'),
    );
    expect(brief({ events, notes })).toEqual([
      invoke(0, 'write', { value: 3 }),
      ok(0, 'write', 3),
      invoke(1, 'cas', { value: [3, 4] }),
      fail(1, 'cas', 'cas-mismatch'),
      invoke(2, 'read'),
      fail(2, 'read', ':timed-out'),
      invoke(3, 'write', { value: 5 }),
      info(3, 'write', ':timed-out'),
      invoke(4, 'read'),
      ok(4, 'read', null),
    ]);
    expect(notes.join()).toContain('1 line without an operation');
  });

  it('with a reason beside a failed cas do not say what the register held', () => {
    const text = '1\t:invoke\t:cas\t[3 4]\n1\t:fail\t:cas\t[3 4]\t[:unavailable "no leader"]\n';
    expect(brief(imported(text))[1]).toEqual(fail(1, 'cas', '[":unavailable","no leader"]'));
  });

  it('that are malformed are named; a last one without its end was cut off', () => {
    expect(() => imported('0\t:invoke\t:read\tnil\n0\t:ok\t:read\t[1\n')).toThrow(/line 2, column 1: the value/);
    const { events, notes } = imported('0\t:invoke\t:read\tnil\n0\t:ok\t:read\t[1');
    expect(events).toHaveLength(1);
    expect(notes.join()).toContain('line 2, the last, is cut off');
  });
});

describe('JSON operations', () => {
  it('are read as an array or as lines, long numbers exactly', () => {
    const one = '{"index":0,"process":1,"type":"invoke","f":"write","value":9007199254740993}';
    const other = '{"index":1,"process":1,"type":"ok","f":"write","value":9007199254740993}';
    const value = '9007199254740993';
    for (const text of [`${one}\n${other}\n`, `[${one},\n${other}]`, `[\n  ${one}\n,\n${other}\n]\n`]) {
      expect(brief(imported(text))).toEqual([invoke(1, 'write', { value }), ok(1, 'write', value)]);
      expect(brief(imported(text, { size: 7 }))).toHaveLength(2);
    }
  });

  it('that are malformed are named with line and column', () => {
    expect(() => imported('[{"type":"invoke","f":"read"},\n {"type":"ok",,}]')).toThrow(/h, line 2, column 15: /);
  });
});

describe('a history without times', () => {
  const record = (type: string) => `{:process 0, :type :${type}, :f :write, :value 1}\n`;

  it('counts its records: one is a millisecond', () => {
    const { events, notes } = imported(record('invoke') + record('ok'));
    expect(events.map(({ timeUs }) => timeUs)).toEqual([1000, 2000]);
    expect(notes.join()).toContain('"0.012 s" is record 12');
  });

  it('keeps its order where only some records have a time', () => {
    const timed = record('invoke').replace('}', ', :time 5000000}');
    const { events } = imported(
      timed + record('ok') + record('invoke') + record('ok').replace('}', ', :time 5002000}'),
    );
    expect(events.map(({ timeUs }) => timeUs)).toEqual([0, 1, 2, 2.001]);
  });
});
