import { Option } from 'commander';
import { AssayError } from '../kernel/errors.js';
import { parseDurationMs } from '../kernel/units.js';
import { didYouMean } from '../runner/suggest.js';

/** Parsers of flag values. Each throws an AssayError that names the flag, and never returns a half-understood value. */

/** A flag whose value is a duration; the parsed value is milliseconds. */
export function durationFlag(flag: string, description: string, defaultMs?: number): Option {
  const option = new Option(`--${flag} <duration>`, description).argParser((text) => durationArgument(flag, text));
  return defaultMs === undefined ? option : option.default(defaultMs, `${defaultMs / 1000}s`);
}

function durationArgument(flag: string, text: string): number {
  const milliseconds = parseDurationMs(text);
  if (milliseconds === undefined || milliseconds <= 0) {
    throw badValue(flag, text, 'Give a duration above zero: 60 (seconds), 250ms, 5s, 1.5m, 1h.');
  }
  return milliseconds;
}

/** A flag whose value is a whole number within bounds. */
export function integerFlag(flag: string, description: string, bounds: { min: number; max: number }): Option {
  return new Option(`--${flag} <number>`, description).argParser((text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < bounds.min || value > bounds.max) {
      throw badValue(flag, text, `Give a whole number from ${bounds.min} to ${bounds.max}.`);
    }
    return value;
  });
}

/** Operations a second: more than any client can ask for. */
const MAX_RATE = 1_000_000;

/** A flag whose value is a number above zero. */
export function rateFlag(flag: string, description: string): Option {
  return new Option(`--${flag} <number>`, description).argParser((text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value <= 0 || value > MAX_RATE) {
      throw badValue(flag, text, `Give a number above zero, up to ${MAX_RATE}.`);
    }
    return value;
  });
}

/** A flag that takes one of a few words. */
export function choiceFlag(flag: string, description: string, choices: readonly string[]): Option {
  return new Option(`--${flag} <name>`, `${description} (${choices.join(', ')})`).argParser((text) => {
    if (!choices.includes(text)) throw badValue(flag, text, didYouMean(text, choices));
    return text;
  });
}

export function badValue(flag: string, text: string, wayOut: string): AssayError {
  return new AssayError('bad-argument', `--${flag} cannot be "${text}"`, wayOut);
}
