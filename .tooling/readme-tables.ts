import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describeOptions, formatOption, formatValue } from '../src/cli/describe-options.js';
import { CLASSES } from '../src/conformance/reach/coverage.js';
import { type KillHint, PBFT_MUTANTS, RAFT_MUTANTS } from '../src/consensus/mutants/index.js';
import { FORMATS } from '../src/history/importers/formats.js';
import type { CoverageClass } from '../src/plugin/coverage.js';
import type { OptionsSchema } from '../src/plugin/options.js';
import { RAREST } from '../src/runner/campaign-coverage.js';
import { type Catalogue, loadCatalogue } from '../src/runner/catalogue.js';
import { MODELS } from '../src/runner/check.js';
import { PROFILES } from '../src/runner/profiles.js';
import { flagName } from '../src/runner/replay-command.js';

interface Plugin {
  readonly name: string;
  readonly description: string;
  readonly options: OptionsSchema;
}

/** The README with its tables made anew: of plugins from the plugins themselves, of formats and models from theirs. */
export function withTables(readme: string, catalogue: Catalogue): string {
  return filled(readme, {
    systems: table('systems', [...catalogue.systems.values()]),
    workloads: table('workloads', [...catalogue.workloads.values()]),
    nemeses: table('nemeses', [...catalogue.nemeses.values()]),
    formats: listing('format', Object.entries(FORMATS)),
    models: listing('model', MODELS),
    required: required(),
  });
}

/** The mutants' README with its table made anew from the mutants. */
export function withMutants(readme: string): string {
  const rows = RAFT_MUTANTS.map(({ name, summary, kill: { steps } }) => {
    const told =
      'rule' in steps ? `\`${steps.rule}\`` : `blind: ${steps.blind}${steps.safety ? ` (\`${steps.safety}\`)` : ''}`;
    return `| \`${name}\` | ${summary} | ${told} |`;
  });
  const ofPbft = PBFT_MUTANTS.map(({ name, summary, kill }) => {
    return `| \`${name}\` | ${summary} | ${kill.notYet ? `nobody: ${kill.notYet}` : NOTICED_BY[kill.noticedBy]} |`;
  });
  return filled(readme, {
    mutants: ['| --mutant | what is wrong | raft-steps |', '| --- | --- | --- |', ...rows].join('\n'),
    'pbft-mutants': ['| --mutant | what is wrong | noticed by |', '| --- | --- | --- |', ...ofPbft].join('\n'),
  });
}

/** In the table of PBFT. */
const NOTICED_BY: Readonly<Record<KillHint['noticedBy'], string>> = {
  history: "the clients' history",
  trace: '`pbft-safety`',
  steps: '`pbft-steps`',
  availability: '`availability`',
};

function filled(readme: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((text, [kind, rows]) => {
    const begin = `<!-- table: ${kind} -->`;
    const end = '<!-- end -->';
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`the README has no place "${begin} … ${end}"`);
    return `${text.slice(0, from)}${begin}\n\n${rows}\n\n${text.slice(to)}`;
  }, readme);
}

function listing(what: string, entries: Iterable<readonly [name: string, description: string]>): string {
  const rows = [...entries].map(([name, description]) => `| \`${name}\` | ${description} |`);
  return [`| --${what} | what |`, '| --- | --- |', ...rows].join('\n');
}

/** What each profile requires that those before it do not. */
function required(): string {
  const classes: readonly CoverageClass[] = Object.values(CLASSES);
  const rows = PROFILES.map((profile) => {
    const names = classes.filter(({ rarity }) => rarity === RAREST[profile]).map(({ name }) => name);
    return `| \`${profile}\` | ${names.join('; ')} |`;
  });
  return ['| --profile | requires, with what those above it do |', '| --- | --- |', ...rows].join('\n');
}

function table(kind: string, plugins: readonly Plugin[]): string {
  const rows = plugins.map(({ name, description, options }) => {
    const described = describeOptions(options).map((option) => {
      const text = kind === 'systems' ? `--${flagName(option.name)} ${formatValue(option)}` : formatOption(option);
      return `\`${text.replaceAll('|', '\\|')}\``;
    });
    return `| \`${name}\` | ${description} | ${described.join(', ')} |`;
  });
  return ['| name | what | options |', '| --- | --- | --- |', ...rows].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = new URL('../README.md', import.meta.url);
  writeFileSync(path, withTables(readFileSync(path, 'utf8'), await loadCatalogue('.')));
  const mutants = new URL('../src/consensus/mutants/README.md', import.meta.url);
  writeFileSync(mutants, withMutants(readFileSync(mutants, 'utf8')));
}
