import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { TraceEvent } from '../../../src/history/trace.js';
import { encodeTraceEvent } from '../../../src/history/trace-codec.js';
import { checkTraceFiles } from '../../../src/runner/check-trace-files.js';
import { asEtcd } from '../../support/etcd-trace.js';
import { brokenRules, levels, type TraceLine } from '../../support/partial-traces.js';
import { simulatedTrace } from '../../support/simulated-trace.js';

const folder = mkdtempSync(join(tmpdir(), 'assay-trace-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const check = (files: readonly string[], nodes?: number) =>
  checkTraceFiles(files, { spec: 'raft', budgetMs: 10_000, ...(nodes !== undefined && { nodes }) });

let written = 0;
function write(text: string): string {
  const file = join(folder, `${++written}.ndjson`);
  writeFileSync(file, text);
  return file;
}
const lines = (events: readonly (TraceLine | TraceEvent)[]) =>
  write(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

const trace = await simulatedTrace({ nemesis: 'kill,partition', seed: 2, timeLimitMs: 3000, nodes: 3 });
const withoutDurability = levels['without durability']?.(trace) ?? [];

const description = readFileSync('spec/trace/README.md', 'utf8');
const example = /```js\n([\s\S]*?)```/.exec(description)?.[1] ?? '';

/** What the example of the description records, perhaps with something changed in it. */
function recorded(from = '', to = ''): string {
  expect(example).toContain(from);
  const program = join(folder, 'example.mjs');
  const file = join(folder, `${++written}.ndjson`);
  writeFileSync(program, example.replace(from, to));
  execFileSync(process.execPath, [program, file]);
  return file;
}

describe('checkTraceFiles', () => {
  it('checks a trace that tells all as our own are, and one that tells less as far as it goes', async () => {
    const whole = await check([write(trace.map((event) => `${encodeTraceEvent(event)}\n`).join(''))]);
    expect(whole.checks.map(({ checker, verdict }) => [checker, verdict])).toEqual([
      ['raft-safety', 'valid'],
      ['raft-steps', 'valid'],
    ]);
    const less = await check([lines(withoutDurability)]);
    expect(less.checks.map(({ checker, verdict }) => [checker, verdict])).toEqual([['raft-partial', 'valid']]);
    expect(less.checks[0]?.summary).toContain('Not recorded: completed syncs.');
  });

  it('names a misspelt field of a trace that tells all besides: what may be left out is not missed in silence', async () => {
    const text = trace.map((event) => `${encodeTraceEvent(event)}\n`).join('');
    const notes = async (content: string) => (await check([write(content)])).notes;
    expect(await notes(text)).toEqual([]);
    const [told] = await notes(text.replaceAll('"stateHash"', '"stateHsh"'));
    expect(told).toContain('were passed over: InitState.stateHsh (');
  });

  it('merges a file for each node through their messages, in whatever order, whatever their clocks say', async () => {
    const drift: Record<string, number> = { n1: 0, n2: 3_600_000_000, n3: 1_800_000_000 };
    for (const events of [withoutDurability, trace]) {
      const files = ['n2', 'n3', 'n1'].map((node) =>
        lines(
          events
            .filter((event) => event.node === node)
            .map((event) => ({ ...event, timeUs: (event.timeUs as number) + (drift[node] ?? 0) })),
        ),
      );
      const { verdict, checks } = await check(files);
      expect({ verdict, told: checks.flatMap(({ anomalies }) => anomalies) }).toEqual({ verdict: 'valid', told: [] });
    }
  });

  it('finds a message that was made up, by what its receiver sent afterwards', async () => {
    const place = withoutDurability.findIndex(
      ({ name, message }) => name === 'Send' && (message as { type: string }).type === 'AppendEntries',
    );
    const { node, to, message } = withoutDurability[place] ?? {};
    const madeUp = {
      kind: 'trace',
      node: to,
      name: 'Receive',
      from: node,
      message: { ...(message as object), leaderCommit: 0, prevLogIndex: 999 },
    };
    const untilKilled = withoutDurability.slice(
      0,
      withoutDurability.findIndex((line, at) => at > 10 && line.name === 'InitState'),
    );
    const { checks } = await check([
      lines([...untilKilled.slice(0, place + 1), madeUp, ...untilKilled.slice(place + 1)]),
    ]);
    expect(checks.flatMap(brokenRules)).toContain('ReceivedWasSent');
  });

  it('reads the traces of etcd-io/raft', async () => {
    const { checks, notes, verdict } = await check([lines(asEtcd(trace))]);
    expect(verdict).toBe('valid');
    expect(notes).toEqual(['read as state_trace of etcd-io/raft, as its logger writes it']);
    expect(checks[0]?.summary).toMatch(
      /Not recorded: some kinds of messages, completed syncs\. Not checked: .*PersistentBeforeAnswer/,
    );
    const sung = asEtcd(trace).map((line, place) =>
      place === 9 ? { ...line, event: { ...(line.event as object), name: 'Sing' } } : line,
    );
    const partly = await check([lines(sung)]);
    expect(partly.verdict).toBe('unknown');
    expect(partly.checks[0]?.summary).toContain('not consumed whole');
  });

  it('leaves out a last line that was cut off, and says so; misses nodes that must be there', async () => {
    const text = withoutDurability.map((event) => `${JSON.stringify(event)}\n`).join('');
    const { verdict, notes } = await check([write(`${text}{"kind":"tra`)]);
    expect(verdict).toBe('valid');
    expect(notes.join()).toMatch(/line \d+, the last of .* is cut off/);
    expect((await check([write(text)], 4)).checks[0]?.summary).toMatch(/n4 recorded nothing|Not steps/);
  });

  it('reads what is packed, and knows nothing of an empty file', async () => {
    const file = `${lines([])}.gz`;
    writeFileSync(file, gzipSync(withoutDurability.map((event) => `${JSON.stringify(event)}\n`).join('')));
    expect((await check([file])).verdict).toBe('valid');
    expect(await check([write('')])).toMatchObject({ verdict: 'unknown', events: 0 });
    expect(await check([write('{"kind":"header","format":"assay-trace/1","nodes":["a"]}\n')])).toMatchObject({
      verdict: 'unknown',
      nodes: ['a'],
    });
  });

  it('refuses a file that is there twice, of two formats, or no trace at all, and says where', async () => {
    const [ours, etcd] = [lines(withoutDurability), lines(asEtcd(trace))];
    await expect(check([ours, `${folder}/./${ours.slice(folder.length + 1)}`])).rejects.toThrow('is named twice');
    await expect(check([ours, etcd])).rejects.toThrow(`${etcd}, line 1 is an event of etcd-io/raft among`);
    await expect(check([etcd, ours])).rejects.toThrow(`${ours}, line 1 is of assay-trace/1, after`);
    const text = write('Raft.\nLater.\n');
    await expect(check([text])).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining(`${text}, line 1`),
    });
  });

  it('says which events are of a node that the header does not name', async () => {
    const header = { kind: 'header', format: 'assay-trace/1', nodes: ['n1', 'n2'] };
    const { verdict, nodes, checks } = await check([lines([header, ...withoutDurability])]);
    expect({ verdict, nodes }).toEqual({ verdict: 'unknown', nodes: ['n1', 'n2'] });
    expect(checks[0]?.summary).toContain('(they are of n3)');
  });

  it('knows no other specification', async () => {
    await expect(checkTraceFiles([write('')], { spec: 'rafd', budgetMs: 1 })).rejects.toThrow(
      'there is no specification "rafd"',
    );
  });
});

describe('the example of the description', () => {
  it('has at most 60 lines, runs, and what it records is as the specification allows', async () => {
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(60);
    const { verdict, checks, nodes } = await check([recorded()]);
    expect({ verdict, nodes }).toEqual({ verdict: 'valid', nodes: ['a', 'b', 'c'] });
    expect(checks[0]?.facts).toMatchObject({
      'checked BecomeLeader': 3,
      'checked AdvanceCommitIndex': 1,
    });
  });

  it.each([
    ['this.votes.add(from).size !== 2', 'this.votes.size !== 1', 'BecomeLeader'],
    [
      "'AppendEntriesResponse', { success, matchIndex: prevLogIndex",
      "'AppendEntriesResponse', { success, matchIndex: 1 + prevLogIndex",
      'AcceptAppendEntriesRequest',
    ],
    ['this.votedFor = from', "this.votedFor = 'c'", 'HandleRequestVoteRequest'],
  ])('shows a bug where %s becomes %s: %s', async (from, to, rule) => {
    const { checks } = await check([recorded(from, to)]);
    expect(checks.flatMap(brokenRules)).toContain(rule);
  });
});
