import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assay, temporaryFolder } from '../support/program.js';

const RUN = ['run', 'raft', '--nemesis', 'partition', '--time-limit', '5s', '--seed', '3'];

describe('assay spec trace', () => {
  it("holds a run's trace, and a part of it as a file alone, against the specification", async () => {
    const folder = temporaryFolder();
    await assay(folder, RUN);
    const whole = await assay(folder, ['spec', 'trace', 'results/latest']);
    expect(whole.stdout).toMatch(
      /^ {2}valid raft-steps: All [\d,]+ events of 5 nodes are steps of the specification\.$/m,
    );
    expect(whole.exitCode).toBe(0);

    const run = readdirSync(join(folder, 'results')).find((name) => name.startsWith('20')) ?? '';
    for (const [command, name] of [
      [['spec', 'trace'], 'latest'],
      [['spec', 'trace'], run],
      [['check'], 'latest'],
      [['check'], run],
    ] as const) {
      const named = await assay(folder, [...command, name]);
      expect(named.stdout).toMatch(/^ {2}valid raft-steps: /m);
      expect(named.stdout).toContain(run);
    }

    const lines = readFileSync(join(folder, 'results/latest/trace.ndjson'), 'utf8').split('\n').slice(0, 2000);
    writeFileSync(join(folder, 'part.ndjson'), `${lines.join('\n')}\n`);
    const part = await assay(folder, ['spec', 'trace', 'part.ndjson', '--json']);
    expect(JSON.parse(part.stdout)).toMatchObject({
      verdict: 'valid',
      events: 2000,
      nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    });

    const advances = lines.filter((line) => line.includes('"AdvanceCommit"')).slice(3);
    const changed = lines.filter((line) => !advances.includes(line));
    writeFileSync(join(folder, 'changed.ndjson'), `${changed.join('\n')}\n`);
    const broken = await assay(folder, ['spec', 'trace', 'changed.ndjson']);
    expect(broken.stdout).toContain('The specification allows there: nothing to apply, for all that is committed was.');
    expect(broken.exitCode).toBe(1);

    writeFileSync(join(folder, 'start.ndjson'), `${lines.filter((line) => line.includes('"InitState"')).join('\n')}\n`);
    const start = await assay(folder, ['spec', 'trace', 'start.ndjson']);
    expect(start.stdout).toContain('so it matched trivially');
    expect(start.exitCode).toBe(2);
  });

  it('reads a file for each node, tells what was not recorded, and refuses what is no trace', async () => {
    const folder = temporaryFolder();
    const event = (node: string, name: string, fields: object = {}) =>
      `${JSON.stringify({ kind: 'trace', node, name, term: 1, ...fields })}\n`;
    const [a, b] = ['a', 'b'].map(
      (node) => `${event(node, 'InitState')}${event(node, 'BecomeCandidate', { term: 2 })}`,
    );
    writeFileSync(join(folder, 'a.ndjson'), `${a}${event('a', 'BecomeLeader', { term: 2 })}`);
    writeFileSync(join(folder, 'b.ndjson'), `${b}${event('b', 'UpdateTerm', { term: 3 })}`);
    const valid = await assay(folder, ['spec', 'trace', 'a.ndjson', 'b.ndjson', '--spec', 'raft']);
    expect(valid.stdout).toMatch(
      /valid raft-partial: All 6 steps of 2 nodes .* Not recorded: roles, votes, .* Not checked: /,
    );
    expect(valid.exitCode).toBe(0);

    writeFileSync(join(folder, 'b.ndjson'), `${b}${event('b', 'BecomeLeader', { term: 2 })}`);
    const invalid = await assay(folder, ['spec', 'trace', 'a.ndjson', 'b.ndjson']);
    expect(invalid.stdout).toContain('ElectionSafety (§5.2): At most one leader can be elected in a given term.');
    expect(invalid.exitCode).toBe(1);

    writeFileSync(join(folder, 'b.ndjson'), '{"kind":"trace","node":"b"}\n');
    const bad = await assay(folder, ['spec', 'trace', 'b.ndjson']);
    expect(bad.stderr).toContain('b.ndjson, line 1 is no line of assay-trace/1: name');
    expect(bad.exitCode).toBe(254);
  });

  it.each([
    [['nowhere.ndjson'], 'there is no file nowhere.ndjson\nName a file, or a run'],
    [['latest'], 'there is no file latest\nName a file, or a run'],
    [['a.ndjson', './a.ndjson'], './a.ndjson is named twice\nName each file once: its steps would be taken twice.'],
    [['a.ndjson', 'runs'], 'runs is a folder, and one run is judged at a time\nName it alone.'],
    [['a.ndjson', 'b.ndjson', '--system', 'raft'], '--system judges one file\nName one file, or give --spec'],
    [['a.ndjson', '--spec', 'rft'], 'there is no specification "rft" of traces\nDid you mean "raft"?'],
    [
      ['a.ndjson', 'b.ndjson', '--nodes', '1'],
      'the trace speaks of 2 nodes (a, b), more than --nodes 1\nLeave --nodes',
    ],
  ])('says what is wrong with %j, and ends with 254', async (args, message) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'runs'));
    for (const node of ['a', 'b']) {
      const event = { kind: 'trace', node, name: 'InitState', term: 1 };
      writeFileSync(join(folder, `${node}.ndjson`), `${JSON.stringify(event)}\n`);
    }
    const { exitCode, stderr, stdout } = await assay(folder, ['spec', 'trace', ...args]);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(exitCode).toBe(254);
  });
});
