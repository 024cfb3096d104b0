import type { Abilities, System } from '../../plugin/system.js';
import type { Ability, FaultKind } from '../../ports/faults.js';
import { corruptibility } from '../corruption.js';

const ABLE: Ability = { able: true };

/** Which faults this backend can execute on this system, and for the others why not. */
export function abilitiesFor(system: System): Abilities {
  const abilities: Record<FaultKind, Ability> = {
    cut: ABLE,
    kill: ABLE,
    pause: ABLE,
    power: ABLE,
    'clock-jump': ABLE,
    'clock-rate': ABLE,
    byzantine: corruptibility(system),
    delay: ABLE,
    loss: ABLE,
    duplicate: unable('between containers TCP drops what comes twice, so that no server could tell. Try --backend sim'),
    reorder: unable(
      'between containers TCP restores the order, so that no server could tell but by the delay. Try --backend sim',
    ),
  };
  if (system.node.kind === 'container') {
    abilities.power = unable(
      `only Assay's own nodes record which writes were synced; what ${system.name} lost would be a guess`,
    );
    abilities['clock-rate'] = unable(
      `the rate is set at the clock port of Assay's own nodes, which ${system.name} does not have`,
    );
    if ('name' in system.node.image) {
      abilities['clock-jump'] = unable(`the image ${system.node.image.name} is used as it is, without libfaketime`);
    }
    for (const [kind, reason] of Object.entries(system.node.immune)) abilities[kind as FaultKind] = unable(reason);
  }
  return abilities;
}

function unable(reason: string): Ability {
  return { able: false, reason };
}
