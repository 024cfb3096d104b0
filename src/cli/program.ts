import { Command, CommanderError } from 'commander';
import { AssayError } from '../kernel/errors.js';
import { assayVersion } from '../runner/facts.js';
import type { ExitCode } from './exit-codes.js';
import { Session } from './session.js';

const EXIT_CODES = `
Exit codes:
  0    valid: no violation was found, and there was enough evidence to see one
  1    invalid: a violation was found
  2    unknown: too little evidence, or the checkers ran out of budget
  254  bad arguments
  255  the harness failed`;

type AddCommand = (program: Command, session: Session) => void;

/** Loaded when it is asked for: a check need not wait for what starts containers. In the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['run', async () => (await import('./run.js')).addRun],
  ['certify', async () => (await import('./certify.js')).addCertify],
  ['check', async () => (await import('./check.js')).addCheck],
  ['replay', async () => (await import('./replay.js')).addReplay],
  ['report', async () => (await import('./report.js')).addReport],
  ['serve', async () => (await import('./serve.js')).addServe],
  ['spec', async () => (await import('./spec.js')).addSpec],
  ['list', async () => (await import('./list.js')).addList],
  ['new', async () => (await import('./new.js')).addNew],
  ['doctor', async () => (await import('./doctor.js')).addDoctor],
  ['clean', async () => (await import('./clean.js')).addClean],
]);

/** Commands whose flags depend on which systems there are. */
const TAKES_SYSTEM_FLAGS: ReadonlySet<string> = new Set(['run', 'certify']);

/** Parses and carries out one command line; never throws. */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  const session = new Session(args.includes('--json'));
  // Node's own end of an uncaught error is 1, which here means that a violation was found.
  process.once('uncaughtException', (error) => {
    session.fail(error);
    process.exit(session.exitCode);
  });
  try {
    const asked = withHelpAsFlag(args);
    const program = await buildProgram(asked[0], session);
    await program.parseAsync(asked, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) session.fail(error);
    else if (error.exitCode !== 0) session.fail(asBadArgument(error));
  }
  return session.exitCode;
}

/** The program with the command that is asked for, or with all where none is: for the help, and for suggestions. */
async function buildProgram(name: string | undefined, session: Session): Promise<Command> {
  const program = new Command('assay')
    .description('Certifies consensus implementations: a cluster under chaos, to a verdict and a report.')
    .version(assayVersion(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const asked = COMMANDS.get(name ?? '');
  for (const load of asked ? [asked] : COMMANDS.values()) (await load())(program, session);
  program.hook('preSubcommand', async (_, command) => {
    if (!TAKES_SYSTEM_FLAGS.has(command.name())) return;
    const { addFlagsOfSystems } = await import('./run.js');
    await addFlagsOfSystems(command, session);
  });
  return program;
}

/** `assay help run` is `assay run --help`, which knows the systems' flags; no command at all asks for help. */
function withHelpAsFlag(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  if (first === undefined) return ['--help'];
  return first === 'help' ? [...rest, '--help'] : [...args];
}

/** Commander's own message, told as all others are: what is wrong, then the way out. */
function asBadArgument(error: CommanderError): AssayError {
  if (error.code === 'commander.help') {
    return new AssayError('bad-argument', 'a command is missing', 'See `assay spec --help`.');
  }
  const [message = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = hints.map((hint) => hint.replace(/^\(|\)$/g, '')).join(' ');
  return new AssayError('bad-argument', message, suggestion || 'See `assay --help`, or `assay COMMAND --help`.');
}
