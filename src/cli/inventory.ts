import { z } from 'zod';
import type { Abilities, System } from '../plugin/system.js';
import { FAULT_KINDS } from '../ports/faults.js';
import type { Catalogue } from '../runner/catalogue.js';
import { feasibleKinds, missingFaults } from '../runner/feasible.js';
import { SCHEDULE_OPTIONS } from '../runner/plan.js';
import { describeOptions, type OptionDescription } from './describe-options.js';

/** Everything that `assay list` knows: also what the README's tables are made of. */
export interface Inventory {
  readonly backends: readonly BackendEntry[];
  readonly systems: readonly SystemEntry[];
  readonly workloads: readonly WorkloadEntry[];
  readonly nemeses: readonly NemesisEntry[];
  /** Options that every nemesis has beside its own. */
  readonly scheduleOptions: readonly OptionDescription[];
}

export interface BackendEntry {
  readonly name: string;
  readonly usable: boolean;
  /** Why it is not, and the way out. */
  readonly reason?: string;
  readonly wayOut?: string;
}

export interface SystemEntry {
  readonly name: string;
  readonly description: string;
  readonly defaultNodes: number;
  readonly options: readonly OptionDescription[];
  readonly offers: readonly string[];
  /** By backend: undefined where the system runs, else why not. */
  readonly excludedFrom: Readonly<Record<string, string>>;
}

export interface WorkloadEntry {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionDescription[];
  readonly needs: readonly string[];
  /** Systems whose clients offer what it needs. */
  readonly systems: readonly string[];
}

export interface NemesisEntry {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionDescription[];
  readonly support: readonly NemesisSupport[];
}

/** What one backend can do of a nemesis to one system. */
export interface NemesisSupport {
  readonly system: string;
  readonly backend: string;
  /** Whether it can do everything that the nemesis asks for by default. */
  readonly able: boolean;
  readonly missing: readonly { readonly kind: string; readonly reason: string }[];
  /** Values of the nemesis's `kind` option that are possible nevertheless. */
  readonly possibleKinds: readonly string[];
}

export async function takeInventory(catalogue: Catalogue): Promise<Inventory> {
  const systems = [...catalogue.systems.values()];
  const places: { system: System; backend: string; abilities: Abilities; excluded: string | undefined }[] = [];
  for (const system of systems) {
    for (const backend of catalogue.backends.values()) {
      const abilities = await backend.abilities(system);
      places.push({ system, backend: backend.name, abilities, excluded: exclusion(abilities) });
    }
  }
  return {
    scheduleOptions: describeOptions(z.object(SCHEDULE_OPTIONS)),
    backends: await Promise.all(
      [...catalogue.backends.values()].map(async (backend) => {
        const unavailable = await backend.unavailable();
        return { name: backend.name, usable: unavailable === undefined, ...unavailable };
      }),
    ),
    systems: systems.map((system) => ({
      name: system.name,
      description: system.description,
      defaultNodes: system.defaultNodes,
      options: describeOptions(system.options),
      offers: system.offers,
      excludedFrom: Object.fromEntries(
        places.flatMap((place) =>
          place.system === system && place.excluded !== undefined ? [[place.backend, place.excluded]] : [],
        ),
      ),
    })),
    workloads: [...catalogue.workloads.values()].map((workload) => ({
      name: workload.name,
      description: workload.description,
      options: describeOptions(workload.options),
      needs: workload.needs,
      systems: systems.filter(({ offers }) => workload.needs.every((f) => offers.includes(f))).map(({ name }) => name),
    })),
    nemeses: [...catalogue.nemeses.values()].map((nemesis) => ({
      name: nemesis.name,
      description: nemesis.description,
      options: describeOptions(nemesis.options),
      support: places
        .filter(({ excluded }) => excluded === undefined)
        .map(({ system, backend, abilities }) => {
          const missing = missingFaults(nemesis, nemesis.options.parse({}), abilities);
          return {
            system: system.name,
            backend,
            able: missing.length === 0,
            missing,
            possibleKinds: missing.length === 0 ? [] : feasibleKinds(nemesis, abilities),
          };
        }),
    })),
  };
}

/** The one reason for which a backend can do nothing at all to a system: it cannot run it. */
export function exclusion(abilities: Abilities): string | undefined {
  const reasons = new Set(
    FAULT_KINDS.map((kind) => {
      const ability = abilities[kind];
      return ability.able ? undefined : ability.reason;
    }),
  );
  const [only] = reasons;
  return reasons.size === 1 ? only : undefined;
}
