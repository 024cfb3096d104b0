/** What runs the user's tests; the written tests differ in one import only. */
export type TestRunner = 'vitest' | 'node:test';

export function workloadSource(name: string): string {
  return `import { defineWorkload, linearizability, mix, numberOption, z } from 'assay/plugin';

/** What clients do, and what must then hold: \`npx assay run raft --workload ${name}:keys=5\`. */
export default defineWorkload({
  name: '${name}',
  description: 'Reads and writes of a few registers; each must be linearizable.',
  options: z.object({
    keys: numberOption(3, { min: 1 }).describe('registers in use'),
  }),
  // Systems whose clients lack one of these are refused before anything starts.
  needs: ['read', 'write'],
  create({ options, random }) {
    const keys = Array.from({ length: options.keys }, (_, index) => \`${name}-\${index + 1}\`);
    let written = 0;
    return {
      next: () =>
        mix(random, [
          [0.5, () => ({ f: 'read', key: random.pick(keys) })],
          // Every value is written once, so that a read tells which write it saw.
          [0.5, () => ({ f: 'write', key: random.pick(keys), value: ++written })],
        ]),
      // Asked after everything was healed: what was acknowledged must still be there.
      finalReads: () => keys.map((key) => ({ f: 'read', key })),
      checkers: () => [linearizability({ model: 'cas-register' })],
    };
  },
});
`;
}

export function workloadTestSource(name: string, runner: TestRunner): string {
  return `import assert from 'node:assert/strict';
${importTest(runner)}
import { executeRun, loadCatalogue, runOptions } from 'assay';
import { Random } from 'assay/plugin';
import workload from '../workloads/${name}.js';

test('every operation of ${name} is one that it says it needs', () => {
  const run = workload.create({ options: workload.options.parse({}), random: new Random(1), concurrency: 10 });
  for (let count = 0; count < 1000; count++) {
    assert.ok(workload.needs.includes(run.next().f));
  }
});

test('a correct cluster passes ${name} while its leaders are killed', async () => {
  const record = await executeRun(
    runOptions({
      system: 'raft',
      workload: '${name}',
      nemeses: [{ name: 'kill', options: { target: 'leader' } }],
      timeLimitMs: 20_000,
    }),
    ${environment()},
  );
  assert.equal(record.verdict, 'valid', record.narrative.join(' '));
});

test('${name} finds stale reads', async () => {
  const record = await executeRun(
    runOptions({
      system: 'raft',
      systemOptions: { reads: 'follower' },
      workload: '${name}',
      nemeses: [{ name: 'partition', options: {} }],
      timeLimitMs: 20_000,
    }),
    ${environment()},
  );
  assert.equal(record.verdict, 'invalid', record.narrative.join(' '));
});
`;
}

export function nemesisSource(name: string): string {
  return `import { defineNemesis, z } from 'assay/plugin';

/** Which faults come, round by round: \`npx assay run raft --nemesis ${name}:interval=5s,duration=3s\`. */
export default defineNemesis({
  name: '${name}',
  description: 'Pauses the leader and kills another node at the same time.',
  options: z.object({
    leader: z.enum(['pause', 'spare']).default('pause').describe('what happens to the leader'),
  }),
  // Backends that cannot do one of these refuse the run before anything starts.
  needs: ({ leader }) => (leader === 'pause' ? ['pause', 'kill'] : ['kill']),
  disturbsLeader: true,
  // The runner injects these faults, verifies them, holds them, undoes them and rests: the options \`duration\` and
  // \`interval\` are every nemesis's.
  next(context) {
    const leader = context.leader();
    const others = context.available().filter((node) => node !== leader);
    if (leader === undefined || others.length === 0) return undefined;
    const victim = context.random.pick(others);
    return {
      faults: [
        ...(context.options.leader === 'pause' ? [{ kind: 'pause' as const, nodes: [leader] }] : []),
        { kind: 'kill', nodes: [victim] },
      ],
    };
  },
});
`;
}

export function nemesisTestSource(name: string, runner: TestRunner): string {
  return `import assert from 'node:assert/strict';
${importTest(runner)}
import { executeRun, loadCatalogue, runOptions } from 'assay';
import { Random } from 'assay/plugin';
import nemesis from '../nemeses/${name}.js';

test('${name} strikes the leader and one other node', () => {
  const nodes = ['n1', 'n2', 'n3'];
  const episode = nemesis.next({
    options: nemesis.options.parse({}),
    random: new Random(1),
    nodes,
    round: 0,
    available: () => nodes,
    leader: () => 'n1',
  });
  const [pause, kill] = episode?.faults ?? [];
  assert.deepEqual(pause, { kind: 'pause', nodes: ['n1'] });
  assert.ok(kill?.kind === 'kill' && !kill.nodes.includes('n1'));
});

test('a correct cluster survives ${name}', async () => {
  const record = await executeRun(
    runOptions({ system: 'raft', nemeses: [{ name: '${name}', options: {} }], timeLimitMs: 30_000 }),
    ${environment()},
  );
  assert.equal(record.verdict, 'valid', record.narrative.join(' '));
  assert.ok((record.counts.faults.kill?.confirmed ?? 0) > 0, 'no kill was confirmed');
});
`;
}

function importTest(runner: TestRunner): string {
  return `import { test } from '${runner}';`;
}

function environment(): string {
  return `{ catalogue: await loadCatalogue('.'), signal: new AbortController().signal, onProgress: () => {} }`;
}
