import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests import the sources, also where these import `assay/plugin`. */
const alias = [
  { find: /^assay$/, replacement: source('./src/index.ts') },
  { find: /^assay\/plugin$/, replacement: source('./src/plugin/index.ts') },
  { find: /^assay\/linearizability-checker$/, replacement: source('./src/linearizability-checker/index.ts') },
];

/** Files that start containers: one at a time, for each holds what the engine has before and after against each other. */
const DOCKER = ['test/e2e/**/*docker.test.ts', 'test/contract/**/*docker.test.ts'];

/** Projects inherit nothing: a busy machine needs more than the default of five seconds. */
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };
const muchPatience = { testTimeout: 300_000, hookTimeout: 300_000 };
const globalSetup = ['test/support/build.ts'];

export default defineConfig({
  test: {
    // Vitest leaves one core to itself: of two that is a half.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // They share the workers in the order of their names. Those with the longest files come first: so that in the end
    // no core is idle.
    projects: [
      {
        resolve: { alias },
        test: { ...patience, name: 'unit', include: ['test/unit/**/*.test.ts'] },
      },
      {
        resolve: { alias },
        test: {
          ...patience,
          name: 'simulated',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**', 'test/e2e/**', ...DOCKER],
        },
      },
      {
        resolve: { alias },
        test: {
          ...muchPatience,
          name: 'program',
          include: ['test/e2e/**/*.test.ts'],
          exclude: DOCKER,
          globalSetup,
          // No engine is in their reach: what they did in it would disturb the tests of containers beside them.
          env: { DOCKER_HOST: 'unix:///no/docker.sock' },
        },
      },
      {
        resolve: { alias },
        test: {
          ...muchPatience,
          name: 'docker',
          include: DOCKER,
          globalSetup,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
