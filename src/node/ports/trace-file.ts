import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { TraceStep } from '../../history/trace.js';
import { encodeTraceEvent } from '../../history/trace-codec.js';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import { monotonicUs } from './clock.js';

/**
 * The node's trace: one `TraceEvent` a line, `timeUs` by the machine's monotonic clock whatever the node's own clock
 * says. Steps of one turn of the event loop are written together by `flush`, which the other ports call before
 * anything leaves the process: what others can have seen is in the trace, also after SIGKILL.
 */
export class TraceFile {
  private readonly descriptor: number;
  private lines: string[] = [];
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly node: NodeId,
  ) {
    this.descriptor = openSync(path, 'a+');
    cutTornLine(this.descriptor);
  }

  record(step: TraceStep): void {
    this.lines.push(encodeTraceEvent({ kind: 'trace', timeUs: monotonicUs(), node: this.node, ...step }));
    if (this.lines.length === 1) queueMicrotask(() => this.flush());
  }

  /** @throws AssayError `no-space`: a node whose steps cannot be recorded must not take them */
  flush(): void {
    if (this.lines.length === 0 || this.closed) return;
    const bytes = Buffer.from(`${this.lines.join('\n')}\n`);
    this.lines = [];
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.descriptor, bytes, written);
    } catch (error) {
      throw new AssayError('no-space', `cannot write the trace file ${this.path}: ${messageOf(error)}`, 'Make room.', {
        cause: error,
      });
    }
  }

  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    closeSync(this.descriptor);
  }
}

/** A SIGKILL in mid-write leaves half a line; nothing that it speaks of left the node, so it goes. */
function cutTornLine(descriptor: number): void {
  const NEWLINE = 10;
  const chunk = Buffer.alloc(64 * 1024);
  const size = fstatSync(descriptor).size;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunk.length);
    const count = readSync(descriptor, chunk, 0, end - start, start);
    const newline = chunk.subarray(0, count).lastIndexOf(NEWLINE);
    if (newline >= 0) {
      if (start + newline + 1 < size) ftruncateSync(descriptor, start + newline + 1);
      return;
    }
    end = start;
  }
  if (size > 0) ftruncateSync(descriptor, 0);
}
