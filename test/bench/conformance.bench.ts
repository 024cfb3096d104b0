import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { raftSafety } from '../../src/conformance/raft-safety.js';
import { raftSteps } from '../../src/conformance/raft-steps.js';
import { decodeEvent } from '../../src/history/codec.js';
import { nodeIds } from '../../src/kernel/ids.js';
import type { Checker } from '../../src/plugin/checker.js';
import { TRACE_FILE } from '../../src/store/results.js';
import { measureMemory } from './conformance/memory.js';
import { NODES as COUNT, record } from './conformance/record.js';

/** CPU seconds in which 100,000 events are parsed and their steps validated. */
const LIMIT_SECONDS = 0.6;
/** From so many on, lines are not held but streamed, and what counts is memory. */
const STREAMED = 1_000_000;
const NODES = nodeIds(COUNT);

/**
 * How fast a trace is read and judged: a simulated run under faults leaves its trace in a file, whose first events (100,000
 * unless told otherwise) are parsed and checked. Parsing alone and the other trace checker are shown beside.
 *
 * Of a million events or more, what is shown is the memory that both checkers take, which must not grow with the trace.
 *
 * `npm run bench -- conformance [EVENTS]`
 *
 * @param args with a folder as well, such a run is only recorded there: for the process that measures memory
 */
export default async function conformanceBench(args: readonly string[]): Promise<void> {
  const events = Number(args[0] ?? 100_000);
  if (args[1] !== undefined) {
    await record(args[1], events);
    return;
  }
  if (events >= STREAMED) {
    await measureMemory(events);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'assay-conformance-'));
  try {
    const lines = (await traceOf(folder, events)).slice(0, events);
    const judged: [what: string, checker: Checker | undefined][] = [];
    for (let round = 0; round < 3; round++) {
      judged.push(
        ['parsing alone', undefined],
        ['raft-safety', raftSafety({ nodes: NODES })],
        ['raft-steps', raftSteps({ nodes: NODES, preVote: true, stickToLeader: true })],
      );
    }
    const best = new Map<string, number>();
    for (const [what, checker] of judged) {
      const before = process.cpuUsage();
      lines.forEach((text, index) => {
        const event = decodeEvent(text, { file: TRACE_FILE, line: index + 1 });
        checker?.observe(event);
      });
      const result = await checker?.conclude(1000);
      const { user, system } = process.cpuUsage(before);
      best.set(what, Math.min(best.get(what) ?? Number.POSITIVE_INFINITY, (user + system) / 1e6));
      if (result && result.verdict !== 'valid') throw new Error(`${what}: ${result.summary}`);
    }
    for (const [what, seconds] of best) {
      console.log(`${what.padEnd(14)} ${lines.length} events in ${seconds.toFixed(2)} CPU s`);
    }
    const limit = (LIMIT_SECONDS * lines.length) / 100_000;
    const taken = best.get('raft-steps') ?? Number.POSITIVE_INFINITY;
    console.log(
      `parsed and validated step by step in under ${limit.toFixed(2)} CPU s: ${taken < limit ? 'yes' : 'no'}`,
    );
    if (taken >= limit) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The lines of a run's trace that has at least so many events. */
async function traceOf(folder: string, events: number): Promise<string[]> {
  const run = await record(folder, events);
  return readFileSync(join(folder, run, TRACE_FILE), 'utf8')
    .trimEnd()
    .split('\n');
}
