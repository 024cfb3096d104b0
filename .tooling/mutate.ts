import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type Mutant, mutated, mutationsOf, probed } from './mutations.js';
import type { Report } from './plain-vitest.js';

/**
 * `mutate.ts TESTS FILE[:LINE-LINE]…` changes one thing after another in each file, and says which changes no test
 * notices. TESTS are files, or folders of them, with commas between. The files themselves are left as they are: what
 * is changed is a bundle of the tests.
 */
const [folder, ...targets] = process.argv.slice(2);
if (folder === undefined || targets.length === 0) throw new Error('usage: mutate.ts TESTS FILE…');
// Inside of the repository, where bundles find their packages.
mkdirSync('results', { recursive: true });
const scratch = mkdtempSync(resolve('results', 'mutants-'));
const shim = resolve(import.meta.dirname, 'plain-vitest.ts');
const testFiles = folder
  .split(',')
  .flatMap((tests) => (tests.endsWith('.ts') ? [tests] : readdirSync(tests).map((file) => join(tests, file))))
  .filter((file) => file.endsWith('.test.ts'));

/** What a test may take at most, in milliseconds of the processor, when a mutant runs it. */
const patience = (ms: number) => 4 * ms + 1000;

async function bundled(target: string, text: string): Promise<string> {
  const path = resolve(target);
  const imports = testFiles.map((file) => `import ${JSON.stringify(resolve(file))};`);
  const result = await build({
    stdin: { contents: `${imports.join('\n')}\nimport { run } from 'vitest';\nvoid run();`, resolveDir: '.' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    write: false,
    plugins: [
      {
        name: 'mutant',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^vitest$/ }, () => ({ path: shim }));
          onLoad({ filter: /\.ts$/ }, (file) => {
            const contents = file.path === path ? text : readFileSync(file.path, 'utf8');
            const place = JSON.stringify(pathToFileURL(file.path).href);
            return { contents: contents.replaceAll('import.meta.url', place), loader: 'ts' };
          });
        },
      },
    ],
  });
  return result.outputFiles[0]?.text ?? '';
}

interface Run {
  readonly reports: readonly Report[];
  /** Why a test failed, or did not end; `undefined` when all passed. */
  readonly killed?: string;
  readonly by?: string;
}

/** What a process has taken of the processor, in milliseconds; `undefined` where the system does not say. */
function processorTime(pid: number | undefined): number | undefined {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
      .slice(11);
    return 10 * (Number(user) + Number(system));
  } catch {
    return undefined;
  }
}

let bundles = 0;

async function runTests(code: string, tests: readonly string[], limit: (test: string) => number): Promise<Run> {
  const file = join(scratch, `bundle-${bundles++}.mjs`);
  writeFileSync(file, code);
  const reports: Report[] = [];
  return new Promise<Run>((done) => {
    // A process, not a thread: some mutants fill arrays until V8 ends the process that they are in.
    const child = fork(file, [...tests], {
      execArgv: ['--max-old-space-size=1500'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let running: string | undefined;
    let timer: NodeJS.Timeout | undefined;
    const end = (killed?: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      rmSync(file, { force: true });
      done({ reports, ...(killed !== undefined && { killed }), ...(running !== undefined && { by: running }) });
    };
    const wait = (ms: number) => {
      clearTimeout(timer);
      const from = processorTime(child.pid);
      // Not by the clock: on a machine that has much else to do, every mutant would be late.
      const look = () => {
        const now = processorTime(child.pid);
        const left = from === undefined || now === undefined ? 0 : ms - (now - from);
        if (left <= 0) end('time');
        else timer = setTimeout(look, left);
      };
      timer = setTimeout(look, ms);
    };
    wait(10_000);
    child.on('message', (message) => {
      const report = message as Report;
      reports.push(report);
      if (report.kind !== 'listed') running = report.test;
      if (report.kind === 'begun') wait(limit(report.test));
      if (report.kind === 'failed') end(report.why);
    });
    child.on('error', (error) => end(error.message));
    child.on('exit', (code) => end(code === 0 ? undefined : 'the process ended'));
  });
}

async function judge(target: string): Promise<void> {
  const [path = '', lines] = target.split(':');
  const [from = 1, to = Number.POSITIVE_INFINITY] = lines?.split('-').map(Number) ?? [];
  const text = readFileSync(path, 'utf8');
  const mutations = mutationsOf(path, text);
  const code = await bundled(path, probed(text, mutations));
  const list = await runTests(code, [], () => 0);
  const [listed] = list.reports;
  if (listed?.kind !== 'listed') throw new Error(`the tests cannot be listed: ${list.killed}`);
  const dry = await runTests(code, listed.tests, () => 300_000);
  if (dry.killed !== undefined) throw new Error(`${dry.by} fails without a mutant: ${dry.killed}`);
  const passed = dry.reports.flatMap((report) => (report.kind === 'passed' ? [report] : []));
  const time = new Map(passed.map(({ test, ms }) => [test, ms]));
  const kills = new Map<string, number>();
  const cost = (test: string) => (20 + (time.get(test) ?? 0)) / (1 + (kills.get(test) ?? 0));

  const mutants = mutations.mutants.filter(({ line }) => line >= from && line <= to);
  const survivors: Mutant[] = [];
  const start = performance.now();
  let late = 0;
  let broken = 0;
  for (const [index, mutant] of mutants.entries()) {
    const tests = passed.flatMap(({ test, entered }) =>
      mutant.block === 0 || entered.includes(mutant.block) ? [test] : [],
    );
    tests.sort((left, right) => cost(left) - cost(right));
    let run: Run = { reports: [] };
    if (tests.length > 0) {
      const changed = await bundled(path, mutated(text, mutant)).catch((error: Error) => error);
      run =
        changed instanceof Error
          ? { reports: [], killed: 'does not compile' }
          : await runTests(changed, tests, (test) => patience(time.get(test) ?? 0));
    }
    if (run.killed === 'time') late++;
    if (run.killed === 'does not compile') broken++;
    if (run.killed === undefined) {
      survivors.push(mutant);
      console.log(`${path}:${mutant.line} ${mutant.change}${tests.length === 0 ? ' (no test comes here)' : ''}`);
    } else if (run.by !== undefined) kills.set(run.by, (kills.get(run.by) ?? 0) + 1);
    process.stderr.write(`\r${index + 1}/${mutants.length} `);
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  const killed = mutants.length - survivors.length;
  console.log(
    `= ${target}: ${mutants.length} mutants, ${killed} killed (${late} by time, ${broken} do not compile), ${survivors.length} survive, ${seconds} s`,
  );
}

try {
  for (const target of targets) await judge(target);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
