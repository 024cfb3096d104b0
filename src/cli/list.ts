import type { Command } from 'commander';
import pc from 'picocolors';
import { loadCatalogue } from '../runner/catalogue.js';
import { flagName } from '../runner/replay-command.js';
import { formatOption, formatValue, MANY_CHOICES, type OptionDescription } from './describe-options.js';
import { type Inventory, type NemesisSupport, takeInventory } from './inventory.js';
import type { Session } from './session.js';

/** `assay list`: what a run can be made of, and what each backend supports. */
export function addList(program: Command, session: Session): void {
  program
    .command('list')
    .description('show systems, workloads and nemeses, their options, and what each backend supports')
    .option('--json', 'print it as JSON')
    .action(async () => {
      const inventory = await takeInventory(await loadCatalogue(session.folder));
      session.print(renderInventory(inventory));
      session.printJson(inventory);
    });
}

function renderInventory({ backends, systems, workloads, nemeses, scheduleOptions }: Inventory): string {
  const lines: string[] = [pc.bold('Systems')];
  for (const system of systems) {
    lines.push(heading(system.name, system.description));
    lines.push(...optionLines(system.options, (option) => `--${flagName(option.name)} ${formatValue(option)}`));
    for (const [backend, reason] of Object.entries(system.excludedFrom)) lines.push(`    not in ${backend}: ${reason}`);
  }
  lines.push('', pc.bold('Workloads'));
  for (const workload of workloads) {
    lines.push(heading(workload.name, workload.description));
    lines.push(...optionLines(workload.options, formatOption));
    lines.push(`    for ${workload.systems.join(', ') || 'no system that there is'}`);
  }
  lines.push('', `${pc.bold('Nemeses')}; each also takes`, ...optionLines(scheduleOptions, formatOption));
  for (const nemesis of nemeses) {
    lines.push(heading(nemesis.name, nemesis.description));
    lines.push(...optionLines(nemesis.options, formatOption));
    for (const { name } of backends) {
      lines.push(
        ...supportLines(
          name,
          nemesis.support.filter(({ backend }) => backend === name),
        ),
      );
    }
  }
  lines.push('', pc.bold('Backends'));
  for (const { name, usable, reason, wayOut } of backends) {
    lines.push(`  ${pc.cyan(name.padEnd(10))} ${usable ? 'usable here' : `${reason}. ${wayOut}`}`);
  }
  return lines.join('\n');
}

function heading(name: string, description: string): string {
  return `  ${pc.cyan(name.padEnd(10))} ${description}`;
}

function optionLines(options: readonly OptionDescription[], form: (option: OptionDescription) => string): string[] {
  return options.flatMap((option) => {
    const byDefault = option.default === undefined ? '' : ` (default: ${option.default})`;
    const many = option.choices !== undefined && option.choices.length > MANY_CHOICES ? option.choices : [];
    return [
      `    ${form(option)}${pc.dim(`  ${option.description ?? ''}${byDefault}`)}`,
      ...many.map((choice) => `      ${choice}`),
    ];
  });
}

/** "in sim: raft" for full support, and a line for what a backend cannot do to one system or several. */
function supportLines(backend: string, support: readonly NemesisSupport[]): string[] {
  const systemsByText = new Map<string, string[]>();
  for (const each of support) {
    const text = shortcomings(each);
    systemsByText.set(text, [...(systemsByText.get(text) ?? []), each.system]);
  }
  return [...systemsByText].map(([text, systems]) => pc.dim(`    in ${backend}: ${systems.join(', ')}${text}`));
}

function shortcomings({ missing, possibleKinds }: NemesisSupport): string {
  if (missing.length === 0) return '';
  const possible = possibleKinds.length > 0 ? `, with kind=${possibleKinds.join('|')} only` : ': not possible';
  return `${possible}${missing.map(({ kind, reason }) => `\n      no ${kind}: ${reason}`).join('')}`;
}
