import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidentModel } from '../../../../src/checkers/interpret/evident-model.js';
import { OBJECT_NAMES } from '../../../../src/checkers/interpret/models.js';
import { linearizability } from '../../../../src/checkers/linearizability.js';
import { AssayError } from '../../../../src/kernel/errors.js';
import { imported } from './import.js';

/** A short history in each format, whole. */
const SEEDS = {
  'jepsen-edn': `; a comment
[{:process 0, :type :invoke, :f :write, :value 1, :time 10, :index 0}
 #jepsen.history.Op{:process 1, :type :invoke, :f :cas, :value [1 2]}
 {:process 0, :type :ok, :f :write, :value 1, :error "a \\"quoted\\" {text}"}
 {:process :nemesis, :type :info, :f :start, :value #{:n1 \\{ 1/2 12345678901234567890}}
 {:process 1, :type :info, :f :cas, :value [1 2] :error [:timeout nil]}
 {:process 2, :type :invoke, :f :read, :value nil} {:process 2, :type :ok, :f :read, :value 2}]
`,
  'jepsen-log': `INFO  jepsen.util - 0\t:invoke\t:write\t1
INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]
INFO  jepsen.core - starting
INFO  jepsen.util - 0\t:ok\t:write\t1
INFO  jepsen.util - 1\t:fail\t:cas\t[1 2]
INFO  jepsen.util - :nemesis\t:info\t:stop\t"a text"
INFO  jepsen.util - 2   :invoke :read   nil
INFO  jepsen.util - 2   :ok     :read   {:a #{1}}
`,
  'elle-json': `[{"index":0,"process":1,"type":"invoke","f":"txn","value":[["append","x",1],["r","x",null]]},
 {"index":1,"process":1,"type":"ok","f":"txn","value":[["append","x",1],["r","x",[1]]]},
 {"index":2,"process":2,"type":"invoke","f":"txn","value":[["w",9007199254740993,"\\u00e9\\\\"]]}]
`,
  'etcd-robustness': `{"ClientId":2,"Input":{"Type":"range","Range":{"Start":"k","End":"","Limit":0,"Revision":0}},"Call":27,"Output":{"Range":{"KVs":[{"Key":"k","Value":{"Value":"a"},"ModRevision":2}],"Count":1},"Revision":2,"Error":""},"Return":30}
{"ClientId":1,"Input":{"Type":"txn","Txn":{"Conditions":[{"Key":"k","ExpectedRevision":0}],"OperationsOnSuccess":[{"Type":"put-operation","Put":{"Key":"k","Value":{"Value":"a"}}},{"Type":"delete-operation","Delete":{"Key":"q"}}],"OperationsOnFailure":null}},"Call":5,"Output":{"Txn":{"Failure":false,"Results":[{},{}]},"Revision":2,"Error":""},"Return":26}
`,
} as const;

type Format = keyof typeof SEEDS;

/** What damage does to a text. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.nat(200) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.nat(300) }),
  fc.record({ kind: fc.constant('move' as const), at: fc.nat(), length: fc.nat(200), to: fc.nat() }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: fc.nat(),
    text: fc.oneof(
      fc.string({ maxLength: 8, unit: 'binary' }),
      fc.constantFrom(
        ...['{', '}', '[', ']', '(', ')', '"', '\\', '#', '#_', '#{', '^', ';', ':', '\n', '\t', ',', '\0'],
      ),
      fc.constantFrom('nil', '-', '1e999', '99999999999999999999', '"ok"', ':info', '\ud800', '\ufffd', '__proto__'),
      fc.constantFrom('['.repeat(5000), '{"a":'.repeat(5000), '#_'.repeat(5000), '9'.repeat(5000), '"'.repeat(5001)),
    ),
  }),
);

type Damage = typeof damage extends fc.Arbitrary<infer D> ? D : never;

function damaged(text: string, steps: readonly Damage[]): string {
  return steps.reduce(afflict, text);
}

function afflict(text: string, step: Damage): string {
  const at = step.at % (text.length + 1);
  switch (step.kind) {
    case 'cut':
      return text.slice(0, at) + text.slice(at + step.length);
    case 'repeat':
      return text.slice(0, at + step.length) + text.slice(at);
    case 'move': {
      const rest = text.slice(0, at) + text.slice(at + step.length);
      const to = step.to % (rest.length + 1);
      return rest.slice(0, to) + text.slice(at, at + step.length) + rest.slice(to);
    }
    case 'insert':
      return text.slice(0, at) + step.text + text.slice(at);
  }
}

/** Reads and judges as far as it goes. Whatever is wrong must be told as the file's fault. */
function readAndJudge(text: string, format: Format, size: number): string | undefined {
  try {
    const { events } = imported(text, { format, size });
    const { model } = evidentModel(events);
    const object = OBJECT_NAMES.find((name) => name === model);
    if (object === undefined) return undefined;
    const checker = linearizability({ model: object });
    for (const event of events) checker.observe(event);
    checker.conclude(1000);
    return undefined;
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    expect(['bad-file', 'bad-argument']).toContain(error.code);
    return error.message;
  }
}

describe.each(Object.keys(SEEDS) as Format[])('a damaged history in %s', (format) => {
  it('is read, or refused with its place, and never breaks the reader', () => {
    expect(readAndJudge(SEEDS[format], format, 1000)).toBeUndefined();
    let refused = 0;
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 400 }), (steps, size) => {
        if (readAndJudge(damaged(SEEDS[format], steps), format, size) !== undefined) refused++;
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(15);
  });

  it('is read the same in pieces of any size', () => {
    const outcome = (text: string, size: number) => {
      try {
        return imported(text, { format, size });
      } catch {
        // Which of several errors is met first depends on the pieces.
        return 'refused';
      }
    };
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 2 }), fc.integer({ min: 1, max: 50 }), (steps, size) => {
        const text = damaged(SEEDS[format], steps);
        expect(outcome(text, size)).toEqual(outcome(text, Number.MAX_SAFE_INTEGER));
      }),
      { numRuns: 150 },
    );
  });

  it('takes time in proportion to its length', () => {
    const took = (times: number) => {
      const text = SEEDS[format].replaceAll(/^(\[|; a comment)|\]$/gm, '').repeat(times);
      const began = performance.now();
      // Repeated invocations are refused in the end; what counts is that the reader gets there.
      readAndJudge(text, format, 65_536);
      return performance.now() - began;
    };
    took(200);
    expect(took(1000)).toBeLessThan(5000);
    for (const hard of ['[', '{', '"', '\\', '#', ';', ' ', '\n', '9', ':a ', '1 :ok ', '#_']) {
      const began = performance.now();
      readAndJudge(SEEDS[format] + hard.repeat(200_000), format, 65_536);
      expect(performance.now() - began, hard).toBeLessThan(5000);
    }
  });
});
