import { runOptions } from 'assay';
import { campaign } from './seeds/campaign.js';

/** Every nemesis there is, at once; and how long a run is, in seconds of its cluster. */
const NEMESES = ['partition', 'kill', 'pause', 'clock', 'packet', 'power', 'byzantine'];
const SECONDS = { sim: 30, docker: 60 };
const SIZES = { sim: [4, 5, 6, 7], docker: [7, 4] };
const WORKLOADS = ['append', 'register', 'transfer'];
type Backend = keyof typeof SECONDS;

/**
 * False alarms: the reference PBFT with f traitors of random behaviour under all other nemeses, one run a seed, in turn
 * with 4, 5, 6 and 7 replicas, signatures and MACs, each workload. Prints every seed whose verdict is not valid, and
 * exits with 1 if any is.
 *
 * `npm run bench -- pbft-seeds [count] [first seed] [sim|docker] [nemesis,…]`
 */
export default async function pbftSeeds(args: readonly string[]): Promise<void> {
  const count = Number(args[0] ?? 2000);
  const first = Number(args[1] ?? 1);
  const backend: Backend = args[2] === 'docker' ? 'docker' : 'sim';
  const nemeses = args[3]?.split(',') ?? NEMESES;
  await campaign({
    count,
    first,
    seconds: SECONDS[backend],
    every: backend === 'sim' ? 100 : 5,
    where: `${backend} under ${nemeses.join(', ')}`,
    optionsOf: (seed) => optionsOf(seed, backend, nemeses),
  });
}

function optionsOf(seed: number, backend: Backend, nemeses: readonly string[]) {
  const sizes = SIZES[backend];
  // Between containers TCP hides what else packets can suffer.
  const packet = backend === 'sim' ? {} : { kind: seed % 2 === 0 ? 'delay' : 'loss' };
  // Of seven faults at once on a small machine, each with a traitor besides, there must be some moments between.
  const pace = backend === 'sim' ? {} : { duration: '3s', interval: '8s' };
  return runOptions({
    system: 'pbft',
    systemOptions: {
      authentication: Math.floor(seed / sizes.length) % 2 === 0 ? 'signatures' : 'macs',
      checkpointInterval: 20,
      logWindow: 40,
      batchesInFlight: 1 + (seed % 3),
    },
    backend,
    nodes: sizes[seed % sizes.length] ?? 4,
    workload: WORKLOADS[seed % WORKLOADS.length] ?? 'append',
    nemeses: nemeses.map((name) => ({ name, options: { ...pace, ...(name === 'packet' && packet) } })),
    ...(backend === 'docker' && { rate: 50 }),
    timeLimitMs: SECONDS[backend] * 1000,
    seed,
  });
}
