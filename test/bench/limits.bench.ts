import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { measureMemory } from './limits/memory.js';
import { PATHS, type Path } from './limits/paths.js';

const LIMITS_MS = [20, 50, 100, 500, 2000];
/** What is allowed beyond a limit, whichever is more. */
const SHARE = 0.05;
const FLOOR_MS = 3;

interface Measured {
  readonly verdict: string;
  /** On the clock that the limit was measured with. */
  readonly ms: number;
  readonly wallMs: number;
  /** In which the collector stopped the program. */
  readonly collectedMs: number;
  /** The longest time between two looks at the clock, and where it was looked at next. */
  readonly gapMs: number;
  readonly gapBefore: string;
}

/**
 * How well time limits are honoured, path by path, on histories that are too long for them:
 * `npm run bench -- limits [PATTERN…] [--gaps]`; or, with `--memory`, how well memory limits are. The clock is the processor time of this process, where a checker
 * takes a clock. With `--gaps` it tells after each line where the longest time without a look at the clock ended.
 */
export default async function limitsBench(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { gaps: { type: 'boolean', default: false }, memory: { type: 'boolean', default: false } },
  });
  if (values.memory) {
    measureMemory();
    return;
  }
  const patterns = positionals.map((pattern) => new RegExp(pattern, 'i'));
  const chosen = PATHS.filter(({ name }) => patterns.length === 0 || patterns.some((pattern) => pattern.test(name)));
  const missed: string[] = [];
  let worst = { beyondMs: 0, line: '' };
  for (const path of chosen) {
    const fresh = path.prepare();
    for (const limitMs of LIMITS_MS) {
      const measured = await measure(path, fresh(), limitMs);
      const beyondMs = measured.ms - limitMs;
      const met = beyondMs <= Math.max(SHARE * limitMs, FLOOR_MS);
      const line = format(path.name, limitMs, measured, met);
      console.log(line);
      if (values.gaps) console.log(`    ${measured.gapMs.toFixed(1)} ms until ${measured.gapBefore}`);
      if (!met) missed.push(line);
      if (beyondMs > worst.beyondMs) worst = { beyondMs, line };
      if (beyondMs < -0.2 * limitMs) break;
    }
  }
  console.log(`\n${missed.length} missed${missed.length > 0 ? `:\n${missed.join('\n')}` : ''}`);
  if (worst.line) console.log(`worst:\n${worst.line}`);
}

function format(name: string, limitMs: number, { ms, wallMs, collectedMs, verdict }: Measured, met: boolean): string {
  const beyond = ms - limitMs;
  return [
    name.padEnd(46),
    `limit ${limitMs}`.padEnd(11),
    `${ms.toFixed(1)} ms`.padStart(10),
    `${beyond > 0 ? '+' : ''}${((100 * beyond) / limitMs).toFixed(1)} %`.padStart(9),
    `wall ${wallMs.toFixed(0)} ms`.padStart(14),
    `collector ${collectedMs.toFixed(1)} ms`.padStart(19),
    verdict.padEnd(8),
    beyond < -0.2 * limitMs ? 'in time' : met ? 'met' : 'MISSED',
  ].join('  ');
}

async function measure(
  { ownClock = false }: Path,
  run: ReturnType<ReturnType<Path['prepare']>>,
  limitMs: number,
): Promise<Measured> {
  const pauses: { readonly startTime: number; readonly duration: number }[] = [];
  const observer = new PerformanceObserver((list) => pauses.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  let last = processorMs();
  let gapMs = 0;
  let gapBefore = 'the end';
  const now = () => {
    const time = processorMs();
    if (time - last > gapMs) {
      gapMs = time - last;
      gapBefore = (new Error().stack ?? '').split('\n').slice(2, 7).map(place).join(' < ');
      last = processorMs();
      return time;
    }
    last = time;
    return time;
  };
  const began = performance.now();
  const start = processorMs();
  last = start;
  const verdict = await run({ timeoutMs: limitMs, now });
  const end = processorMs();
  const wallMs = performance.now() - began;
  if (end - last > gapMs) {
    gapMs = end - last;
    gapBefore = 'the end';
  }
  // Entries come a moment later.
  await setTimeout(5);
  observer.disconnect();
  const collectedMs = pauses
    .filter(({ startTime }) => startTime >= began && startTime <= began + wallMs)
    .reduce((sum, { duration }) => sum + duration, 0);
  return { verdict, ms: ownClock ? wallMs : end - start, wallMs, collectedMs, gapMs, gapBefore };
}

function place(line: string): string {
  return line.replace(/^\s*at /, '').replace(/\(.*\/(.*?:\d+):\d+\)/, '$1');
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
