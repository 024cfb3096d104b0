import { executeRun, loadCatalogue, runOptions } from 'assay';
import { rulesBroken, violated } from '../support/mutants.js';

const SIZES = [4, 5, 6, 7];
/** What one more traitor than PBFT bears may do to it together; and anything, in turn. */
const BEHAVIOURS = ['collude', 'equivocate', 'random'];
/** The rules that say that replicas disagree, and the checkers that say that a client was fooled. */
const AGREEMENT = ['Agreement', 'StateHash'];
const CLIENTS = ['linearizability', 'ledgers'];

/**
 * The boundary: with f traitors nothing may be violated, with f+1 that act together something must be. Prints a table for
 * nemeses/README.md: of so many runs of 30 s each, in how many correct replicas disagreed or a client was fooled, and the
 * first seed that showed it. Exits with 1 where f traitors did harm, or f+1 colluders did none.
 *
 * `npm run bench -- pbft-boundary [runs]`
 */
export default async function pbftBoundary(args: readonly string[]): Promise<void> {
  const runs = Number(args[0] ?? 20);
  const catalogue = await loadCatalogue(process.cwd());
  console.log('| n | traitors | behaviour | runs | replicas disagree | a client is fooled | first seed |');
  console.log('| - | -------- | --------- | ---- | ----------------- | ------------------ | ---------- |');
  for (const nodes of SIZES) {
    for (const traitors of ['f', 'f+1']) {
      for (const behaviour of BEHAVIOURS) {
        const count = { disagree: 0, fooled: 0 };
        let first: number | undefined;
        for (let seed = 1; seed <= runs; seed++) {
          const record = await executeRun(optionsOf(seed, nodes, traitors, behaviour), {
            catalogue,
            signal: new AbortController().signal,
            onProgress: () => {},
          });
          const found = violated(record);
          const disagree = rulesBroken(record, 'pbft-safety').some((rule) => AGREEMENT.includes(rule));
          const fooled = found.some((checker) => CLIENTS.includes(checker));
          if (disagree) count.disagree++;
          if (fooled) count.fooled++;
          if (disagree || fooled) first ??= seed;
        }
        const harmed = count.disagree + count.fooled > 0;
        if (traitors === 'f' ? harmed : behaviour === 'collude' && !harmed) process.exitCode = 1;
        const f = Math.floor((nodes - 1) / 3);
        const number = traitors === 'f' ? f : f + 1;
        console.log(
          `| ${nodes} | ${number} (${traitors}) | ${behaviour} | ${runs} | ${count.disagree} | ${count.fooled} | ${first ?? '–'} |`,
        );
      }
    }
  }
}

function optionsOf(seed: number, nodes: number, traitors: string, behaviour: string) {
  return runOptions({
    system: 'pbft',
    systemOptions: { authentication: seed % 2 === 0 ? 'signatures' : 'macs' },
    backend: 'sim',
    nodes,
    workload: 'register',
    nemeses: [{ name: 'byzantine', options: { behaviour, traitors, duration: '5s', interval: '1s' } }],
    timeLimitMs: 30_000,
    rate: 100,
    seed,
  });
}
