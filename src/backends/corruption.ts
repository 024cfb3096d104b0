import type { System } from '../plugin/system.js';
import type { Behaviour } from '../ports/corruption.js';
import type { Ability, ProbeResult } from '../ports/faults.js';
import type { Reply } from '../ports/requests.js';

/** Whether this system's nodes can be made to lie, by a backend that can run them. */
export function corruptibility({ name, node }: System): Ability {
  if (node.kind === 'container') {
    return {
      able: false,
      reason: `only nodes of Assay's own can be made to lie; ${name} is a server that others wrote`,
    };
  }
  if (node.corruptible) return { able: true };
  return { able: false, reason: `the nodes of ${name} cannot be made to lie: its protocol bears crashes only` };
}

/** What a node's status says of how it behaves, held against how it is to (undefined: honestly). */
export function judgeBehaviour(status: Reply, wanted: Behaviour | undefined): ProbeResult {
  if (status.kind !== 'answered') return { confirmed: false, detail: status.error };
  const { body } = status;
  const behaviour = typeof body === 'object' && body !== null && 'behaviour' in body ? body.behaviour : undefined;
  return { confirmed: behaviour === wanted, detail: behaviour === undefined ? 'is honest' : `lies: ${behaviour}` };
}
