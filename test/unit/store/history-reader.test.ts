import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/history/events.js';
import { AssayError } from '../../../src/kernel/errors.js';
import { type HistoryReaderOptions, openHistory } from '../../../src/store/history-reader.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-history-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(content: string | Uint8Array, options: HistoryReaderOptions = {}) {
  const file = join(folder, 'history');
  writeFileSync(file, content);
  const history = await openHistory(file, options);
  const events: RunEvent[] = [];
  for await (const batch of history.batches) events.push(...batch);
  return { format: history.format, events, notes: history.notes() };
}

const ASSAY = '{"kind":"invoke","timeUs":1,"process":0,"f":"write","key":"k","value":"é"}\n';
const SAMPLES = [
  ['assay', `${ASSAY}{"kind":"note","timeUs":2,"text":"a remark"}\n`, 2],
  ['jepsen-edn', '{:process 0 :type :invoke :f :write :value "é"}\n', 1],
  ['jepsen-edn', '; from Knossos\n[{:process 0 :type :invoke :f :read}]', 1],
  ['jepsen-edn', '({:type :invoke, :f :read})', 1],
  ['jepsen-log', 'INFO  jepsen.core - hello\nINFO  jepsen.util - 0\t:invoke\t:read\tnil\n', 1],
  ['elle-json', '[\n{"type":"invoke","process":0,"f":"txn","value":[["r","x",null]]}]', 1],
  ['elle-json', '{"index":0,"type":"invoke","process":0,"f":"read","value":null}\n', 1],
  ['etcd-robustness', '{"ClientId":1,"Input":{"Type":"range"},"Call":1,"Output":{},"Return":2}', 2],
] as const;

describe('openHistory', () => {
  it.each(SAMPLES)('tells %s by how it begins, packed or not: %s', async (format, text, events) => {
    for (const content of [text, gzipSync(text), `\ufeff${text}`, `\n\n${text}`]) {
      const history = await read(content);
      expect([history.format, history.events.length]).toEqual([format, events]);
    }
  });

  it('reads a character that is split between two pieces', async () => {
    const text = '{:process 0 :type :invoke :f :write :value "é"}\n{:process 0 :type :fail :f :write}\n'.repeat(4000);
    const { events } = await read(` ${text}`);
    expect(events).toHaveLength(8000);
    expect(events.every((event) => event.kind === 'fail' || ('value' in event && event.value === 'é'))).toBe(true);
  });

  it('says what is missing, empty, damaged or no history at all', async () => {
    await expect(openHistory(join(folder, 'nowhere'))).rejects.toThrow(expect.objectContaining({ code: 'not-found' }));
    await expect(read('')).rejects.toThrow(/is empty/);
    await expect(read('# A text\n\nabout nothing')).rejects.toThrow(/like any history/);
    await expect(read(gzipSync(ASSAY.repeat(1000)).subarray(0, 40))).rejects.toThrow(/unexpected end/);
    await expect(openHistory(folder)).rejects.toThrow(expect.objectContaining({ code: 'bad-file' }));
  });

  it('takes the format that it is told', async () => {
    const text = `${'a line of a logger\n'.repeat(5000)}0\t:invoke\t:read\tnil\n`;
    await expect(read(text)).rejects.toThrow(/like any history/);
    expect((await read(text, { format: 'jepsen-log' })).events).toHaveLength(1);
  });

  it('never breaks on bytes that are damaged anyhow, in any format', async () => {
    const bytes = SAMPLES.map(([, text]) => new TextEncoder().encode(text.repeat(3)));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bytes),
        fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 6 })), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (whole, patches, packed) => {
          const damaged = Uint8Array.from(whole);
          for (const [at, patch] of patches) damaged.set(patch.subarray(0, 1), at % damaged.length);
          const content = packed ? gzipSync(damaged) : damaged;
          await read(content).catch((error: unknown) => {
            if (!(error instanceof AssayError)) throw error;
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("refuses Assay's events that are nested too deeply", async () => {
    const deep = (depth: number) => ASSAY.replace('"é"', `${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect((await read(deep(100))).events).toHaveLength(1);
    await expect(read(deep(100_000) + ASSAY)).rejects.toThrow(/line 1/);
  });
});
