import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Catalogue, loadCatalogue } from '../../../src/runner/catalogue.js';
import { checkFile } from '../../../src/runner/check.js';

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
