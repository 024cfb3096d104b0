import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { traceJsonSchema } from '../src/history/traces/schema.js';

export const SCHEMA_FILE = new URL('../spec/trace/trace.schema.json', import.meta.url);

/** The text of `spec/trace/trace.schema.json`: made from the schema that traces are read with. */
export function schemaText(): string {
  return `${JSON.stringify(traceJsonSchema(), null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(SCHEMA_FILE, schemaText());
