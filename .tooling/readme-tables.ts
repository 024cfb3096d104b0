import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describeOptions, formatOption, formatValue } from '../src/cli/describe-options.js';
import type { OptionsSchema } from '../src/plugin/options.js';
import { type Catalogue, loadCatalogue } from '../src/runner/catalogue.js';
import { flagName } from '../src/runner/replay-command.js';

interface Plugin {
  readonly name: string;
  readonly description: string;
  readonly options: OptionsSchema;
}

/** The README with its tables of systems, workloads and nemeses made anew from the plugins themselves. */
export function withTables(readme: string, catalogue: Catalogue): string {
  return (['systems', 'workloads', 'nemeses'] as const).reduce((text, kind) => {
    const begin = `<!-- table: ${kind} -->`;
    const end = '<!-- end -->';
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`README.md has no place "${begin} … ${end}"`);
    return `${text.slice(0, from)}${begin}\n\n${table(kind, [...catalogue[kind].values()])}\n\n${text.slice(to)}`;
  }, readme);
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
}
