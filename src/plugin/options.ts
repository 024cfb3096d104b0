import { z } from 'zod';
import { parseDurationMs } from '../kernel/units.js';

/** Options of a plugin: a flat zod object whose fields take strings from the command line. */
export type OptionsSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** A duration option, `250ms`, `5s`, `1m`; the parsed value is milliseconds. */
export function durationMs(defaultMs: number) {
  return z
    .union([z.number(), z.string()])
    .transform((input, context) => {
      const parsed = typeof input === 'number' ? input : parseDurationMs(input);
      if (parsed === undefined) {
        context.addIssue(`"${input}" is not a duration such as 250ms, 5s or 1m`);
        return z.NEVER;
      }
      return parsed;
    })
    .default(defaultMs);
}

/** A yes/no option: `true`, `false`, or its bare name. */
export function flag(defaultValue: boolean) {
  return z
    .union([z.boolean(), z.enum(['true', 'false', '']).transform((text) => text !== 'false')])
    .default(defaultValue);
}

/** A numeric option within bounds. */
export function numberOption(defaultValue: number, bounds: { min?: number; max?: number } = {}) {
  return z.coerce
    .number()
    .min(bounds.min ?? Number.NEGATIVE_INFINITY)
    .max(bounds.max ?? Number.POSITIVE_INFINITY)
    .default(defaultValue);
}
