import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests import the sources, also where these import `assay/plugin`. */
const alias = [
  { find: /^assay$/, replacement: source('./src/index.ts') },
  { find: /^assay\/plugin$/, replacement: source('./src/plugin/index.ts') },
  { find: /^assay\/linearizability-checker$/, replacement: source('./src/linearizability-checker/index.ts') },
];

/** Files that start containers or browsers, or the built program: one at a time, after the others. */
const HEAVY = ['test/e2e/**/*.test.ts', 'test/contract/**/*docker*.test.ts'];

/** Projects inherit nothing: a busy machine needs more than the default of five seconds. */
const patience = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: { ...patience, name: 'unit', include: ['test/unit/**/*.test.ts'], sequence: { groupOrder: 0 } },
      },
      {
        resolve: { alias },
        test: {
          ...patience,
          name: 'simulated',
          include: ['test/**/*.test.ts'],
          exclude: ['test/unit/**', ...HEAVY],
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'heavy',
          include: HEAVY,
          globalSetup: ['test/support/build.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
