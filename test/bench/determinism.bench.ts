import { executeRun, loadCatalogue, runOptions } from 'assay';

/**
 * Runs one seed many times and prints the SHA-256 of its event stream: `npm run bench -- determinism [RUNS] [SEED]`.
 * Any two runs, also under different versions of Node, must print the same. Exits 1 where they do not.
 */
export default async function determinismBench([runs = '200', seed = '1']: readonly string[]): Promise<void> {
  const options = runOptions({
    system: 'raft',
    backend: 'sim',
    nodes: 5,
    nemeses: ['partition', 'kill', 'pause', 'clock', 'packet', 'power'].map((name) => ({ name, options: {} })),
    timeLimitMs: 10_000,
    seed: Number(seed),
  });
  const catalogue = await loadCatalogue(process.cwd());
  const hashes = new Map<string, number>();
  for (let run = 0; run < Number(runs); run++) {
    const { streamHash = 'none' } = await executeRun(options, {
      catalogue,
      signal: new AbortController().signal,
      onProgress: () => {},
      hashed: true,
    });
    hashes.set(streamHash, (hashes.get(streamHash) ?? 0) + 1);
  }
  for (const [hash, count] of hashes) console.log(`${hash}  ${count} runs of seed ${seed} on Node ${process.version}`);
  if (hashes.size !== 1 || hashes.has('none')) process.exitCode = 1;
}
