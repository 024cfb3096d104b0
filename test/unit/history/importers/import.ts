import type { RunEvent } from '../../../../src/history/events.js';
import type { DialectOptions } from '../../../../src/history/importers/dialects.js';
import { detectFormat, type ImportedFormat, importer } from '../../../../src/history/importers/formats.js';

export interface Imported {
  readonly events: RunEvent[];
  readonly notes: string[];
}

/** A whole history, given in pieces of `size` characters. */
export function imported(
  text: string,
  { format, size = text.length, ...options }: DialectOptions & { format?: ImportedFormat; size?: number } = {},
): Imported {
  const detected = format ?? detectFormat(text, 'h');
  if (detected === 'assay') throw new Error('this is no history of another tool');
  const reader = importer(detected, 'h', options);
  const events: RunEvent[] = [];
  for (let at = 0; at < text.length; at += Math.max(1, size)) {
    events.push(...reader.push(text.slice(at, at + Math.max(1, size))));
  }
  events.push(...reader.finish());
  return { events, notes: reader.notes() };
}

/** Events without what every one of them has. */
export function brief({ events }: Imported): object[] {
  return events.map((event) => {
    const { timeUs: _, ...rest } = event;
    return rest;
  });
}
