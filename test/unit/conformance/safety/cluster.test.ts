import { describe, expect, it } from 'vitest';
import { Cluster } from '../../../../src/conformance/safety/cluster.js';
import { extend } from '../../../../src/conformance/safety/log.js';
import type { RaftNode } from '../../../../src/conformance/safety/node.js';
import { entry } from '../trace.js';

describe('Cluster', () => {
  it('keeps of logs, of what was applied and of what is committed only what some node may still need', () => {
    const cluster = new Cluster(['n1'], undefined, 2);
    const [node] = cluster.members as [RaftNode];
    const entries = Array.from({ length: 10 }, (_, place) => entry(1, 100 + place));
    extend(cluster, node, entries, 0);
    cluster.highestCommit = 10;
    for (const [place, each] of entries.entries()) {
      const cell = node.cellAt(place + 1);
      if (cell !== undefined) cluster.committed.set(place + 1, { cell, node: 'n1', timeUs: 0 });
      cluster.applied.set(place + 1, { entry: each, node: 'n1', timeUs: 0 });
    }
    const kept = () => ({
      committed: entries.filter((_, place) => cluster.committed.get(place + 1) !== undefined).length,
      applied: entries.filter((_, place) => cluster.applied.get(place + 1) !== undefined).length,
      floor: cluster.tree.floor,
    });
    node.compact(9);
    cluster.forgetCompacted();
    expect(kept()).toEqual({ committed: 10, applied: 10, floor: 0 });
    node.compact(10);
    cluster.forgetCompacted();
    // Of ten, the two before the latest stay, and the latest.
    expect(kept()).toEqual({ committed: 3, applied: 3, floor: 8 });
  });
});
