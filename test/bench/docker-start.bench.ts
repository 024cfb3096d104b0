import { dockerBackend } from '../../src/backends/docker/backend.js';
import { nodeIds } from '../../src/kernel/ids.js';
import { Random } from '../../src/kernel/random.js';
import raft from '../../src/systems/raft.js';

const AT_MOST_MS = 5000;
const ROUNDS = 5;

/**
 * How long it takes until five containers are ready to serve, once the image exists: the first round makes it, and is
 * not counted. Needs an engine: `npm run bench -- docker-start`.
 */
export default async function dockerStart(): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const began = performance.now();
    const cluster = await dockerBackend.start({
      system: raft,
      systemOptions: raft.options.parse({}),
      nodes: nodeIds(5),
      random: new Random(round),
      onNote: () => {},
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    times.push(performance.now() - began);
    await cluster[Symbol.asyncDispose]();
  }
  const [least, median] = times
    .slice(1)
    .sort((left, right) => left - right)
    .flatMap((ms, rank) => (rank === 0 || rank === Math.floor(ROUNDS / 2) ? [Math.round(ms)] : []));
  console.log(`five nodes ready: at best ${least} ms, median ${median} ms (at most ${AT_MOST_MS})`);
  if ((median ?? Number.POSITIVE_INFINITY) > AT_MOST_MS) process.exitCode = 1;
}
