import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registers } from '../support/history-families/cells.js';
import { writeHistoryFile } from '../support/history-families/write-history.js';

const PROGRAM = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const LIMIT_SECONDS = 12;
const LIMIT_MEGABYTES = 400;

/**
 * `assay check` of a long history, start-up and reading included: ten million operations of one register by 5, 20 and
 * 50 clients, unless told otherwise: `npm run bench -- stream [OPERATIONS] [CLIENTS…]`. Uses the built `assay`.
 */
export default async function streamBench(args: readonly string[]): Promise<void> {
  const [operations = 10_000_000, ...clients] = args.map(Number);
  const folder = mkdtempSync(join(tmpdir(), 'assay-stream-'));
  const rows: Record<string, string | number>[] = [];
  try {
    for (const count of clients.length > 0 ? clients : [5, 20, 50]) {
      for (const fault of [undefined, 'dead'] as const) {
        const file = join(folder, 'history.ndjson');
        const shape = {
          operations,
          clients: count,
          overlap: 'heavy',
          values: 'unique',
          ...(fault && { fault }),
        } as const;
        writeHistoryFile(file, registers, shape, 1);
        const { seconds, megabytes, verdict } = await check(file);
        rows.push({
          history: `${operations} operations, ${count} clients${fault ? ', one stale read' : ''}`,
          'file MB': Math.round(statSync(file).size / 1e6),
          verdict,
          seconds: Math.round(seconds * 10) / 10,
          'peak MB': megabytes ?? 'not told here',
          [`under ${LIMIT_SECONDS} s, ${LIMIT_MEGABYTES} MB`]:
            seconds < LIMIT_SECONDS && (megabytes ?? 0) < LIMIT_MEGABYTES ? 'met' : 'MISSED',
        });
        console.log(JSON.stringify(rows.at(-1)));
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.table(rows);
}

function check(file: string): Promise<{ seconds: number; megabytes: number | undefined; verdict: string }> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [PROGRAM, 'check', file, '--timeout', '60s'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let megabytes: number | undefined;
    const timer = setInterval(() => {
      megabytes = peakMegabytes(child.pid) ?? megabytes;
    }, 50);
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.on('error', reject);
    child.on('close', () => {
      clearInterval(timer);
      resolve({ seconds: (performance.now() - start) / 1000, megabytes, verdict: output.split(':')[0] ?? 'none' });
    });
  });
}

/** The peak of the resident memory so far, where the system tells it as Linux does. */
function peakMegabytes(process: number | undefined): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}
