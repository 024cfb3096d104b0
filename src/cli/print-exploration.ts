import pc from 'picocolors';
import type { Counterexample } from '../../spec/counterexample.js';
import { describePath } from '../../spec/describe.js';
import type { ActionCoverage } from '../../spec/findings.js';
import type { AnySpecification } from '../../spec/protocols.js';
import { nodeName } from '../../spec/specification.js';
import { count, grouped } from '../kernel/count.js';
import type { CheckedSpecification } from '../model-checker/check-specification.js';
import type { Model } from '../model-checker/model.js';
import type { SimulatedSpecification } from '../model-checker/simulate-specification.js';

/** "raft with 3 nodes, terms up to 2, 1 value, no restarts, features reads + leases, 2 reads, defect double-vote" */
export function modelInWords({ protocol, bounds, defect }: Model): string {
  const { nodes, traitors, terms, views, log, restarts, features = [], reads, retries, ticks } = bounds;
  const { sequences, interval, window } = bounds;
  const said = <Value>(value: Value | undefined, inWords: (value: Value) => string) =>
    value === undefined ? [] : [inWords(value)];
  return [
    `${protocol} with ${count(nodes, 'node')}`,
    ...said(traitors, traitorsInWords),
    ...said(terms, (term) => (term === 1 ? 'term 1 only' : `terms up to ${term}`)),
    ...said(views, (view) => (view === 0 ? 'view 0 only' : `views up to ${view}`)),
    log === 0 ? 'no values' : count(log, 'value'),
    ...said(restarts, (times) => (times === 0 ? 'no restarts' : count(times, 'restart'))),
    ...(features.length === 0 ? [] : [`${features.length === 1 ? 'feature' : 'features'} ${features.join(' + ')}`]),
    ...said(reads, (reads) => count(reads, 'read')),
    ...said(retries, (times) => `asked again ${count(times, 'time')}`),
    ...said(ticks, (ticks) => `clocks up to ${ticks}`),
    ...said(sequences, (sequence) => `sequence numbers up to ${sequence}`),
    ...said(interval, (every) => `a checkpoint after every ${every}`),
    ...said(window, (wide) => `a window of ${wide}`),
    ...said(defect, (name) => `defect ${name}`),
  ].join(', ');
}

function traitorsInWords(traitors: readonly number[]): string {
  if (traitors.length === 0) return 'no traitors';
  return `${traitors.map(nodeName).join(' and ')} ${traitors.length === 1 ? 'a traitor' : 'traitors'}`;
}

export function explorationSummary(
  specification: AnySpecification,
  { verdict, violation, endedBy }: Pick<CheckedSpecification, 'verdict' | 'violation' | 'endedBy'>,
): string {
  switch (verdict) {
    case 'valid': {
      const rules = specification.invariants.length + specification.stepInvariants.length;
      return `all states were looked at, and all ${rules} invariants hold in them`;
    }
    case 'invalid':
      return `${violation?.rule} does not hold`;
    case 'unknown': {
      const limit = {
        timeout: 'the time was over',
        'max-states': '--max-states was reached',
        signal: 'it was stopped',
      };
      return `${limit[endedBy ?? 'signal']} before all states were looked at; no invariant failed so far`;
    }
  }
}

export function simulationSummary({ verdict, violation, walks }: SimulatedSpecification): string {
  switch (verdict) {
    case 'valid':
      return `no invariant failed in ${count(walks, 'walk')}, which may have missed states`;
    case 'invalid':
      return `${violation?.rule} does not hold, as walk ${grouped(walks)} shows`;
    case 'unknown':
      return `it ended after ${count(walks, 'walk')}; no invariant failed so far`;
  }
}

/** The rule that is broken, then the way to it, step by step. */
export function violationStory(
  specification: AnySpecification,
  violation: Counterexample | undefined,
  way: string,
): string[] {
  if (violation === undefined) return [];
  const { invariants, stepInvariants } = specification;
  const rule = [...invariants, ...stepInvariants].find(({ name }) => name === violation.rule);
  const steps = describePath(specification, violation.path);
  const lines = [
    '',
    `${pc.bold(violation.rule)} (${rule?.section}): ${rule?.statement}`,
    `  Here ${violation.what}. ${way} there has ${count(steps.length, 'step')}:`,
    '',
  ];
  for (const [index, { node, action, section, about, changes, sent }] of steps.entries()) {
    const title = about === undefined ? '' : ` ${about}`;
    lines.push(`${`${index + 1}`.padStart(3)}. ${pc.cyan(node)} ${pc.bold(action)}${title} ${pc.dim(`(${section})`)}`);
    if (changes.length > 0) lines.push(`       ${changes.join(', ')}`);
    for (const message of sent) lines.push(`       sends ${message}`);
  }
  return lines;
}

/** How often each action happened; of one that never did nothing is known. */
export function coverageTable(specification: AnySpecification, coverage: readonly ActionCoverage[]): string[] {
  const sections = new Map(
    [...specification.actions, ...specification.handlers].map(({ name, section }) => [name, section]),
  );
  const width = Math.max(...coverage.map(({ name }) => name.length));
  const never = neverHappened(coverage);
  return [
    pc.dim(`${'action'.padEnd(width)}  ${'steps'.padStart(12)}  ${'new states'.padStart(12)}  section`),
    ...coverage.map(({ name, generated, distinct }) => {
      const figures = `${grouped(generated).padStart(12)}  ${grouped(distinct).padStart(12)}`;
      return `${name.padEnd(width)}  ${figures}  ${sections.get(name)}`;
    }),
    ...(never.length === 0 ? [] : ['', pc.yellow(`Never happened: ${never.join(', ')}.`)]),
  ];
}

export function neverHappened(coverage: readonly ActionCoverage[]): string[] {
  return coverage.filter(({ generated }) => generated === 0).map(({ name }) => name);
}
