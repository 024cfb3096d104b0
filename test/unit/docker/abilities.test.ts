import { describe, expect, it } from 'vitest';
import { abilitiesFor } from '../../../src/backends/docker/abilities.js';
import { FAULT_KINDS } from '../../../src/ports/faults.js';
import etcd from '../../../src/systems/etcd.js';
import pbft from '../../../src/systems/pbft.js';
import raft from '../../../src/systems/raft.js';

describe('what docker can do', () => {
  const unable = (system: Parameters<typeof abilitiesFor>[0]) => {
    const abilities = abilitiesFor(system);
    return FAULT_KINDS.filter((kind) => !abilities[kind].able);
  };

  it('is everything but what TCP hides, to nodes of our own that can lie', () => {
    expect(unable(pbft)).toEqual(['duplicate', 'reorder']);
  });

  it('has no traitors where the protocol bears crashes only', () => {
    expect(unable(raft)).toEqual(['byzantine', 'duplicate', 'reorder']);
    expect(abilitiesFor(raft).byzantine).toMatchObject({ reason: expect.stringContaining('cannot be made to lie') });
  });

  it('leaves out what etcd cannot feel', () => {
    expect(unable(etcd)).toEqual(['power', 'clock-jump', 'clock-rate', 'byzantine', 'duplicate', 'reorder']);
    expect(abilitiesFor(etcd)['clock-jump']).toMatchObject({ reason: expect.stringContaining('Go') });
  });
});
