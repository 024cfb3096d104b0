import { AssayError } from '../kernel/errors.js';

/** A plugin as the command line names it: `partition:shape=bridge,interval=5s`. */
export interface PluginSpec {
  readonly name: string;
  /** Strings as given; a bare word such as `register:cas` is the empty string (a flag that is on). */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Parses a list of plugins with options. Items are split by commas; an item with `=` and without `:` continues the
 * options of the item before it, so `partition:shape=bridge,interval=5s,kill` is two nemeses. `none` is the empty list.
 *
 * @throws AssayError `bad-argument`, naming the flag and the item
 */
export function parsePluginSpecs(flag: string, text: string): PluginSpec[] {
  if (text.trim() === 'none') return [];
  const specs: { name: string; options: Record<string, string> }[] = [];
  for (const item of text.split(',').map((each) => each.trim())) {
    const colon = item.indexOf(':');
    const equals = item.indexOf('=');
    const continues = equals >= 0 && (colon < 0 || equals < colon);
    const current = specs.at(-1);
    if (continues) {
      if (!current) {
        throw badSpec(flag, text, `"${item}" is an option of nothing`, 'Name it first, as in partition:shape=bridge.');
      }
      addOption(flag, text, current.options, item);
      continue;
    }
    const name = colon < 0 ? item : item.slice(0, colon);
    if (name === '') throw badSpec(flag, text, 'a name is missing', 'Write NAME:option=value,option=value,NAME,…');
    if (name === 'none') throw badSpec(flag, text, '"none" stands alone', 'Leave "none" out, or give nothing else.');
    const options: Record<string, string> = {};
    if (colon >= 0) addOption(flag, text, options, item.slice(colon + 1));
    specs.push({ name, options });
  }
  return specs;
}

/** Parses exactly one plugin with options: `register:keys=3,reads=0.8`. */
export function parsePluginSpec(flag: string, text: string): PluginSpec {
  const [only, second] = parsePluginSpecs(flag, text);
  if (!only) throw badSpec(flag, text, 'a name is missing', 'See `assay list` for the names.');
  if (second) {
    throw badSpec(
      flag,
      text,
      'it takes one name',
      `Give --${flag} ${only.name}, or an option as ${second.name}=VALUE.`,
    );
  }
  return only;
}

function addOption(flag: string, text: string, options: Record<string, string>, item: string): void {
  const equals = item.indexOf('=');
  const name = equals < 0 ? item : item.slice(0, equals);
  if (name === '') throw badSpec(flag, text, 'an option has no name', 'Write NAME:option=value,option=value.');
  if (name in options) throw badSpec(flag, text, `"${name}" is given twice`, `Give "${name}" once.`);
  options[name] = equals < 0 ? '' : item.slice(equals + 1);
}

function badSpec(flag: string, text: string, reason: string, wayOut: string): AssayError {
  return new AssayError('bad-argument', `--${flag} ${text}: ${reason}`, wayOut);
}
