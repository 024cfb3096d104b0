import { readFileSync, writeFileSync } from 'node:fs';
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

    const lines = readFileSync(join(folder, 'results/latest/trace.ndjson'), 'utf8').split('\n').slice(0, 2000);
    writeFileSync(join(folder, 'part.ndjson'), `${lines.join('\n')}\n`);
    const part = await assay(folder, ['spec', 'trace', 'part.ndjson', '--json']);
    expect(JSON.parse(part.stdout)).toMatchObject({
      verdict: 'valid',
      events: 2000,
      nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    });

    const changed = lines.filter((line) => !line.includes('"AdvanceCommit"'));
    writeFileSync(join(folder, 'changed.ndjson'), `${changed.join('\n')}\n`);
    const broken = await assay(folder, ['spec', 'trace', 'changed.ndjson']);
    expect(broken.stdout).toContain('The specification allows there: nothing to apply, for all that is committed was.');
    expect(broken.exitCode).toBe(1);

    writeFileSync(join(folder, 'start.ndjson'), `${lines.filter((line) => line.includes('"InitState"')).join('\n')}\n`);
    const start = await assay(folder, ['spec', 'trace', 'start.ndjson']);
    expect(start.stdout).toContain('so it matched trivially');
    expect(start.exitCode).toBe(2);
  });
});
