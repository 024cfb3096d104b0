import { readdirSync } from 'node:fs';
import { didYouMean } from '../../src/runner/suggest.js';

/** `npm run bench -- NAME [ARGUMENTS…]` runs the default export of `NAME.bench.ts` in this folder. */
const [name, ...args] = process.argv.slice(2);
const benches = readdirSync(new URL('.', import.meta.url))
  .flatMap((file) => /^(.+)\.bench\.[jt]s$/.exec(file)?.[1] ?? [])
  .sort();

if (name === undefined || !benches.includes(name)) {
  const hint = name === undefined ? `Choose from: ${benches.join(', ')}.` : didYouMean(name, benches);
  console.error(`usage: npm run bench -- NAME [ARGUMENTS]\n${hint}`);
  process.exitCode = 254;
} else {
  const bench: { default: (args: readonly string[]) => Promise<void> } = await import(
    new URL(`./${name}.bench${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href
  );
  await bench.default(args);
}
