import type { Command } from 'commander';
import pc from 'picocolors';
import { loadCatalogue } from '../runner/catalogue.js';
import { formatOption, type OptionDescription } from './describe-options.js';
import { type Inventory, type NemesisSupport, takeInventory } from './inventory.js';
import type { Session } from './session.js';
import { flagName } from './system-flags.js';

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

function renderInventory({ backends, systems, workloads, nemeses }: Inventory): string {
  const lines: string[] = [pc.bold('Systems')];
  for (const system of systems) {
    lines.push(...heading(system.name, system.description));
    lines.push(
      ...optionLines(system.options, (option) => `--${flagName(option.name)} ${formatOption(option).split('=')[1]}`),
    );
    for (const [backend, reason] of Object.entries(system.excludedFrom)) lines.push(`    not in ${backend}: ${reason}`);
  }
  lines.push('', pc.bold('Workloads'));
  for (const workload of workloads) {
    lines.push(...heading(workload.name, workload.description));
    lines.push(...optionLines(workload.options, formatOption));
    lines.push(pc.dim(`    for ${workload.systems.join(', ') || 'no system that there is'}`));
  }
  lines.push('', pc.bold('Nemeses'));
  for (const nemesis of nemeses) {
    lines.push(...heading(nemesis.name, nemesis.description));
    lines.push(...optionLines(nemesis.options, formatOption));
    for (const backend of backends) {
      const support = nemesis.support.filter((each) => each.backend === backend.name);
      lines.push(...supportLines(backend.name, support));
    }
  }
  lines.push('', pc.bold('Backends'));
  for (const backend of backends) {
    lines.push(
      `  ${backend.name.padEnd(10)} ${backend.usable ? 'usable here' : `${backend.reason} ${backend.wayOut}`}`,
    );
  }
  return lines.join('\n');
}

function heading(name: string, description: string): string[] {
  return [`  ${pc.cyan(name.padEnd(10))} ${description}`];
}

function optionLines(options: readonly OptionDescription[], form: (option: OptionDescription) => string): string[] {
  return options.map((option) => {
    const byDefault = option.default === undefined ? '' : ` (default: ${option.default})`;
    return `    ${form(option)}${pc.dim(`  ${option.description ?? ''}${byDefault}`)}`;
  });
}

/** "sim: raft" for full support, and a line for each system that lacks something. */
function supportLines(backend: string, support: readonly NemesisSupport[]): string[] {
  const full = support.filter(({ able }) => able).map(({ system }) => system);
  return [
    ...(full.length > 0 ? [pc.dim(`    ${backend}: ${full.join(', ')}`)] : []),
    ...support
      .filter(({ able }) => !able)
      .map(({ system, missing, possibleKinds }) => {
        const reasons = missing.map(({ kind, reason }) => `no ${kind} (${reason})`).join(', ');
        const rest = possibleKinds.length > 0 ? `; possible: kind=${possibleKinds.join('|')}` : '';
        return pc.dim(`    ${backend}: ${system}: ${reasons}${rest}`);
      }),
  ];
}
