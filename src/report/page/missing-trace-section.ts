import { grouped } from '../../kernel/count.js';
import type { RunView } from '../view.js';
import { html, type Markup } from './markup.js';

/** Where the nodes' trace is gone: what is not shown for that, and how to have it again. */
export function missingTraceSection({ run, traceMissing }: RunView): Markup | undefined {
  if (!traceMissing) return undefined;
  const { id, counts, options, replay } = run;
  const wayOut =
    options.backend === 'sim'
      ? html`The seed brings it back: <code>npx assay replay ${id}</code> makes the same run again, with its trace and a report that shows them.`
      : html`Real time repeats no run exactly; another one like it: <code>${replay}</code>.`;
  return html`<section id="missing-trace"><h2>Without the trace</h2>
<p class="lede">The nodes recorded ${grouped(counts.traceEvents)} steps, which were judged; but their file is not beside the run any more: certifications drop it after a valid run in the simulator. So this page has no phases of batches and no view changes, where the protocol has them, and draws nodes as they answered when asked. ${wayOut}</p></section>`;
}
