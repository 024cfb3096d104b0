import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SCHEMA_FILE, schemaText } from '../../../../.tooling/trace-schema.js';
import { encodeTraceEvent } from '../../../../src/history/trace-codec.js';
import { TraceFileReader } from '../../../../src/history/traces/reader.js';
import { traceJsonSchema } from '../../../../src/history/traces/schema.js';
import { simulatedTrace } from '../../../support/simulated-trace.js';

const read = (...lines: string[]) => {
  const reader = new TraceFileReader();
  const events = lines.flatMap((text, place) => reader.read(text, 'trace.ndjson', place + 1));
  return { reader, events };
};

/** As etcd-io/raft writes one, wrapped by zap: written by hand after its `state_trace.go`. */
const etcd = (name: string, nid: string, term: number, over: object = {}) =>
  JSON.stringify({
    level: 'debug',
    ts: 1_700_000_000.5,
    caller: 'app/trace.go:7',
    msg: 'trace',
    tag: 'trace',
    event: {
      name,
      nid,
      state: { term, vote: '0', commit: 2 },
      role: 'StateFollower',
      log: 2,
      conf: [['1', '2', '3'], []],
      ...over,
    },
  });
const vote = (type: string, more: object) => ({
  msg: { type, entries: 0, logTerm: 0, index: 0, commit: 0, vote: '0', reject: false, rejectHint: 0, ...more },
});

describe('the format of traces', () => {
  it('names the fields that it does not have, with the place of the first: a misspelt one is not missed in silence', () => {
    const leader = { kind: 'trace', node: 'a', name: 'BecomeLeader' };
    const { reader, events } = read(
      JSON.stringify({ ...leader, term: 1, timeUs: 7 }),
      JSON.stringify({ ...leader, trm: 2 }),
      JSON.stringify({ ...leader, trm: 3 }),
      JSON.stringify({ kind: 'trace', node: 'a', name: 'Send', to: 'b', message: { type: 'Other', term: 3, mine: 1 } }),
    );
    expect(events).toHaveLength(4);
    expect(reader.notes()).toEqual([
      'fields that assay-trace/1 does not have were passed over: BecomeLeader.trm (trace.ndjson, line 2; 2 in all)',
    ]);
  });

  it('has a JSON Schema beside its description that is up to date (npm run docs)', () => {
    expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(schemaText());
  });

  it('is what our own nodes write: every event of a run is a whole event, by the JSON Schema too', async () => {
    const lines = (await simulatedTrace({ nemesis: 'kill,partition', seed: 1, timeLimitMs: 3000 })).map(
      encodeTraceEvent,
    );
    const { $defs } = traceJsonSchema() as { $defs: Record<string, object> };
    const [event, wholeEvent] = ['event', 'wholeEvent'].map((name) =>
      z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs } as Parameters<typeof z.fromJSONSchema>[0]),
    );
    const { reader, events } = read(...lines);
    expect(lines.length).toBeGreaterThan(1000);
    expect(events).toHaveLength(lines.length);
    expect(reader.whole).toBe(true);
    for (const line of lines.slice(0, 500)) {
      expect(event?.safeParse(JSON.parse(line)).error, line).toBeUndefined();
      expect(wholeEvent?.safeParse(JSON.parse(line)).error, line).toBeUndefined();
    }
    const less = { kind: 'trace', node: 'n1', name: 'Vote' };
    expect(event?.safeParse(less).success).toBe(true);
    expect(wholeEvent?.safeParse(less).success).toBe(false);
    expect(read(JSON.stringify(less)).reader.whole).toBe(false);
  });

  it('has a version, and another one is not read', () => {
    const header = (format: string) => JSON.stringify({ kind: 'header', format, nodes: ['a'] });
    expect(read(header('assay-trace/1')).reader.header?.nodes).toEqual(['a']);
    expect(() => read(header('assay-trace/2'))).toThrow(/trace.ndjson, line 1 is no line of assay-trace\/1: format/);
  });

  it('names file, line and field of what is no event', () => {
    const good = '{"kind":"trace","node":"a","name":"BecomeLeader","term":1}';
    expect(() => read(good, '{"kind":"trace"')).toThrow(/trace.ndjson, line 2 is not JSON/);
    expect(() => read(good, good.replace('1}', '-1}'))).toThrow(/line 2 .* term: /);
    const huge = '{"kind":"trace","node":"a","name":"Append","from":1,"entries":[{"digest":1152921504606846976}]}';
    expect(() => read(huge)).toThrow(/line 1 .* entries.0.digest: /);
    expect(() => read(good.replace('BecomeLeader', 'Win'))).toThrow(/line 1 .* name: /);
    expect(() => read('{"kind":"trace","node":"a","name":"Send","to":"b"}')).toThrow(/message: /);
  });

  it('has one header for all files, or several that say the same', () => {
    const header = (over: object) => JSON.stringify({ kind: 'header', format: 'assay-trace/1', ...over });
    const [ab, bc] = [header({ nodes: ['a', 'b'] }), header({ nodes: ['b', 'c'] })];
    expect(read(ab, bc, header({})).reader.header?.nodes).toEqual(['a', 'b', 'c']);
    expect(read(header({}), header({})).reader.header?.nodes).toBeUndefined();
    const recorded = (...kinds: string[]) => header({ recorded: kinds });
    expect(read(recorded('starts', 'roles'), recorded('roles', 'starts')).reader.header?.recorded).toHaveLength(2);
    expect(read(header({}), header({ nodes: ['a'] })).reader.header?.nodes).toEqual(['a']);
    expect(read(header({ nodes: ['a'] }), header({})).reader.header?.nodes).toEqual(['a']);
    expect(() => read(recorded('roles', 'roles'), recorded('roles'))).not.toThrow();
    // The first is named, however many said the same since.
    expect(() => read(recorded('roles'), recorded('roles'), recorded('starts'))).toThrow(
      'trace.ndjson, line 3 says that starts is recorded completely, and trace.ndjson, line 1 says roles',
    );
    expect(() => read(recorded('starts', 'roles'), '', header({}))).toThrow(
      'trace.ndjson, line 3 says that nothing is recorded completely, and trace.ndjson, line 1 says roles, starts',
    );
  });

  it('begins indexes with 1: an entry at index 0 is no event', () => {
    const line = (name: string, from: number) => JSON.stringify({ kind: 'trace', node: 'a', name, from, entries: [] });
    for (const name of ['Append', 'Apply']) {
      expect(read(line(name, 1)).events).toHaveLength(1);
      expect(() => read(line(name, 0))).toThrow(/line 1 .* from: /);
    }
  });

  it('has messages that Raft has not, and a trace with them is none of ours', () => {
    const line = (type: string) =>
      JSON.stringify({ kind: 'trace', timeUs: 1, node: 'a', name: 'Send', to: 'b', message: { type, term: 1 } });
    expect(read(line('AppendEntries')).reader.whole).toBe(true);
    for (const type of ['TimeoutNow', 'Other']) expect(read(line(type)).reader.whole).toBe(false);
    expect(() => read(line('Shout'))).toThrow(/message.type: /);
  });

  it('is not mixed with that of etcd-io/raft', () => {
    const ours = '{"kind":"trace","node":"a","name":"BecomeLeader","term":1}';
    expect(() => read(ours, etcd('Ready', '1', 1))).toThrow(/line 2 is an event of etcd-io\/raft among lines of/);
    expect(() => read(etcd('Ready', '1', 1), ours)).toThrow(/line 2 is of assay-trace\/1, after events of etcd-io/);
    expect(() => read('{"kind":"header","format":"assay-trace/1"}', etcd('Ready', '1', 1))).toThrow(/line 2 .* among/);
  });

  it('passes over what else stands in a file of ours, and empty lines', () => {
    expect(read('{"kind":"note","timeUs":1,"text":"begun"}', '').events).toEqual([]);
    const ours = '{"kind":"trace","node":"a","name":"BecomeLeader","term":1}';
    const kinds = ['invoke', 'ok', 'fail', 'info', 'fault', 'status', 'phase', 'note'];
    const { events, reader } = read(...kinds.map((kind) => JSON.stringify({ kind })), ours, '  ', '{"kind":"note"}');
    expect(events).toHaveLength(1);
    expect(reader.notes()).toEqual([]);
    for (const line of ['{"kind":"other"}', '{"type":"note"}', '7', 'null', `log: ${ours}`]) {
      expect(() => read(ours, line), line).toThrow(/trace.ndjson, line 2 /);
    }
    // Before the first event, too, there is nothing else in a file of ours.
    expect(() => read('{"level":"info"}', ours)).toThrow(/line 1 is no line of assay-trace/);
    expect(() => read('{"kind":"other"}')).toThrow(/line 1 is no line of assay-trace/);
  });

  it('may stand behind what a logger writes before its first line', () => {
    const ours = '{"kind":"trace","node":"a","name":"BecomeLeader","term":1}';
    const { events, reader } = read(`  ${ours}`, ours);
    expect(events).toEqual(
      [1, 2].map((line) => ({ kind: 'trace', node: 'a', name: 'BecomeLeader', term: 1, file: 'trace.ndjson', line })),
    );
    expect([reader.format, reader.notes()]).toEqual(['assay', []]);
  });
});

describe('the traces of etcd-io/raft', () => {
  it('are told by their lines, and read as what each node says of itself and does', () => {
    const { events, reader } = read(
      etcd('InitState', '1', 0),
      etcd('BecomeFollower', '1', 0),
      etcd('BecomeFollower', '1', 1),
      etcd('ReceiveRequestVoteRequest', '1', 1, vote('MsgVote', { term: 2, from: '2', to: '1', index: 2, logTerm: 1 })),
      etcd('SendRequestVoteResponse', '1', 2, vote('MsgVoteResp', { term: 2, from: '1', to: '2' })),
      etcd('Commit', '1', 2, { state: { term: 2, vote: '2', commit: 3 }, role: 'StateLeader', log: 3 }),
    );
    expect(reader.format).toBe('etcd');
    const state = { name: 'State', role: 'follower', lastIndex: 2, commitIndex: 2, voters: [['n1', 'n2', 'n3']] };
    expect(events.map(({ file: _, ...event }) => event)).toEqual([
      { name: 'InitState', node: 'n1', line: 1 },
      // What it loaded when it started.
      { ...state, term: 1, votedFor: null, node: 'n1', line: 4 },
      { ...state, term: 1, votedFor: null, node: 'n1', line: 4 },
      {
        name: 'Receive',
        from: 'n2',
        message: { type: 'RequestVote', term: 2, preVote: false, lastLogIndex: 2, lastLogTerm: 1 },
        node: 'n1',
        line: 4,
      },
      // The vote is written down after its answer was handed over.
      { ...state, term: 2, node: 'n1', line: 5 },
      {
        name: 'Send',
        to: 'n2',
        message: { type: 'RequestVoteResponse', term: 2, preVote: false, granted: true },
        node: 'n1',
        line: 5,
      },
      { ...state, role: 'leader', term: 2, votedFor: 'n2', lastIndex: 3, commitIndex: 3, node: 'n1', line: 6 },
    ]);
  });

  it('may stand among other lines of a log, and behind what the logger writes before them', () => {
    const { events, reader } = read(
      `    logger.go:130: 2024-06-13T10:00:00Z DEBUG ${etcd('Ready', '1', 1)}`,
      '=== RUN TestCluster',
      '{"level":"info","msg":"listening"}',
      JSON.stringify((JSON.parse(etcd('Ready', '2', 1)) as { event: object }).event),
    );
    expect(events.map(({ node }) => node)).toEqual(['n1', 'n2']);
    expect(reader.notes().join()).toContain('2 lines of the log are no trace events');
  });

  it('may follow other lines of a log, which are an error where no trace comes', () => {
    const log = ['=== RUN TestCluster', 'newRaft {1 2}', '{"level":"info"}'];
    const { events, reader } = read(...log, etcd('Ready', '1', 1), 'switched {3}');
    expect(events).toHaveLength(1);
    expect(() => reader.finish()).not.toThrow();
    expect(reader.notes().join()).toContain('4 lines of the log are no trace events');
    expect(() => read(...log).reader.finish()).toThrow(/trace.ndjson, line 1 is not JSON/);
    expect(() => read('{"level":"info"}').reader.finish()).toThrow(/line 1 is no line of assay-trace\/1, and no event/);
    const ours = '{"kind":"trace","node":"a","name":"BecomeLeader","term":1}';
    expect(() => read('', log[0] as string, ours)).toThrow(/line 2 is not JSON/);
    expect(() => read('{"kind":"header","format":"assay-trace/1"}', log[0] as string)).toThrow(/line 2 is not JSON/);
  });

  it('are named by line and field where they are malformed, and counted where their name is not known', () => {
    expect(() => read(etcd('Ready', '1', 1), etcd('Ready', '1', -1))).toThrow(/line 2 .* event.state.term: /);
    expect(() => read(etcd('Ready', '1', 1), '{"tag":"trace","event":{}}')).toThrow(/line 2 .* event: /);
    expect(() => read(etcd('Ready', '1', 1), '{"tag":')).toThrow(/line 2 is not JSON/);
    const { reader } = read(etcd('Ready', '1', 1), etcd('Sing', '2', 1), etcd('Sing', '2', 1));
    expect([reader.foreign, [...reader.foreignNodes], reader.whole]).toEqual([2, ['n2'], false]);
    expect(reader.notes()).toEqual(['read as state_trace of etcd-io/raft, as its logger writes it']);
    // What the log has besides, be it JSON or not; but no event that is broken.
    const log = read(etcd('Ready', '1', 1), 'event of nid 1', '{"level":"info"}', '{"tag":"other"}').reader;
    expect(log.notes()[1]).toBe('3 lines of the log are no trace events, and were passed over');
    expect(() => read(etcd('Ready', '1', 1), 'x {"nid" : "1"')).toThrow(/line 2 is not JSON/);
    expect(() => read('x {"nid":"1"')).toThrow(/line 1 is not JSON/);
    expect(() => read('x {"kind":"trace"')).toThrow(/line 1 is not JSON/);
    // It may be of something else, until it is clear that nothing else comes.
    expect(read('x {"name":"a"').events).toEqual([]);
    expect(() => read('x {"name":"a"', 'y').reader.finish()).toThrow(/line 1 is not JSON/);
    expect(() => read('x {"name":"a"', 'x {"kind":"trace"')).toThrow(/line 1 is not JSON/);
  });
});
