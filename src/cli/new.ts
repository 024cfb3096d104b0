import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Argument, type Command } from 'commander';
import { AssayError, messageOf } from '../kernel/errors.js';
import { didYouMean } from '../runner/suggest.js';
import {
  nemesisSource,
  nemesisTestSource,
  type TestRunner,
  workloadSource,
  workloadTestSource,
} from './new-sources.js';
import type { Session } from './session.js';

const KINDS = {
  workload: { folder: 'workloads', source: workloadSource, test: workloadTestSource },
  nemesis: { folder: 'nemeses', source: nemesisSource, test: nemesisTestSource },
} as const;
type Kind = keyof typeof KINDS;

/** `assay new workload|nemesis NAME`: a plugin and its test, in the user's folder, that work at once. */
export function addNew(program: Command, session: Session): void {
  program
    .command('new')
    .description('write a plugin and its test here, ready to run and to change')
    .addArgument(new Argument('<kind>', Object.keys(KINDS).join(' or ')).argParser(parseKind))
    .addArgument(new Argument('<name>', 'such as transfers or flaky-leader').argParser(parseName))
    .option('--json', 'print the written files as JSON')
    .action((kind: Kind, name: string) => {
      const { folder, source, test } = KINDS[kind];
      const runner = testRunnerOf(session.folder);
      const files = [
        { path: join(session.folder, folder, `${name}.ts`), text: source(name) },
        { path: join(session.folder, 'test', `${name}.test.ts`), text: test(name, runner) },
      ];
      refuseToOverwrite(files.map(({ path }) => path));
      for (const { path, text } of files) write(path, text);
      const written = files.map(({ path }) => relative(session.folder, path));
      const use = kind === 'workload' ? `--workload ${name}` : `--nemesis ${name}`;
      const tryIt = `npx assay run raft ${use}`;
      const testIt = runner === 'vitest' ? `npx vitest run ${written[1]}` : `npx tsx --test ${written[1]}`;
      for (const path of written) session.print(`Wrote ${path}`);
      session.print(`Try it:  ${tryIt}\nTest it: ${testIt}`);
      session.printJson({ written, tryIt, testIt });
    });
}

function parseKind(text: string): Kind {
  if (text in KINDS) return text as Kind;
  throw new AssayError('bad-argument', `there is no kind of plugin "${text}"`, didYouMean(text, Object.keys(KINDS)));
}

function parseName(text: string): string {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) && text !== 'none') return text;
  throw new AssayError(
    'bad-argument',
    `a plugin cannot be called "${text}"`,
    'Use small letters, digits and single hyphens, beginning with a letter, such as flaky-leader.',
  );
}

function testRunnerOf(folder: string): TestRunner {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<
      Record<'dependencies' | 'devDependencies', Record<string, string>>
    >;
    return (manifest.dependencies?.vitest ?? manifest.devDependencies?.vitest) ? 'vitest' : 'node:test';
  } catch {
    return 'node:test';
  }
}

function refuseToOverwrite(paths: readonly string[]): void {
  const taken = paths.filter((path) => existsSync(path));
  if (taken.length === 0) return;
  throw new AssayError(
    'bad-argument',
    `${taken.join(' and ')} exists already`,
    'Choose another name; nothing was written.',
  );
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new AssayError(
      'bad-argument',
      `cannot write ${path}: ${messageOf(error)}`,
      'Go to a folder that you may write.',
      {
        cause: error,
      },
    );
  }
}
