import { z } from 'zod';
import { formatDuration, usFromMs } from '../kernel/units.js';
import type { OptionsSchema } from '../plugin/options.js';

/** One option of a plugin, as `assay list`, `--help` and the README show it. */
export interface OptionDescription {
  readonly name: string;
  readonly type: 'choice' | 'flag' | 'duration' | 'number' | 'text';
  readonly choices?: readonly string[];
  /** As a person writes it; absent when the option is off unless it is given. */
  readonly default?: string;
  readonly description?: string;
}

/** Reads a schema's fields through JSON Schema, so that any zod type works that a command line can fill. */
export function describeOptions(schema: OptionsSchema): OptionDescription[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const json = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
    const type = typeOf(json);
    const parsedDefault = field.safeParse(undefined);
    return {
      name,
      type,
      ...(json.enum && { choices: json.enum.map(String) }),
      ...(parsedDefault.success &&
        parsedDefault.data !== undefined && { default: formatDefault(type, parsedDefault.data) }),
      ...(field.description !== undefined && { description: field.description }),
    };
  });
}

/** More choices than these are listed by themselves. */
export const MANY_CHOICES = 12;

/** "any|halves|ring", "DURATION": what an option takes. */
export function formatValue({ choices, type }: OptionDescription): string {
  return choices && choices.length <= MANY_CHOICES ? choices.join('|') : PLACEHOLDERS[type];
}

/** "shape=any|halves|ring", "interval=DURATION": an option's name and what it takes. */
export function formatOption(option: OptionDescription): string {
  return `${option.name}=${formatValue(option)}`;
}

const PLACEHOLDERS: Readonly<Record<OptionDescription['type'], string>> = {
  choice: 'NAME',
  flag: 'true|false',
  duration: 'DURATION',
  number: 'NUMBER',
  text: 'TEXT',
};

type JsonSchema = z.core.JSONSchema.BaseSchema;

function typeOf(json: JsonSchema): OptionDescription['type'] {
  if (json.enum) return 'choice';
  // A union of plain types comes as a list in `type`, any other as `anyOf`.
  const types = new Set([json, ...(json.anyOf ?? [])].flatMap(({ type }) => type ?? []).map(String));
  if (types.has('boolean')) return 'flag';
  if (types.has('number') || types.has('integer')) return types.has('string') ? 'duration' : 'number';
  return 'text';
}

function formatDefault(type: OptionDescription['type'], value: unknown): string {
  if (type !== 'duration') return String(value);
  const milliseconds = Number(value);
  if (milliseconds % 1000 === 0) return `${milliseconds / 1000}s`;
  return Number.isInteger(milliseconds) ? `${milliseconds}ms` : formatDuration(usFromMs(milliseconds));
}
