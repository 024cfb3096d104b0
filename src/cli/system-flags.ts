import { type Command, Option } from 'commander';
import { AssayError } from '../kernel/errors.js';
import type { System } from '../plugin/system.js';
import { didYouMean } from '../runner/suggest.js';
import { describeOptions, type OptionDescription } from './describe-options.js';

/** `preVote` as a flag: `pre-vote`. */
export function flagName(optionName: string): string {
  return optionName.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * Adds the options of every system as flags, grouped by system in the help. Values stay strings: the chosen system's
 * schema judges them later, and only then is it known which system was chosen.
 *
 * @throws AssayError `plugin` when a system's option has the name of a flag that the command has itself
 */
export function addSystemFlags(command: Command, systems: Iterable<System>): void {
  const reserved = new Set(command.options.map((option) => option.attributeName()));
  const owners = new Map<string, { option: OptionDescription; systems: string[] }>();
  for (const system of systems) {
    for (const option of describeOptions(system.options)) {
      if (reserved.has(option.name)) {
        throw new AssayError(
          'plugin',
          `system ${system.name} has an option "${option.name}", which is a flag of \`assay ${command.name()}\` itself`,
          'Give the option another name.',
        );
      }
      const owner = owners.get(option.name);
      if (owner) owner.systems.push(system.name);
      else owners.set(option.name, { option, systems: [system.name] });
    }
  }
  for (const { option, systems: names } of owners.values()) command.addOption(systemFlag(option, names));
}

function systemFlag(option: OptionDescription, systems: readonly string[]): Option {
  const value = option.type === 'flag' ? '[true|false]' : `<${option.type === 'choice' ? 'name' : option.type}>`;
  const remarks = [
    ...(option.choices ? [option.choices.join(', ')] : []),
    ...(option.default !== undefined ? [`default: ${option.default}`] : []),
  ];
  const description = option.description ?? '';
  const text = remarks.length > 0 ? `${description} (${remarks.join('; ')})`.trim() : description;
  return new Option(`--${flagName(option.name)} ${value}`, text)
    .preset('true')
    .helpGroup(`Options of ${systems.join(', ')}:`);
}

/**
 * The system's options that were given on the command line, as strings, by name.
 *
 * @throws AssayError `bad-option` for a flag of another system
 */
export function givenSystemOptions(command: Command, system: System): Record<string, string> {
  const own = Object.keys(system.options.shape);
  const given: Record<string, string> = {};
  for (const option of command.options) {
    const name = option.attributeName();
    const isSystemFlag = option.helpGroupHeading?.startsWith('Options of ') === true;
    if (!isSystemFlag || command.getOptionValueSource(name) !== 'cli') continue;
    if (!own.includes(name)) {
      throw new AssayError(
        'bad-option',
        `system ${system.name} has no option ${option.long}`,
        didYouMean(
          option.long ?? name,
          own.map((each) => `--${flagName(each)}`),
        ),
      );
    }
    given[name] = String(command.getOptionValue(name));
  }
  return given;
}
