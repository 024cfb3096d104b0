import { describe, expect, it } from 'vitest';
import { type BugName, createPbft, DEFAULT_PBFT_OPTIONS, NO_BUGS } from '../../../../src/consensus/pbft/index.js';
import type { PbftMessage, Request } from '../../../../src/consensus/pbft/messages.js';
import type { NodeId } from '../../../../src/kernel/ids.js';
import { Cast, NODES } from './cast.js';
import { TestKeyring } from './keys.js';
import { sends } from './traitor/turned.js';

const cast = new Cast('macs');

/** A request as a faulty client makes it (Clement et al., NSDI '09): its MAC convinces all but `n4`. */
function halfAuthentic(): Request {
  const request = cast.request('c1');
  if (!('macs' in request.auth)) throw new Error('a signature');
  return { ...request, auth: { macs: { ...request.auth.macs, n4: 'no MAC' } } };
}

/** What `n4` says when it is told `messages`, each with who sends it. */
function saidBy(bugs: Partial<Record<BugName, boolean>>, messages: readonly (readonly [NodeId, PbftMessage])[]) {
  const options = { ...DEFAULT_PBFT_OPTIONS, authentication: 'macs', bugs: { ...NO_BUGS, ...bugs } } as const;
  const core = createPbft({ id: 'n4', nodes: NODES, keys: new TestKeyring('n4'), options });
  core.start([], 0);
  const effects = messages.flatMap(([from, message]) => core.step({ kind: 'receive', from, message }, 1));
  return sends(effects).flatMap(({ message }) => (message.type === 'Prepare' ? [message] : []));
}

describe('a batch with a request that this replica cannot tell to be authentic', () => {
  const proposal = cast.proposal('n1', 1, [halfAuthentic()]);
  const [first, second] = (['n2', 'n3'] as const).map((node) => cast.prepare(node, 1, proposal.digest));
  if (!first || !second) throw new Error('no prepares');

  it('is prepared when f+1 others prepared it, one of them correct, and not before', () => {
    expect(
      saidBy({}, [
        ['n1', proposal],
        ['n2', first],
      ]),
    ).toEqual([]);
    const said = saidBy({}, [
      ['n1', proposal],
      ['n2', first],
      ['n3', second],
    ]);
    expect(said).toHaveLength(3);
    for (const prepare of said) expect(prepare).toMatchObject({ sequence: 1, digest: proposal.digest });
  });

  it('is prepared at once when they prepared it before it came', () => {
    expect(
      saidBy({}, [
        ['n2', first],
        ['n3', second],
        ['n1', proposal],
      ]),
    ).toHaveLength(3);
  });

  it('never is by a replica that takes nobody’s word for it: one faulty client can stop those', () => {
    expect(
      saidBy({ neverBelievesOthers: true }, [
        ['n1', proposal],
        ['n2', first],
        ['n3', second],
      ]),
    ).toEqual([]);
  });
});
