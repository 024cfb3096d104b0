import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withMutants } from '../../../.tooling/readme-tables.js';

it("the mutants' README has a table that says what the mutants say (npm run docs)", () => {
  const readme = readFileSync(new URL('../../../src/consensus/mutants/README.md', import.meta.url), 'utf8');
  expect(withMutants(readme)).toBe(readme);
});
