import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Catalogue, loadCatalogue } from '../../../src/runner/catalogue.js';
import { type CheckOptions, checkFile, modelNamed } from '../../../src/runner/check.js';
import { CORPUS, CORPUS_MISSING, expectations } from '../linearizability-checker/corpus.js';

let folder: string;
let catalogue: Catalogue;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-check-'));
  catalogue ??= await loadCatalogue(folder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const line = (kind: string, timeUs: number, process: number, f: string, value?: unknown) =>
  JSON.stringify({ kind, timeUs, process, f, key: 'k', ...(value !== undefined && { value }) });

function check(lines: readonly string[], tail = '') {
  const file = join(folder, 'history.ndjson');
  writeFileSync(file, `${lines.join('\n')}\n${tail}`);
  return checkFile(file, { catalogue, budgetMs: 10_000 });
}

const written = [line('invoke', 1, 0, 'write', 1), line('ok', 2, 0, 'write', 1)];

describe('checkFile', () => {
  it('accepts a read of what was written and rejects a read of what is gone', async () => {
    const read = (value: unknown) => [line('invoke', 3, 1, 'read'), line('ok', 4, 1, 'read', value)];
    expect((await check([...written, ...read(1)])).verdict).toBe('valid');
    expect((await check([...written, ...read(null)])).verdict).toBe('invalid');
  });

  it('takes appends for lists without being told', async () => {
    const appended = [line('invoke', 1, 0, 'append', 7), line('ok', 2, 0, 'append', 7)];
    const read = (value: unknown) => [line('invoke', 3, 1, 'read'), line('ok', 4, 1, 'read', value)];
    expect((await check([...appended, ...read([7])])).verdict).toBe('valid');
    expect((await check([...appended, ...read([])])).verdict).toBe('invalid');
  });

  it('judges what a killed harness left: the torn line is left out and told, the open operation may or may not have happened', async () => {
    const open = [line('invoke', 3, 1, 'write', 2), line('invoke', 4, 2, 'read')];
    const checked = await check([...written, ...open], '{"kind":"ok","timeUs":5,"pro');
    expect(checked).toMatchObject({ verdict: 'valid', operations: 3 });
    expect(checked.notes.join()).toContain('line 5');
  });

  it('refuses a history without operations and a malformed line, naming the place', async () => {
    await expect(check(['{"kind":"note","timeUs":1,"text":"quiet"}'])).rejects.toThrow(/holds no operation/);
    await expect(check([...written, 'garbage', ...written])).rejects.toThrow(/line 3 is not JSON/);
  });
});

describe("checkFile of another tool's history", () => {
  function foreign(text: string, options: Partial<CheckOptions> = {}) {
    const file = join(folder, 'history.edn');
    writeFileSync(file, text);
    return checkFile(file, {
      catalogue: async () => Promise.reject(new Error('not needed')),
      budgetMs: 10_000,
      ...options,
    });
  }
  const edn = (type: string, process: number, f: string, value: string) =>
    `{:process ${process} :type :${type} :f :${f} :value ${value}}\n`;
  const read = (value: string) => edn('invoke', 1, 'read', 'nil') + edn('ok', 1, 'read', value);

  it('tells format and model, and what it took for granted', async () => {
    const text = edn('invoke', 0, 'write', '1') + edn('ok', 0, 'write', '1') + read('nil') + read('1');
    const checked = await foreign(text);
    expect(checked).toMatchObject({ verdict: 'valid', format: 'jepsen-edn', model: 'cas-register', operations: 3 });
    expect(checked.notes.join()).toContain('1 read of nil');
    expect((await foreign(text, { dialect: { nilRead: 'nothing' } })).verdict).toBe('invalid');
  });

  it('takes the first value from --initial, and says where none was given', async () => {
    const invalid = await foreign(read('0'));
    expect(invalid.verdict).toBe('invalid');
    expect(invalid.notes.join()).toContain('--initial was not given');
    expect((await foreign(read('0'), { initial: 0 })).verdict).toBe('valid');
  });

  it('tells everything for programs: keys, algorithms, effort, and what contradicts what', async () => {
    const keyed = (key: number, value: number) =>
      edn('invoke', 0, 'write', `[${key} ${value}]`) + edn('ok', 0, 'write', `[${key} ${value}]`);
    const { linearizability } = await foreign(
      keyed(1, 5) + keyed(2, 6) + edn('invoke', 1, 'read', '[1 nil]') + edn('ok', 1, 'read', '[1 4]'),
    );
    expect(linearizability).toMatchObject({ model: 'cas-register', verdict: 'illegal', effort: { operations: 3 } });
    expect(linearizability?.partitions).toMatchObject([
      {
        key: '1',
        verdict: 'illegal',
        violation: {
          minimal: true,
          operations: [{ process: 1, text: 'read() = 4', callUs: 5000, returnUs: 6000, outcome: 'ok' }],
        },
      },
      { key: '2' },
    ]);
  });

  it('takes sets and maps for equal whatever order they were printed in', async () => {
    const wrote = (value: string) => edn('invoke', 0, 'write', value) + edn('ok', 0, 'write', value);
    const found = (value: string) => edn('invoke', 1, 'read', 'nil') + edn('ok', 1, 'read', value);
    expect(await foreign(wrote('#{1 2}') + found('#{2 1}'))).toMatchObject({ verdict: 'valid' });
    expect(await foreign(wrote('{:a 1, :b 2}') + found('{:b 2, :a 1}'))).toMatchObject({ verdict: 'valid' });
    expect(await foreign(wrote('[1 2]') + found('[2 1]'))).toMatchObject({ verdict: 'invalid' });
    const txn = (process: number, invoked: string, ok: string) =>
      edn('invoke', process, 'txn', invoked) + edn('ok', process, 'txn', ok);
    const written = '[[:w 1 {:a 1, :b 2}]]';
    const text = txn(0, written, written) + txn(1, '[[:r 1 nil]]', '[[:r 1 {:b 2, :a 1}]]');
    expect(await foreign(text)).toMatchObject({ verdict: 'valid', model: 'rw-register' });
  });

  it('judges transactions, at the isolation level that was promised', async () => {
    const txn = (type: string, value: string) => edn(type, 0, 'txn', value);
    const text =
      txn('invoke', '[[:append 1 1]]') +
      txn('ok', '[[:append 1 1]]') +
      txn('invoke', '[[:r 1 nil]]') +
      txn('ok', '[[:r 1 nil]]');
    expect(await foreign(text)).toMatchObject({ verdict: 'invalid', model: 'list-append' });
    expect(await foreign(text, { isolation: 'serializable' })).toMatchObject({ verdict: 'valid' });
  });

  it('lists the models where none is evident', async () => {
    const text = edn('invoke', 0, 'transfer', '{:from 1 :to 2 :amount 3}');
    await expect(foreign(text)).rejects.toThrow(
      expect.objectContaining({
        code: 'bad-argument',
        wayOut: expect.stringMatching(/--model: cas-register, .*rw-register/),
      }),
    );
  });
});

describe.skipIf(CORPUS_MISSING !== undefined)(
  `published histories through checkFile${CORPUS_MISSING ? ` (${CORPUS_MISSING})` : ''}`,
  () => {
    const judged = async (file: string, options: Partial<CheckOptions> = {}) =>
      checkFile(join(CORPUS, file), {
        catalogue: async () => Promise.reject(new Error('not needed')),
        budgetMs: 30_000,
        ...options,
      });

    it('get the published verdicts', { timeout: 120_000 }, async () => {
      const files = expectations();
      const wrong: string[] = [];
      for (const [file, { model, initial, valid }] of files) {
        const { verdict, model: used } = await judged(file, { initial });
        if (verdict !== (valid ? 'valid' : 'invalid') || used !== modelNamed(model))
          wrong.push(`${file} ${verdict} as ${used}`);
      }
      expect(files.length).toBeGreaterThan(100);
      expect(wrong).toEqual([]);
    });

    it.each([
      ['elle-list-append.edn', 'jepsen-edn', 'list-append', 'invalid'],
      ['elle-list-append.json', 'elle-json', 'list-append', 'invalid'],
      ['elle-rw-register.json', 'elle-json', 'rw-register', 'invalid'],
      ['etcd-robustness-operations.sample.json', 'etcd-robustness', 'etcd', 'valid'],
      ['jepsen-counter.edn', 'jepsen-edn', 'counter', 'valid'],
      ['jepsen-set-full.edn', 'jepsen-edn', 'set', 'valid'],
    ])('the sample %s is read as %s, judged as %s: %s', async (file, format, model, verdict) => {
      expect(await judged(`formats/${file}`)).toMatchObject({ format, model, verdict });
    });
  },
);
