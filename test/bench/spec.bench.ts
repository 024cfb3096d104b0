import { checkSpecification } from '../../src/model-checker/check-specification.js';

const [SMALL, LARGE] = [1, 2].map((log) => ({ nodes: 3, terms: 2, log, restarts: 0 }));

/**
 * `npm run bench -- spec [large] [small]`: states a second of the models of standard-raft, with one worker and with two,
 * in turns. Of a busy machine the CPU time says more than the clock.
 */
export default async function bench(args: readonly string[]): Promise<void> {
  const models = [...(args.includes('large') ? [] : [SMALL]), ...(args.includes('small') ? [] : [LARGE])];
  for (const bounds of models) {
    if (bounds === undefined) continue;
    const seconds: number[] = [];
    for (const workers of [1, 2, 1, 2]) {
      const before = process.cpuUsage();
      const { distinct, generated, elapsedMs } = await checkSpecification({
        model: { protocol: 'raft', bounds },
        symmetry: false,
        workers,
        signal: new AbortController().signal,
        onProgress: () => {},
      });
      const { user, system } = process.cpuUsage(before);
      seconds.push(elapsedMs / 1000);
      const rate = Math.round(distinct / (elapsedMs / 1000)).toLocaleString('en');
      console.log(
        `log ${bounds.log}, ${workers} worker${workers > 1 ? 's' : ''}: ${distinct} distinct, ${generated} generated, ` +
          `${(elapsedMs / 1000).toFixed(1)} s, ${rate} states/s; CPU ${(user / 1e6).toFixed(1)} s user, ` +
          `${(system / 1e6).toFixed(1)} s system; ${Math.round(process.memoryUsage().rss / 1e6)} MB`,
      );
    }
    const [one = 0, two = 1, oneAgain = 0, twoAgain = 1] = seconds;
    console.log(`  two workers are ${((one + oneAgain) / (two + twoAgain)).toFixed(2)} times as fast as one`);
  }
}
