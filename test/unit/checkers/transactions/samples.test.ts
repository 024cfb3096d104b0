import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkTransactions,
  type MicroOperation,
  type Transaction,
  type TransactionModel,
} from '../../../../src/checkers/transactions/index.js';

const FORMATS = join(resolve(process.env.ASSAY_CORPUS ?? '../shared/histories'), 'formats');

interface Line {
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly process: number;
  readonly index: number;
  readonly value: readonly MicroOperation[];
}

/** elle-cli's JSON: invocations and completions in turn, their indices for times. */
function transactionsOf(file: string): Transaction[] {
  const lines = JSON.parse(readFileSync(join(FORMATS, file), 'utf8')) as Line[];
  const open = new Map<number, Line>();
  return lines.flatMap((line): Transaction[] => {
    const invoke = open.get(line.process);
    if (line.type === 'invoke' || !invoke) {
      open.set(line.process, line);
      return [];
    }
    open.delete(line.process);
    const { process, type: outcome, value, index } = line as Line & { readonly type: 'ok' };
    return [{ process, outcome, operations: value, invokeUs: invoke.index, completeUs: index }];
  });
}

describe("Elle's published samples", () => {
  const check = (file: string, model: TransactionModel) => (context: { skip(reason: string): void }) => {
    if (!existsSync(join(FORMATS, file))) {
      context.skip(`no published histories at ${FORMATS}; set ASSAY_CORPUS to their folder`);
    }
    return checkTransactions(transactionsOf(file), { model });
  };

  it('list-append: a read that misses an acknowledged append of its own process', (context) => {
    const result = check('elle-list-append.json', 'list-append')(context);
    expect(result.verdict).toBe('invalid');
    // 255 was read as [2 3 4 5 8] and later as [2 3 4 5].
    expect(Object.keys(result.found).some((kind) => kind.startsWith('G-single'))).toBe(true);
    expect(result.excluded).toContain('strict-serializable');
  });

  it('rw-register: a value that nobody wrote', (context) => {
    const result = check('elle-rw-register.json', 'rw-register')(context);
    expect(result.verdict).toBe('invalid');
    expect(result.anomalies[0]?.title).toMatch(/read x = 3, which nobody wrote$/);
  });
});
