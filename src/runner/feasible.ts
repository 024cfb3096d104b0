import { z } from 'zod';
import type { Nemesis } from '../plugin/nemesis.js';
import type { Abilities } from '../plugin/system.js';
import type { FaultKind } from '../ports/faults.js';

/** A fault that a nemesis needs and a backend cannot execute, and why. */
export interface MissingFault {
  readonly kind: FaultKind;
  readonly reason: string;
}

/** What is missing for the nemesis with these (parsed) options. */
export function missingFaults(
  nemesis: Nemesis,
  options: Record<string, unknown>,
  abilities: Abilities,
): MissingFault[] {
  return nemesis.needs(options).flatMap((kind) => {
    const ability = abilities[kind];
    return ability.able ? [] : [{ kind, reason: ability.reason }];
  });
}

/** The values of the nemesis's `kind` option with which it asks for nothing impossible; empty if it has no such option. */
export function feasibleKinds(nemesis: Nemesis, abilities: Abilities): string[] {
  const option = nemesis.options.shape.kind;
  const choices = option instanceof z.ZodDefault ? option.unwrap() : option;
  if (!(choices instanceof z.ZodEnum)) return [];
  return choices.options
    .map(String)
    .filter((kind) => missingFaults(nemesis, nemesis.options.parse({ kind }), abilities).length === 0);
}
