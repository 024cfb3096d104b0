import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/history/trace.js';
import { encodeTraceEvent } from '../../../src/history/trace-codec.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import { checkTraceFiles } from '../../../src/runner/check-trace-files.js';
import { traceTraitors } from '../conformance/pbft/chaos-run.js';

const folder = mkdtempSync(join(tmpdir(), 'assay-pbft-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

let written = 0;
function write(events: readonly object[], end = ''): string {
  const file = join(folder, `${++written}.ndjson`);
  writeFileSync(file, events.map((event) => `${encodeTraceEvent(event as TraceEvent)}\n`).join('') + end);
  return file;
}
const check = (files: readonly string[], nodes?: number) =>
  checkTraceFiles(files, { spec: 'pbft', budgetMs: 10_000, ...(nodes !== undefined && { nodes }) });

function traced(authentication: 'signatures' | 'macs'): TraceEvent[] {
  const events: TraceEvent[] = [];
  traceTraitors({ seed: 3, size: 4, options: { authentication } }, (event) => events.push(event));
  return events;
}
const trace = traced('signatures');

describe('checkTraceFiles of pbft', () => {
  it.each(['signatures', 'macs'] as const)(
    'a trace with %s, in one file or in one for each node',
    async (authentication) => {
      const events = authentication === 'macs' ? traced('macs') : trace;
      const ofNodes = nodeIds(4).map((node) => write(events.filter((event) => event.node === node)));
      for (const files of [[write(events)], ofNodes, [...ofNodes].reverse()]) {
        const { checks, events: read, nodes } = await check(files);
        expect(
          checks.map(({ checker, verdict, summary }) => [checker, verdict === 'valid' ? verdict : summary]),
        ).toEqual([
          ['pbft-safety', 'valid'],
          ['pbft-steps', 'valid'],
        ]);
        expect(read).toBe(events.length);
        expect(nodes).toEqual(nodeIds(4));
      }
    },
  );

  it('a trace with a step too few is not PBFT', async () => {
    const turned = trace.find(({ name }) => name === 'Turn')?.node;
    const place = trace.findIndex(({ name, node }) => name === 'Prepared' && node !== turned);
    const { verdict, checks } = await check([write(trace.filter((_, index) => index !== place))]);
    expect(verdict).toBe('invalid');
    expect(checks[1]?.summary).toMatch(/^Not steps of PBFT \(Handle/);
  });

  it('what does not tell all is refused, and what it lacks is said', async () => {
    const refused = (events: readonly object[], nodes?: number) =>
      check([write(events)], nodes).catch((error) => error.message);
    expect(await refused([])).toContain('is no whole trace of pbft: there is no InitReplica in it');
    expect(await refused(trace.filter(({ name }) => name !== 'Receive'))).toContain('there is no Receive in it');
    const bare = trace.map((event) => (event.name === 'Prepared' ? { ...event, by: undefined } : event));
    expect(await refused(bare)).toMatch(/event \d+, a Prepared of n\d, is not whole \(by: /);
    const other = { ...trace[0], name: 'UpdateTerm', term: 1 };
    expect(await refused([other, ...trace])).toContain('event 1, a UpdateTerm of n1, is not whole (name: ');
    expect(await refused(trace, 3)).toContain('the trace speaks of 4 nodes (n1, n2, n3, n4), more than --nodes 3');
    const alone = trace.filter(({ node, name }) => node === 'n1' && name !== 'Send' && name !== 'Receive');
    const heard = { ...trace[0], name: 'Receive', from: 'n2', message: { type: 'Other' } };
    const sent = { ...trace[0], name: 'Send', to: 'n2', message: { type: 'Other' } };
    expect(await refused([...alone, heard, sent])).toContain('the trace speaks of 2 nodes, and pbft needs 4 at least');
  });

  it('a node that left no trace is missed, and a line that was cut off is said', async () => {
    const others = trace.filter(({ node }) => node !== 'n4');
    const { verdict, checks, notes } = await check([write(others, '{"kind":"trace","ti')], 4);
    expect(verdict).toBe('unknown');
    expect(checks[0]?.summary).toContain('n4 recorded no start');
    expect(notes).toEqual([expect.stringContaining('is cut off')]);
  });
});
