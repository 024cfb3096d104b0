import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { assay, temporaryFolder } from '../support/program.js';
import { CORPUS, CORPUS_MISSING } from '../unit/linearizability-checker/corpus.js';

const WRITTEN = `{:process 0 :type :invoke :f :write :value 1}
{:process 0 :type :ok :f :write :value 1}
`;
const STALE = `{:process 1 :type :invoke :f :read :value nil}
{:process 1 :type :ok :f :read :value 0}
`;

describe("assay check of another tool's history", () => {
  it('ends with 0 where it is linearizable, with 1 and a story where it is not, also packed', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'good.edn'), WRITTEN);
    writeFileSync(join(folder, 'bad.edn.gz'), gzipSync(WRITTEN + STALE));
    const good = await assay(folder, ['check', 'good.edn']);
    expect([good.exitCode, good.stdout.split('\n')[0]]).toEqual([
      0,
      'valid: 1 operation of good.edn, judged as cas-register',
    ]);
    const bad = await assay(folder, [
      'check',
      'bad.edn.gz',
      '--model',
      'register',
      '--initial',
      '0',
      '--timeout',
      '60s',
    ]);
    expect(bad.exitCode).toBe(1);
    expect(bad.stdout).toMatch(/process 1 read .* = 0 .*but 1 had been written and acknowledged/);
  });

  it('prints all that is known with --json', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'history'), WRITTEN + STALE);
    const { exitCode, stdout } = await assay(folder, ['check', 'history', '--initial', '0', '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'invalid',
      format: 'jepsen-edn',
      model: 'cas-register',
      operations: 2,
      checks: [{ checker: 'linearizability', anomalies: [{ kind: 'lost-write' }] }],
      linearizability: {
        verdict: 'illegal',
        effort: { operations: 2 },
        partitions: [{ verdict: 'illegal', violation: { minimal: true } }],
      },
    });
  });

  it.each([
    [['check', 'two.edn'], /two\.edn, line 3, column 1: an operation needs a type/, /Mend or remove it/],
    [['check', 'what.edn'], /\(transfer\) are about: transfers/, /Name the model with --model: cas-register/],
    [['check', 'text.md'], /does not begin like any history/, /--format/],
    [['check', 'good.edn', '--model', 'fifo-queu'], /--model cannot be "fifo-queu"/, /Did you mean/],
    [['check', 'good.edn', '--model', 'stack'], /a stack has no operation "write"/, /--model/],
    [['check', 'good.edn', '--model', 'set', '--initial', '[1]'], /first value cannot be \[1\]/, /begins empty/],
    [['check', 'good.edn', '--timeout', 'soon'], /--timeout cannot be "soon"/, /duration above zero/],
  ])('%j ends with 254 and a way out', async (args, message, wayOut) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'good.edn'), WRITTEN);
    writeFileSync(join(folder, 'two.edn'), `${WRITTEN}{:process 2 :f :read}\n`);
    writeFileSync(join(folder, 'what.edn'), '{:process 0 :type :invoke :f :transfer :value {:from 1 :to 2}}\n');
    writeFileSync(join(folder, 'text.md'), '# A text\n');
    const { exitCode, stdout, stderr } = await assay(folder, args);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(wayOut);
    expect([exitCode, stdout]).toEqual([254, '']);
  });

  it.skipIf(CORPUS_MISSING !== undefined)('gives published histories their verdicts', async () => {
    const folder = temporaryFolder();
    const kv = ['--model', 'kv-append', '--initial', ''];
    for (const [file, flags, exitCode] of [
      ['porcupine-kv/c50-ok.txt', kv, 0],
      ['porcupine-kv/c50-bad.txt', kv, 1],
      ['knossos/mutex/bad/etcd.edn', ['--initial', 'false'], 1],
      ['etcd-jepsen/etcd_002.log', ['--initial', 'null'], 0],
      ['knossos/cas-register/bad/cas-failure.edn', ['--initial', '0'], 1],
    ] as const) {
      const packed = join(folder, 'history');
      writeFileSync(packed, gzipSync(readFileSync(join(CORPUS, file))));
      for (const target of [join(CORPUS, file), packed]) {
        expect((await assay(folder, ['check', target, ...flags, '--timeout', '60s'])).exitCode, file).toBe(exitCode);
      }
    }
  });
});
