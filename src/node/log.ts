import { writeSync } from 'node:fs';
import type { NodeId } from '../kernel/ids.js';

export type LogLevel = 'info' | 'warn' | 'error';

/** One line of NDJSON for each call. Must not be used as an event stream: words may change. */
export type Log = (level: LogLevel, message: string, details?: Readonly<Record<string, unknown>>) => void;

/** A log on standard error: `{"time":"…","level":"warn","node":"n1","message":"…", …details}`. */
export function stderrLog(node: NodeId | undefined): Log {
  return (level, message, details) => {
    const line = JSON.stringify({ time: new Date().toISOString(), level, node, message, ...details });
    try {
      // Synchronous, so that the reason for an exit is out before the exit.
      writeSync(2, `${line}\n`);
    } catch {
      // The reader of our log went away or is slow (EPIPE, EAGAIN): no reason to stop serving.
    }
  };
}
