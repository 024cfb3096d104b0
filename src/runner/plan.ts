import type { Backend } from '../backends/cluster.js';
import { AssayError } from '../kernel/errors.js';
import type { Nemesis } from '../plugin/nemesis.js';
import { durationMs, type OptionsSchema } from '../plugin/options.js';
import type { System } from '../plugin/system.js';
import type { Workload } from '../plugin/workload.js';
import { FAULT_KINDS, type FaultKind } from '../ports/faults.js';
import type { RunOptions } from '../store/run-record.js';
import { type Catalogue, find } from './catalogue.js';
import { feasibleKinds, missingFaults } from './feasible.js';
import { didYouMean } from './suggest.js';

/** A run that was looked up and found possible. */
export interface Plan {
  readonly options: RunOptions;
  readonly backend: Backend;
  readonly system: System;
  readonly systemOptions: Record<string, unknown>;
  readonly workload: Workload;
  readonly workloadOptions: Record<string, unknown>;
  readonly nemeses: readonly PlannedNemesis[];
}

export interface PlannedNemesis {
  readonly nemesis: Nemesis;
  readonly options: Record<string, unknown>;
  /** How long a round's faults stay. */
  readonly durationMs: number;
  /** The mean rest between rounds. */
  readonly intervalMs: number;
  readonly kinds: readonly FaultKind[];
}

/** What the runner adds to every nemesis's own options. */
export const SCHEDULE_OPTIONS = {
  interval: durationMs(4000).describe('mean rest between rounds'),
  duration: durationMs(3000).describe('how long a round holds'),
};

/**
 * Looks everything up and refuses the impossible before anything starts.
 *
 * @throws AssayError `unknown-name`, `bad-option` or `unsupported`, each with the way out
 */
export async function planRun(options: RunOptions, catalogue: Catalogue): Promise<Plan> {
  const system = find('system', options.system, catalogue.systems);
  const backend = find('backend', options.backend, catalogue.backends);
  const workload = find('workload', options.workload, catalogue.workloads);
  const systemOptions = parseOptions(`system ${system.name}`, system.options, options.systemOptions);
  const workloadOptions = parseOptions(`workload ${workload.name}`, workload.options, options.workloadOptions);
  refuseMissingFunctions(system, workload, catalogue);
  refuseTooFewNodes(system, options.nodes);

  const abilities = await backend.abilities(system);
  const nemeses = options.nemeses.map(({ name, options: given }): PlannedNemesis => {
    const nemesis = find('nemesis', name, catalogue.nemeses);
    const schema = nemesis.options.extend(SCHEDULE_OPTIONS);
    const parsed = parseOptions(`nemesis ${name}`, schema, given);
    refuseUnknownKinds(nemesis, nemesis.needs(parsed));
    const missing = missingFaults(nemesis, parsed, abilities);
    if (missing.length > 0) {
      const what = missing.map(({ kind, reason }) => `${kind} (${reason})`).join('; ');
      const feasible = feasibleKinds(nemesis, abilities);
      throw new AssayError(
        'unsupported',
        `backend ${backend.name} cannot do all of nemesis ${name} to ${system.name}: ${what}`,
        feasible.length > 0
          ? `Try --nemesis ${name}:kind=${feasible[0]} (possible here: ${feasible.join(', ')}).`
          : `Leave ${name} out, or see \`assay list\` for what each backend supports.`,
      );
    }
    const { interval, duration } = parsed as { interval: number; duration: number };
    return { nemesis, options: parsed, durationMs: duration, intervalMs: interval, kinds: nemesis.needs(parsed) };
  });
  const unavailable = await backend.unavailable();
  if (unavailable) throw new AssayError('no-engine', unavailable.reason, unavailable.wayOut);
  return { options, backend, system, systemOptions, workload, workloadOptions, nemeses };
}

function refuseUnknownKinds({ name }: Nemesis, kinds: readonly string[]): void {
  const known: readonly string[] = FAULT_KINDS;
  const unknown = kinds.find((kind) => !known.includes(kind));
  if (unknown === undefined) return;
  throw new AssayError(
    'plugin',
    `nemesis ${name} needs "${unknown}", which is no kind of fault`,
    didYouMean(unknown, known),
  );
}

function refuseTooFewNodes({ name, leastNodes = 1, defaultNodes }: System, nodes: number): void {
  if (nodes >= leastNodes) return;
  throw new AssayError(
    'bad-argument',
    `${name} needs at least ${leastNodes} nodes, not ${nodes}`,
    `Give --nodes ${leastNodes} or more, or leave it out for ${defaultNodes}.`,
  );
}

function refuseMissingFunctions(system: System, workload: Workload, catalogue: Catalogue): void {
  const missing = workload.needs.filter((f) => !system.offers.includes(f));
  if (missing.length === 0) return;
  const possible = [...catalogue.workloads.values()].filter((each) =>
    each.needs.every((f) => system.offers.includes(f)),
  );
  throw new AssayError(
    'unsupported',
    `workload ${workload.name} needs ${missing.join(', ')}, which the client of ${system.name} does not offer`,
    `Workloads for ${system.name}: ${possible.map(({ name }) => name).join(', ')}.`,
  );
}

/**
 * Parses options of a plugin; unknown names are refused.
 *
 * @throws AssayError `bad-option`, naming the option
 */
export function parseOptions(
  owner: string,
  schema: OptionsSchema,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const name of Object.keys(given)) {
    if (!(name in schema.shape)) {
      throw new AssayError(
        'bad-option',
        `${owner} has no option "${name}"`,
        didYouMean(name, Object.keys(schema.shape)),
      );
    }
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  const choices = issue?.code === 'invalid_value' ? issue.values.map(String) : [];
  // A rule over several options may name one that was not given.
  const cannot = name in given ? `cannot be ${JSON.stringify(given[name])}` : 'cannot stay at its default';
  throw new AssayError(
    'bad-option',
    // The choices come with the way out.
    `option "${name}" of ${owner} ${cannot}${choices.length > 0 ? '' : `: ${issue?.message}`}`,
    choices.length > 0
      ? didYouMean(String(given[name]), choices)
      : 'See `assay list` for the options and their defaults.',
  );
}
