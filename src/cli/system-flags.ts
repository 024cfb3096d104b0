import { type Command, Option } from 'commander';
import { AssayError } from '../kernel/errors.js';
import type { System } from '../plugin/system.js';
import { flagName } from '../runner/replay-command.js';
import { didYouMean } from '../runner/suggest.js';
import { describeOptions, MANY_CHOICES, type OptionDescription } from './describe-options.js';

/**
 * Adds the options of every system as flags, grouped by system in the help. Values stay strings: the chosen system's
 * schema judges them later, and only then is it known which system was chosen.
 *
 * @throws AssayError `plugin` when a system's option has the name of a flag that the command has itself
 */
export function addSystemFlags(command: Command, systems: Iterable<System>): void {
  const reserved = new Set(command.options.map((option) => option.attributeName()));
  const owners = new Map<string, { system: string; option: OptionDescription }[]>();
  for (const system of systems) {
    for (const option of describeOptions(system.options)) {
      if (reserved.has(option.name)) {
        throw new AssayError(
          'plugin',
          `system ${system.name} has an option "${option.name}", which is a flag of \`assay ${command.name()}\` itself`,
          'Give the option another name.',
        );
      }
      owners.set(option.name, [...(owners.get(option.name) ?? []), { system: system.name, option }]);
    }
  }
  for (const [name, given] of owners) command.addOption(systemFlag(name, given));
}

/** One flag for an option's name, even where two systems mean different things by it. */
function systemFlag(name: string, owners: readonly { system: string; option: OptionDescription }[]): Option {
  const types = new Set(owners.map(({ option }) => option.type));
  const [type] = types;
  const value = types.size === 1 && type !== undefined ? PLACEHOLDERS[type] : '<value>';
  const texts = owners.map(({ system, option }) =>
    owners.length === 1 ? explain(option) : `${system}: ${explain(option)}`,
  );
  return new Option(`--${flagName(name)} ${value}`, texts.join('; '))
    .preset('true')
    .helpGroup(`Options of ${owners.map(({ system }) => system).join(', ')}:`);
}

const PLACEHOLDERS: Readonly<Record<OptionDescription['type'], string>> = {
  choice: '<name>',
  flag: '[true|false]',
  duration: '<duration>',
  number: '<number>',
  text: '<text>',
};

function explain({ description = '', choices, default: byDefault }: OptionDescription): string {
  const remarks = [
    ...(choices ? [choices.length <= MANY_CHOICES ? choices.join(', ') : 'see `assay list`'] : []),
    ...(byDefault === undefined ? [] : [`default: ${byDefault}`]),
  ];
  return remarks.length > 0 ? `${description} (${remarks.join('; ')})`.trim() : description;
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
