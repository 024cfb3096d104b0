import { describe, expect, it } from 'vitest';
import { Cluster } from '../../../src/conformance/partial/cluster.js';

describe('what is known of the whole cluster', () => {
  it('has one leader a term: whoever else leads is told of the first', () => {
    const cluster = new Cluster();
    expect(cluster.leads(2, 'a')).toBeUndefined();
    expect(cluster.leads(2, 'a')).toBeUndefined();
    expect(cluster.leads(2, 'b')).toBe('a');
    expect(cluster.leads(2, 'a')).toBeUndefined();
    expect(cluster.leads(3, 'b')).toBeUndefined();
  });

  it('finds what was committed in an earlier term and a leader cannot have', () => {
    const cluster = new Cluster();
    cluster.commits.set(2, { index: 5, node: 'a' });
    expect(cluster.lackedBy(3, 4)).toEqual({ index: 5, term: 2, node: 'a' });
    expect(cluster.lackedBy(3, 5)).toBeUndefined();
    expect(cluster.lackedBy(2, 4)).toBeUndefined();
    expect(cluster.lackedBy(1, 4)).toBeUndefined();
  });

  it('finds a leader of a later term that cannot have what was committed', () => {
    const cluster = new Cluster();
    cluster.leads(4, 'b');
    // How long its log was is not known.
    expect(cluster.lacking(2, 5)).toBeUndefined();
    cluster.leaders.set(3, { node: 'a', lastIndex: 4 });
    expect(cluster.lacking(2, 5)).toEqual({ term: 3, node: 'a', lastIndex: 4 });
    expect(cluster.lacking(2, 4)).toBeUndefined();
    expect(cluster.lacking(3, 5)).toBeUndefined();
    expect(cluster.lacking(4, 5)).toBeUndefined();
  });
});
