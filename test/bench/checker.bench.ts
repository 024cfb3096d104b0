import { parseArgs } from 'node:util';
import { MeasuringProgram } from './checker/child.js';
import { FOOTNOTE, formatCells, HEADER, type Line, lineOf } from './checker/line.js';
import { rows } from './checker/rows.js';

/** The middle of each family. */
const QUICK =
  /^register [us]-H 10k c20(?!.*subtle)|^(kv|set|counter|mutex|append).* (20k|100k) c20(?!.*dead)|^(fifo|stack).* 10k|^etcd/;

/**
 * The linearizability checker on every family of generated histories and on the published ones:
 * `npm run bench -- checker [ROW-PATTERN…] [--seed N] [--quick] [--timeout SECONDS]`.
 *
 * Each row has a process of its own, with a heap of 2 GB. What is timed is `check` alone, after a warm-up on small
 * histories of the same family: without and with the explanation of a violation. The memory is the peak of the whole
 * process, the history included. Exits 1 where a verdict is wrong or the checker breaks. `--quick` takes the
 * middle of each family and allows 5 s a row.
 */
export default async function checkerBench(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      timeout: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const patterns = positionals.map((pattern) => new RegExp(pattern, 'i'));
  const chosen = rows().filter(
    (row) =>
      (!values.quick || QUICK.test(row.name)) &&
      (patterns.length === 0 || patterns.some((pattern) => pattern.test(row.name))),
  );
  const settings = {
    seed: Number(values.seed),
    timeoutMs: Number(values.timeout ?? (values.quick ? 5 : 60)) * 1000,
    warmUpMs: values.quick ? 200 : 700,
  };
  console.log(
    `seed ${settings.seed}, ${chosen.length} histories, each warmed up for ${settings.warmUpMs} ms\n${HEADER}`,
  );
  using program = await MeasuringProgram.build();
  const lines: Line[] = [];
  for (const row of chosen) {
    const line = lineOf(row, await program.run({ row: row.name, ...settings }));
    console.log(formatCells(line.cells));
    lines.push(line);
  }
  summarize(lines);
  if (lines.some(({ wrong }) => wrong)) process.exitCode = 1;
}

function summarize(lines: readonly Line[]): void {
  console.log(FOOTNOTE);
  const missed = lines.filter(({ met }) => !met);
  if (missed.length > 0) {
    console.log(`\nLimits missed\n${HEADER}`);
    for (const { cells } of missed) console.log(formatCells(cells));
  }
  console.log(
    `\n${lines.length} histories: ${lines.filter(({ decided }) => decided).length} decided, ` +
      `${lines.filter(({ wrong }) => wrong).length} wrong, ${missed.length} limits missed`,
  );
}
