import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const ROUNDS = 11;
/** The issue, figure 8. */
const AT_MOST_MS = 250;

/** How long `assay check` of 100 operations takes, from the shell's point of view: `npm run bench -- startup`. */
export default async function startupBench(): Promise<void> {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is not there: npm run build`);
  const folder = mkdtempSync(join(tmpdir(), 'assay-startup-'));
  try {
    const bare = await median(['-e', '0']);
    console.log(`node itself: ${bare} ms (median of ${ROUNDS})`);
    for (const [name, lines] of [
      [
        'history.ndjson',
        operations((kind, at, value) => JSON.stringify({ kind, timeUs: at, process: 0, f: 'write', key: 'k', value })),
      ],
      [
        'history.edn',
        operations((kind, at, value) => `{:type :${kind}, :time ${at}, :process 0, :f :write, :value ${value}}`),
      ],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, `${lines.join('\n')}\n`);
      const took = await median([MAIN, 'check', file]);
      console.log(`assay check ${name}, 100 operations: ${took} ms (at most ${AT_MOST_MS})`);
      if (took > AT_MOST_MS) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function operations(line: (kind: 'invoke' | 'ok', at: number, value: number) => string): string[] {
  return Array.from({ length: 100 }, (_, value) => [
    line('invoke', 2 * value, value),
    line('ok', 2 * value + 1, value),
  ]).flat();
}

async function median(args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await execa(process.execPath, args);
    times.push(performance.now() - began);
  }
  return Math.round(times.sort((left, right) => left - right)[ROUNDS >> 1] as number);
}
