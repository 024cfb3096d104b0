import type { Command } from 'commander';
import pc from 'picocolors';
import { loadCatalogue } from '../runner/catalogue.js';
import { ResultsStore } from '../store/results.js';
import type { RunRecord } from '../store/run-record.js';
import { resultsFlag } from './results-flag.js';
import { perform } from './run.js';
import type { Session } from './session.js';

/** `assay replay <run>`: the same options and seed again; in the simulator, the same events to the byte. */
export function addReplay(program: Command, session: Session): void {
  program
    .command('replay <run>')
    .description('run again with the options and the seed of an earlier run: its id, its folder or "latest"')
    .addOption(resultsFlag())
    .option('--json', "print the new run's record as JSON")
    .action(async (run: string, flags: { results: string }) => {
      const store = new ResultsStore(flags.results);
      const earlier = await store.open(run).readRecord();
      session.note(`Replaying ${earlier.id}: ${earlier.replay}`);
      const again = await perform(earlier.options, await loadCatalogue(session.folder), store, session);
      if (earlier.streamHash === undefined || again.streamHash === undefined) {
        session.print(pc.dim('The same options and faults; real time and real networks never repeat a run exactly.'));
        return;
      }
      session.print(
        earlier.streamHash === again.streamHash
          ? pc.dim(`The same events as ${earlier.id}, to the byte.`)
          : pc.yellow(`Not the same events as ${earlier.id}: ${whatChanged(earlier, again)}.`),
      );
    });
}

/** Why one seed gave other events. */
function whatChanged(earlier: RunRecord, again: RunRecord): string {
  const changed = ['assay', 'node'].filter((fact) => earlier.facts[fact] !== again.facts[fact]);
  if (changed.length === 0) return 'the code or a plugin has changed since';
  return changed.map((fact) => `${fact} was ${earlier.facts[fact]} and is ${again.facts[fact]}`).join(', ');
}
