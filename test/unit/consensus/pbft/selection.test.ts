import { describe, expect, it } from 'vitest';
import { BugSwitches } from '../../../../src/consensus/bug-switches.js';
import { Authenticator, NULL_DIGEST } from '../../../../src/consensus/pbft/authentication.js';
import { type BugName, DEFAULT_PBFT_OPTIONS, NO_BUGS, quorumsOf } from '../../../../src/consensus/pbft/index.js';
import type { PrePreparedClaim, PreparedClaim, ViewChange } from '../../../../src/consensus/pbft/messages.js';
import type { AuthenticationMode } from '../../../../src/consensus/pbft/options.js';
import { Certificates } from '../../../../src/consensus/pbft/view-change.js';
import { nodeIds } from '../../../../src/kernel/ids.js';
import { Random } from '../../../../src/kernel/random.js';
import { RunKeys } from '../../../../src/node/keys/run-keys.js';

const nodes = nodeIds(4);
const keys = new RunKeys(new Random(1), nodes);

/** What four replicas make of view-changes that are taken for valid. */
function certificates(authentication: AuthenticationMode, bug?: BugName): Certificates {
  const bugs = new BugSwitches<BugName>(bug === undefined ? NO_BUGS : { ...NO_BUGS, [bug]: true });
  const authenticator = new Authenticator(keys.keyring('n1'), nodes, authentication, bugs);
  return new Certificates(nodes, quorumsOf(4), { ...DEFAULT_PBFT_OPTIONS, authentication }, authenticator, bugs);
}

const prepared = (sequence: number, view: number, digest: string): PreparedClaim => ({
  ...{ sequence, view, digest },
  proof: null,
});
const proposed = (sequence: number, view: number, digest: string): PrePreparedClaim => ({ sequence, view, digest });

function change(
  replica: string,
  stable: number,
  claims: readonly PreparedClaim[],
  prePrepared: readonly PrePreparedClaim[] = [],
): ViewChange {
  return {
    ...{ type: 'ViewChange', view: 9, stable, proof: [], prepared: claims, prePrepared, replica },
    auth: { signature: '' },
  };
}

describe('what a new view proposes by proofs (§4.4)', () => {
  const select = (changes: readonly ViewChange[], bug?: BugName) => certificates('signatures', bug).select(changes);

  it('is what was prepared in the highest view, for a quorum may have committed that', () => {
    const changes = [
      change('n1', 0, [prepared(1, 2, 'early')]),
      change('n2', 0, [prepared(1, 5, 'late')]),
      change('n3', 0, [prepared(1, 3, 'between')]),
    ];
    for (const order of [changes, changes.toReversed()]) {
      expect(select(order)?.proposals).toEqual([{ sequence: 1, digest: 'late' }]);
      expect(select(order, 'takesLowestView')?.proposals).toEqual([{ sequence: 1, digest: 'early' }]);
    }
  });

  it('begins above the latest stable checkpoint that one of them proves, whatever others prepared below', () => {
    const changes = [
      change('n1', 4, []),
      change('n2', 0, [prepared(3, 1, 'a'), prepared(5, 1, 'b')]),
      change('n3', 0, []),
    ];
    expect(select(changes)).toMatchObject({ stable: 4, proposals: [{ sequence: 5, digest: 'b' }] });
    expect(select([change('n1', 4, []), change('n2', 0, [prepared(3, 1, 'a')])])?.proposals).toEqual([]);
  });

  it('is the null request where nothing was prepared before something that was', () => {
    const changes = [
      change('n1', 0, [prepared(3, 1, 'c')]),
      change('n2', 0, []),
      change('n3', 0, [prepared(1, 0, 'a')]),
    ];
    const all = [
      { sequence: 1, digest: 'a' },
      { sequence: 2, digest: NULL_DIGEST },
      { sequence: 3, digest: 'c' },
    ];
    expect(select(changes)?.proposals).toEqual(all);
    expect(select(changes, 'leavesGaps')?.proposals).toEqual([all[0], all[2]]);
  });
});

describe('what a new view proposes by claims (thesis §3.2.4)', () => {
  const select = (changes: readonly ViewChange[]) => certificates('macs').select(changes)?.proposals;
  const a = proposed(1, 2, 'a');

  it('is what one prepared, a quorum does not contradict and f+1 proposed', () => {
    const whole = [change('n1', 0, [prepared(1, 2, 'a')], [a]), change('n2', 0, [], [a]), change('n3', 0, [])];
    expect(select(whole)).toEqual([{ sequence: 1, digest: 'a' }]);
  });

  it('is not told yet where only one says that it was proposed: it may lie', () => {
    const lie = [change('n1', 0, [prepared(1, 2, 'a')], [a]), change('n2', 0, []), change('n3', 0, [])];
    expect(select(lie)).toBeUndefined();
    // Three prepared nothing: a quorum, so that nobody can have committed it.
    expect(select([...lie, change('n4', 0, [])])).toEqual([{ sequence: 1, digest: NULL_DIGEST }]);
  });

  it('is what was prepared in the latest view, and not told where two stand against each other in one', () => {
    const b = proposed(1, 5, 'b');
    const two = [
      change('n1', 0, [prepared(1, 2, 'a')], [a, b]),
      change('n2', 0, [prepared(1, 5, 'b')], [a, b]),
      change('n3', 0, []),
    ];
    expect(select(two)).toEqual([{ sequence: 1, digest: 'b' }]);
    const even = [
      change('n1', 0, [prepared(1, 5, 'a')], [proposed(1, 5, 'a'), b]),
      change('n2', 0, [prepared(1, 5, 'b')], [proposed(1, 5, 'a'), b]),
      change('n3', 0, []),
    ];
    expect(select(even)).toBeUndefined();
  });

  it('needs the word of those alone to whom the sequence number is not behind a checkpoint', () => {
    const late = [
      change('n1', 0, [prepared(6, 2, 'f')], [proposed(6, 2, 'f')]),
      change('n2', 5, [], [proposed(6, 2, 'f')]),
    ];
    expect(select([...late, change('n3', 0, [])])).toEqual([{ sequence: 6, digest: 'f' }]);
    expect(select(late)).toBeUndefined();
  });
});
