import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { runRecordSchema } from '../../src/store/run-record.js';
import { assay, PACKAGE_ROOT, temporaryFolder, untilOutput } from '../support/program.js';

const SHORT = ['--nodes', '3', '--time-limit', '10s', '--seed', '1'];
/** Two dozen runs of a minute: at a low rate, for what is asked about is not what load shows. */
const CERTIFY = ['certify', 'raft', '--backend', 'sim', '--seed', '7'];

/** As `npm install assay` would. */
function installAssay(folder: string): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(PACKAGE_ROOT, join(folder, 'node_modules/assay'));
  symlinkSync(join(PACKAGE_ROOT, 'node_modules/tsx'), join(folder, 'node_modules/tsx'));
}

async function recordedRun(folder: string, ...flags: string[]) {
  const { stdout } = await assay(folder, ['run', 'raft', ...SHORT, '--json', ...flags]);
  return runRecordSchema.parse(JSON.parse(stdout));
}

describe('assay run', () => {
  it('ends with 0, a verdict paragraph, a report and a replay command for a correct cluster', async () => {
    const folder = temporaryFolder();
    const { exitCode, stdout, stderr } = await assay(folder, ['run', 'raft', ...SHORT]);
    expect(stderr).toContain('seed 1');
    expect(stdout).toMatch(/^VALID {2}/);
    expect(stdout).toContain('Replay: npx assay run raft --backend sim --nodes 3 ');
    const report = /^Report: (.*)$/m.exec(stdout)?.[1] ?? 'no report';
    expect(readFileSync(join(folder, report), 'utf8')).toMatch(/^<!doctype html>/i);
    expect(exitCode).toBe(0);
  });

  it('ends with 1 and tells of the stale read when followers answer reads', async () => {
    const { exitCode, stdout } = await assay(temporaryFolder(), ['run', 'raft', ...SHORT, '--reads', 'follower']);
    expect(stdout).toMatch(/^INVALID {2}/);
    expect(stdout).toMatch(/stale|read/);
    expect(exitCode).toBe(1);
  });

  it('ends with 2 when there was too little to judge by', async () => {
    const { exitCode, stdout } = await assay(temporaryFolder(), ['run', 'raft', ...SHORT, '--rate', '0.01']);
    expect(stdout).toMatch(/^UNKNOWN {2}/);
    expect(exitCode).toBe(2);
  });

  it('prints exactly one JSON document with --json, and all else on stderr', async () => {
    const { stdout, stderr } = await assay(temporaryFolder(), ['run', 'raft', ...SHORT, '--json']);
    const record = runRecordSchema.parse(JSON.parse(stdout));
    expect(record).toMatchObject({ verdict: 'valid', finished: true, options: { seed: 1, nodes: 3 } });
    expect(stderr).toContain('seed 1');
  });

  it('draws a seed where none is given, and prints it', async () => {
    const folder = temporaryFolder();
    const { stdout, stderr } = await assay(folder, ['run', 'raft', '--time-limit', '2', '--nemesis', 'none', '--json']);
    const { options } = runRecordSchema.parse(JSON.parse(stdout));
    expect(stderr).toContain(`seed ${options.seed}`);
  });

  it('takes options of nemeses, workloads and systems', async () => {
    const record = await recordedRun(
      temporaryFolder(),
      ...['--nemesis', 'partition:shape=bridge,interval=2s,kill', '--workload', 'register:keys=2,reads=0.8'],
      ...['--pre-vote', 'false'],
    );
    expect(record.options).toMatchObject({
      nemeses: [
        { name: 'partition', options: { shape: 'bridge', interval: '2s' } },
        { name: 'kill', options: {} },
      ],
      workloadOptions: { keys: '2', reads: '0.8' },
      systemOptions: { preVote: 'false' },
    });
  });

  it('stops gracefully on Ctrl-C, keeps what was recorded, and is no pass', async () => {
    const folder = temporaryFolder();
    const running = assay(folder, ['run', 'raft', '--time-limit', '100h', '--seed', '1']);
    await untilOutput(running, /\d+ ok/);
    running.kill('SIGINT');
    const { exitCode, stderr } = await running;
    expect(stderr).toContain('Stopping and cleaning up');
    expect(exitCode).toBe(255);
    const record = runRecordSchema.parse(JSON.parse(readFileSync(join(folder, 'results/latest/run.json'), 'utf8')));
    expect(record).toMatchObject({ finished: true, verdict: 'unknown' });
    expect(record.counts.ok).toBeGreaterThan(0);
  });

  it('still ends with 1 on Ctrl-C when a violation had happened', async () => {
    const running = assay(temporaryFolder(), [
      'run',
      'raft',
      '--time-limit',
      '100h',
      '--seed',
      '1',
      '--reads',
      'follower',
    ]);
    await untilOutput(running, /load (\d\d+ s|\d+ min)/);
    running.kill('SIGINT');
    expect((await running).exitCode).toBe(1);
  });
});

describe('a plugin that throws in mid-run', () => {
  it.each(['workload', 'nemesis'])('is a failure of the harness, not a violation: %s', async (kind) => {
    const folder = temporaryFolder();
    await assay(folder, ['new', kind, 'throws']);
    const file = join(folder, kind === 'workload' ? 'workloads/throws.ts' : 'nemeses/throws.ts');
    const broken = readFileSync(file, 'utf8').replace(
      /(context\.)?random\.pick\(/,
      '(() => { throw new Error("bang"); })(',
    );
    writeFileSync(file, broken);
    const { exitCode, stdout } = await assay(folder, ['run', 'raft', ...SHORT, `--${kind}`, 'throws']);
    expect(stdout).toMatch(/The harness stopped: bang/);
    expect(exitCode).toBe(255);
  });
});

describe('bad arguments end with 254, one message and a way out', () => {
  const cases: [string[], RegExp, RegExp][] = [
    [['rnu', 'raft'], /unknown command 'rnu'/, /Did you mean run\?/],
    [['run'], /missing required argument 'system'/, /--help/],
    [['run', 'rfat'], /there is no system "rfat"/, /Did you mean "raft"\?/],
    [['run', 'raft', '--sede', '1'], /unknown option '--sede'/, /Did you mean --seed\?/],
    [['run', 'raft', '--raeds', 'follower'], /unknown option '--raeds'/, /Did you mean --reads\?/],
    [
      ['run', 'raft', '--reads', 'folower'],
      /option "reads" of system raft cannot be "folower"/,
      /Did you mean "follower"\?/,
    ],
    [
      ['run', 'raft', '--mutant', 'elect-duble-vote'],
      /option "mutant" of system raft/,
      /Did you mean "elect-double-vote"\?/,
    ],
    [
      ['run', 'raft', '--mutant', 'fsync'],
      /cannot be "fsync"$/m,
      /Nearest are persist-ack-before-fsync, .*; `assay list`/,
    ],
    [['run', 'raft', '--backend', 'dcoker'], /--backend cannot be "dcoker"/, /Did you mean "docker"\?/],
    [['run', 'raft', '--workload', 'regster'], /there is no workload "regster"/, /Did you mean "register"\?/],
    [
      ['run', 'raft', '--workload', 'register:kyes=3'],
      /workload register has no option "kyes"/,
      /Did you mean "keys"\?/,
    ],
    [['run', 'raft', '--nemesis', 'partiton'], /there is no nemesis "partiton"/, /Did you mean "partition"\?/],
    [['run', 'raft', '--nemesis', 'partition:shape=brigde'], /"shape" of nemesis partition/, /Did you mean "bridge"\?/],
    [
      ['run', 'raft', '--nemesis', 'kill:intervall=5s'],
      /nemesis kill has no option "intervall"/,
      /Did you mean "interval"\?/,
    ],
    [['run', 'raft', '--nemesis', 'kill:interval=5x'], /"interval" of nemesis kill/, /duration/],
    [['run', 'raft', '--time-limit', 'soon'], /--time-limit cannot be "soon"/, /duration above zero/],
    [['run', 'raft', '--nodes', '0'], /--nodes cannot be "0"/, /from 1 to 99/],
    [['run', 'raft', '--rate', '-5'], /--rate cannot be "-5"/, /above zero/],
    [['certify', 'raft', '--profile', 'quik'], /--profile cannot be "quik"/, /Did you mean "quick"\?/],
    [['certify', 'raft', '--backend', 'smi'], /--backend cannot be "smi"/, /Did you mean "sim"\?/],
    [['certify', 'raft', '--backend', 'sim', '--mutant', 'fsync'], /cannot be "fsync"$/m, /Nearest are persist-ack/],
    [['check', 'nowhere.ndjson'], /nowhere\.ndjson/, /./],
    [['report', 'nothing'], /there is no run "nothing"/, /assay run raft/],
    [['replay', 'latest'], /there is no run "latest"/, /assay run raft/],
    [['new', 'workloda', 'x'], /no kind of plugin "workloda"/, /Did you mean "workload"\?/],
    [['new', 'nemesis', 'Flaky Leader'], /cannot be called "Flaky Leader"/, /small letters/],
  ];
  it.each(cases)('assay %j, which leaves nothing behind', async (args, message, wayOut) => {
    const folder = temporaryFolder();
    const { exitCode, stdout, stderr } = await assay(folder, args);
    expect(existsSync(join(folder, 'results'))).toBe(false);
    const text = stderr;
    expect(text).toMatch(message);
    expect(text).toMatch(wayOut);
    expect(text).not.toMatch(/^\s+at /m);
    expect(text.split('\n').length).toBeLessThanOrEqual(3);
    expect(stdout).toBe('');
    expect(exitCode).toBe(254);
  });

  it('says it as JSON with --json, and with the stack with ASSAY_DEBUG=1', async () => {
    const { stdout, stderr } = await assay(temporaryFolder(), ['run', 'rfat', '--json'], { ASSAY_DEBUG: '1' });
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'unknown-name', message: 'there is no system "rfat"', wayOut: 'Did you mean "raft"?' },
    });
    expect(stderr).toMatch(/^\s+at /m);
  });

  it('names the file of a plugin that does not load', async () => {
    const folder = temporaryFolder();
    await assay(folder, ['new', 'nemesis', 'broken']);
    writeFileSync(join(folder, 'nemeses/broken.ts'), 'export default 42;\n');
    const { exitCode, stderr } = await assay(folder, ['run', 'raft']);
    expect(stderr).toMatch(/nemeses\/broken\.ts has no default export made by defineNemesis/);
    expect(exitCode).toBe(254);
  });
});

describe('commands over recorded runs', () => {
  it('replay makes the same events again, to the byte', async () => {
    const folder = temporaryFolder();
    await recordedRun(folder);
    const { exitCode, stdout } = await assay(folder, ['replay', 'latest']);
    expect(stdout).toMatch(/The same events as .*, to the byte/);
    expect(exitCode).toBe(0);
  });

  it('the printed replay command is one that makes the same events', async () => {
    const folder = temporaryFolder();
    const first = await recordedRun(folder, '--nemesis', 'partition:shape=bridge,kill', '--pre-vote', 'false');
    const args = first.replay.replace(/^npx assay /, '').split(' ');
    const { stdout } = await assay(folder, [...args, '--json']);
    expect(runRecordSchema.parse(JSON.parse(stdout)).streamHash).toBe(first.streamHash);
  });

  it('check judges a folder and a bare history as the run did', async () => {
    const folder = temporaryFolder();
    await recordedRun(folder, '--reads', 'follower');
    for (const target of ['results/latest', 'results/latest/history.ndjson']) {
      const { exitCode, stdout } = await assay(folder, ['check', target]);
      expect(stdout).toMatch(/^invalid: [\d,]+ operations/);
      expect(exitCode).toBe(1);
    }
  });

  it('check judges a history whose harness was killed in the middle of a line', async () => {
    const folder = temporaryFolder();
    await recordedRun(folder);
    const history = join(folder, 'results/latest/history.ndjson');
    truncateSync(history, readFileSync(history).length - 20);
    const { exitCode, stderr } = await assay(folder, ['check', history, '--model', 'cas-register']);
    expect(stderr).toMatch(/line \d+, the last of .*, is cut off/);
    expect(exitCode).toBe(0);
  });

  it('check names the line that is malformed', async () => {
    const folder = temporaryFolder();
    const history = join(folder, 'history.ndjson');
    writeFileSync(history, '{"kind":"invoke","timeUs":0,"process":0,"f":"read","key":"k1"}\n{"kind":"inv\n');
    appendFileSync(history, '{"kind":"ok","timeUs":9,"process":0,"f":"read","key":"k1","value":null}\n');
    const { exitCode, stderr } = await assay(folder, ['check', history]);
    expect(stderr).toMatch(/history\.ndjson.*(line |:)2/);
    expect(exitCode).toBe(254);
  });

  it('report prints the verdict again, writes the report anew, and JUnit where asked', async () => {
    const folder = temporaryFolder();
    const { id } = await recordedRun(folder, '--reads', 'follower');
    const { exitCode, stdout } = await assay(folder, ['report', id, '--junit', 'junit.xml']);
    expect(stdout).toMatch(/^INVALID {2}/);
    expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toMatch(/<failure type="invalid"/);
    expect(exitCode).toBe(1);
  });

  it('serve lists runs and opens their reports on 127.0.0.1, until Ctrl-C', async () => {
    const folder = temporaryFolder();
    const { id } = await recordedRun(folder);
    const serving = assay(folder, ['serve', '--port', '0']);
    const url = /http:\/\/127\.0\.0\.1:\d+\/?/.exec(await untilOutput(serving, /http:\S+/))?.[0] ?? 'no address';
    expect(await (await fetch(url)).text()).toContain(id);
    const taken = await assay(folder, ['serve', '--port', new URL(url).port]);
    expect(String(taken.stderr)).toMatch(/port \d+/);
    expect(taken.exitCode).toBe(255);
    serving.kill('SIGINT');
    expect((await serving).exitCode).toBe(0);
  });
});

describe('other commands', () => {
  it('list shows systems, workloads and nemeses with their options, and what a backend cannot do', async () => {
    const { exitCode, stdout } = await assay(temporaryFolder(), ['list']);
    for (const part of ['Systems', 'raft', '--reads', 'register', 'partition', 'shape=any|halves', 'docker']) {
      expect(stdout).toContain(part);
    }
    expect(exitCode).toBe(0);
  });

  it('list gives the same as JSON', async () => {
    const { stdout } = await assay(temporaryFolder(), ['list', '--json']);
    const inventory = JSON.parse(stdout);
    expect(inventory.nemeses).toContainEqual(
      expect.objectContaining({
        name: 'power',
        support: expect.arrayContaining([expect.objectContaining({ system: 'raft', backend: 'sim', able: true })]),
      }),
    );
  });

  it('a reader that goes away breaks nothing', async () => {
    const { exitCode, stderr } = await execa(
      'bash',
      ['-c', `set -o pipefail; "${process.execPath}" "${PACKAGE_ROOT}dist/src/cli/main.js" list | head -n 1`],
      { reject: false, cwd: temporaryFolder() },
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
  });

  it('help is there for each command, with the options of systems for run', async () => {
    for (const args of [
      ['run', '--help'],
      ['help', 'run'],
    ]) {
      const { exitCode, stdout } = await assay(temporaryFolder(), args);
      expect(stdout).toMatch(/Options of raft:\s+--/);
      expect(exitCode).toBe(0);
    }
    const { stdout } = await assay(temporaryFolder(), []);
    for (const command of ['run', 'certify', 'check', 'replay', 'report', 'serve', 'list', 'new', 'doctor', 'clean']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
  });

  it('without an engine doctor says what this machine has, and clean that nothing is left, also as JSON', async () => {
    const doctor = await assay(temporaryFolder(), ['doctor', '--json']);
    expect([JSON.parse(doctor.stdout), doctor.exitCode]).toEqual([
      { simulator: true, docker: false, findings: expect.any(Array) },
      0,
    ]);
    const clean = await assay(temporaryFolder(), ['clean', '--json']);
    expect([JSON.parse(clean.stdout), clean.exitCode]).toEqual([{ removed: [] }, 0]);
    expect(clean.stderr).toContain('nothing of a run can be left there');
  });
});

describe('assay certify', () => {
  it('runs a matrix to one verdict and writes JSON, HTML and JUnit', async () => {
    const folder = temporaryFolder();
    const { exitCode, stdout } = await assay(folder, [...CERTIFY, '--rate', '25']);
    expect(stdout).toMatch(/valid: (\d+) of \1 runs of raft were valid \(sim; profile quick, seed 7\)/);
    expect(stdout).toMatch(/^The runs came upon \d+ of \d+ actions, outcomes and states/m);
    const report = /^Report: (.*)$/m.exec(stdout)?.[1] ?? 'no report';
    for (const file of ['campaign.html', 'campaign.json', 'junit.xml']) {
      expect(existsSync(join(folder, dirname(report), file)), file).toBe(true);
    }
    expect(exitCode).toBe(0);
  });

  it('ends with 1 when any run found a violation, and says which and how to see it again', async () => {
    const args = [...CERTIFY, '--nodes', '3', '--rate', '10', '--reads', 'follower'];
    const { exitCode, stdout } = await assay(temporaryFolder(), args);
    expect(stdout).toMatch(/Replay: npx assay run raft .*--reads follower/);
    expect(exitCode).toBe(1);
  });
});

describe('assay new', () => {
  it.each(['workload', 'nemesis'])('writes a %s and its test that work at once', async (kind) => {
    const folder = temporaryFolder();
    const { stdout } = await assay(folder, ['new', kind, 'my-own', '--json']);
    const { written, tryIt } = JSON.parse(stdout);
    expect(written).toEqual([`${kind === 'workload' ? 'workloads' : 'nemeses'}/my-own.ts`, 'test/my-own.test.ts']);

    const run = await assay(folder, [...tryIt.split(' ').slice(2), '--time-limit', '20', '--seed', '1']);
    expect(String(run.stdout)).toMatch(/^VALID {2}.*my-own/s);
    expect(run.exitCode).toBe(0);

    installAssay(folder);
    const test = await execa(process.execPath, ['--import', 'tsx', '--test', written[1]], {
      cwd: folder,
      reject: false,
    });
    expect(test.stdout).toMatch(/# fail 0/);
    expect(test.exitCode).toBe(0);
  });

  it('never overwrites', async () => {
    const folder = temporaryFolder();
    await assay(folder, ['new', 'workload', 'mine']);
    writeFileSync(join(folder, 'workloads/mine.ts'), '// precious\n');
    const { exitCode, stderr } = await assay(folder, ['new', 'workload', 'mine']);
    expect(stderr).toMatch(/exists already/);
    expect(readFileSync(join(folder, 'workloads/mine.ts'), 'utf8')).toBe('// precious\n');
    expect(exitCode).toBe(254);
  });
});
