import { grouped } from '../../kernel/count.js';
import { formatDuration } from '../../kernel/units.js';
import { withOptions } from '../figures.js';
import { formatTime } from '../scale.js';
import type { FaultWindow, RunView } from '../view.js';
import { html, type Markup } from './markup.js';
import { verdictBadge } from './verdict-badge.js';

/** Every checker's verdict with what it rests on. */
export function checksTable({ run }: RunView): Markup {
  const rows = run.checks.map(
    (check) => html`<tr>
<th scope="row">${check.checker}</th>
<td class="nowrap">${verdictBadge(check.verdict)}</td>
<td>${check.summary}<div class="checkfacts">${Object.entries(check.facts)
      .map(([name, fact]) => factText(name, fact))
      .join(' · ')}</div></td>
</tr>`,
  );
  if (rows.length === 0) return html`<p class="muted">No checker gave a verdict: the run did not get that far.</p>`;
  return html`<table class="stack"><thead><tr><th scope="col">Check</th><th scope="col">Verdict</th><th scope="col">What it says</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

export function latencyTable({ latency }: RunView): Markup | undefined {
  if (latency.length === 0) return undefined;
  const rows = latency.map(
    (each) => html`<tr><th scope="row">${each.title}</th>
<td class="number" data-label="operations">${grouped(each.count)}</td>
<td class="number" data-label="median">${formatDuration(each.p50Us)}</td>
<td class="number" data-label="95 %">${formatDuration(each.p95Us)}</td>
<td class="number" data-label="99 %">${formatDuration(each.p99Us)}</td>
<td class="number" data-label="longest">${formatDuration(each.maxUs)}</td></tr>`,
  );
  return html`<h3>Latency, from the time when an operation was due</h3>
<table class="stack"><thead><tr><th scope="col">Outcome</th><th scope="col" class="number">Operations</th><th scope="col" class="number">Median</th><th scope="col" class="number">95 %</th><th scope="col" class="number">99 %</th><th scope="col" class="number">Longest</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

/** Each fault with what was seen when it was injected and when it was healed. */
export function faultTable({ faults }: RunView): Markup {
  if (faults.length === 0) return html`<p class="muted">No fault was injected.</p>`;
  const rows = faults.map(
    (fault) => html`<tr>
<th scope="row">${fault.nemesis}<div class="checkfacts">${fault.kind} ${fault.description}</div></th>
<td class="nowrap" data-label="from">${formatTime(fault.fromUs, 10_000)}<div class="checkfacts">${fault.healed ? `for ${formatDuration(fault.toUs - fault.fromUs)}` : 'never healed'}</div></td>
<td class="number" data-label="acknowledged meanwhile">${grouped(fault.acknowledged)}</td>
<td data-label="injected">${probeWords(fault.inject)}</td>
<td data-label="healed">${fault.heal ? probeWords(fault.heal) : 'no heal was recorded'}</td>
</tr>`,
  );
  return html`<table class="stack"><thead><tr><th scope="col">Fault</th><th scope="col">When</th><th scope="col" class="number">Acknowledged<br>meanwhile</th><th scope="col">The probe on injecting</th><th scope="col">The probe on healing</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

/** What a reader needs in order to believe or to repeat the run. */
export function factList({ run }: RunView): Markup {
  const { options } = run;
  const facts: [string, string][] = [
    ['Run', run.id],
    ['Started', run.startedAt],
    ['System', withOptions(options.system, options.systemOptions)],
    ['Backend', `${options.backend}, ${options.nodes} ${options.nodes === 1 ? 'node' : 'nodes'}`],
    ['Workload', withOptions(options.workload, options.workloadOptions)],
    ['Nemeses', options.nemeses.map((each) => withOptions(each.name, each.options)).join(', ') || 'none'],
    [
      'Load',
      `${options.concurrency} processes, ${options.rate} operations a second, each given up after ${options.operationTimeoutMs} ms`,
    ],
    [
      'Length',
      `${formatDuration(run.durationUs)} on the run's axis, ${formatDuration(run.wallMs * 1000)} on the wall; load for ${formatDuration(options.timeLimitMs * 1000)}`,
    ],
    ['Recovery bound', formatDuration(options.recoveryMs * 1000)],
    ['Checkers’ budget', formatDuration(options.checkBudgetMs * 1000)],
    ['Seed', String(options.seed)],
    ['Trace events', grouped(run.counts.traceEvents)],
    ...(run.counts.shed > 0
      ? ([['Shed', `${grouped(run.counts.shed)} operations, because no process was free for them`]] as [
          string,
          string,
        ][])
      : []),
    ...(run.streamHash === undefined ? [] : ([['Stream hash', run.streamHash]] as [string, string][])),
    ...Object.entries(run.facts).map(([name, fact]): [string, string] => [capitalized(spaced(name)), fact]),
  ];
  return html`<dl class="facts">${facts.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>`;
}

function probeWords(probe: FaultWindow['inject']): Markup {
  return html`${verdictBadge(probe.confirmed ? 'valid' : 'unknown', probe.confirmed ? 'confirmed' : 'not confirmed')} <div class="checkfacts">${probe.detail}</div>`;
}

/** "states visited 48,211", "recovery 12.4 ms" */
function factText(name: string, fact: number | string): string {
  if (typeof fact === 'string') return `${spaced(name)} ${fact}`;
  if (name.endsWith('Ms')) return `${spaced(name.slice(0, -2))} ${formatDuration(fact * 1000)}`;
  return `${spaced(name)} ${grouped(fact)}`;
}

/** "statesVisited" → "states visited"; a property's name ("ElectionSafety") stays as it is. */
function spaced(name: string): string {
  if (/^[A-Z]/.test(name)) return name;
  return name
    .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replace(/[-_]/g, ' ');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
