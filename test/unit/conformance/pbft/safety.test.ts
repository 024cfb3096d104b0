import { describe, expect, it } from 'vitest';
import { withShortDigests } from '../../../../src/conformance/pbft/digest-words.js';
import { requestWords } from '../../../../src/conformance/pbft/safety/request-words.js';
import { Random } from '../../../../src/kernel/random.js';
import { RunKeys } from '../../../../src/node/keys/run-keys.js';
import { BEGINNING, breaks, holds, judge, judgeEvents } from './judge-safety.js';
import {
  accepts,
  changesView,
  checkpoint,
  claim,
  commit,
  commits,
  digestOf,
  enters,
  eventsOf,
  executes,
  init,
  installs,
  type Line,
  learns,
  leaves,
  multicast,
  NODES,
  newView,
  nodeByNode,
  orders,
  prePrepare,
  prepare,
  prepares,
  receive,
  requestsOf,
  STARTS,
  send,
  slot,
  stabilizes,
  stateChunk,
  takes,
  turns,
  viewChange,
} from './trace.js';

const BACKUPS = ['n2', 'n3', 'n4'];
/** n2 to n4 go to view 1, in which 3 is ordered again as it was. */
const IN_VIEW_1: readonly Line[] = changesView(1, 2, { n2: [claim(3, 0)], n3: [claim(3, 0)], n4: [claim(3, 0)] }, [
  { sequence: 3, digest: digestOf(3) },
]);

describe('pbft-safety accepts', () => {
  it('the normal case', () => holds());

  it('a view change that carries what was prepared', async () => {
    await holds(
      ...IN_VIEW_1,
      ...orders(3, { view: 1, among: BACKUPS, proposed: false, executed: true }),
      ...orders(4, { view: 1, among: BACKUPS }),
    );
  });

  it('a null request in a gap, and a new view that enters without a view change of its own', async () => {
    const proposals = [3, 4, 5].map((sequence) => ({ sequence, digest: sequence === 4 ? 'null' : digestOf(sequence) }));
    const claims = [claim(3, 0), claim(5, 0)];
    await holds(
      ...orders(5, { among: ['n1', 'n2', 'n3'], committing: [] }),
      ...changesView(1, 2, { n2: claims, n3: claims, n4: [claim(3, 0)] }, proposals),
      ...[receive('n1', 'n2', newView(1, [], proposals)), enters('n1', 1, 2, proposals), accepts('n1', 1, 4, 'null')],
      ...proposals.flatMap(({ sequence, digest }) =>
        orders(sequence, { view: 1, among: BACKUPS, proposed: false, checkpoints: false, executed: true, digest }),
      ),
      executes('n2', 1, 4, { digest: 'null', requests: [] }),
      executes('n2', 1, 5),
    );
  });

  it('a state that comes from others', async () => {
    const behind = [
      ...STARTS,
      ...orders(1, { among: ['n1', 'n2', 'n3'] }),
      ...orders(2, { among: ['n1', 'n2', 'n3'] }),
    ];
    const chunk = receive('n4', 'n1', stateChunk(2));
    const installed = [chunk, installs('n4', 2), stabilizes('n4', 2, ['n1', 'n2', 'n3'])];
    const events = eventsOf([...behind, ...installed, ...orders(3)]);
    expect((await judgeEvents(events, true)).verdict).toBe('valid');
    expect((await judgeEvents(nodeByNode(events), false)).verdict).toBe('valid');
    expect((await judgeEvents(nodeByNode(events, [...NODES].reverse()), false)).verdict).toBe('valid');
  });

  it('a restart that lost what nobody was told of', async () => {
    await holds(
      ...[accepts('n1', 0, 4), ...multicast('n1', prePrepare(0, 4))],
      ...[accepts('n2', 0, 4), init('n2', { stable: 2, digest: 'state 2', stateHash: 1002, slots: [slot(3, 0)] })],
      ...[receive('n2', 'n1', prePrepare(0, 4, 'd44')), accepts('n2', 0, 4, 'd44')],
      ...multicast('n2', prepare('n2', 0, 4, 'd44')),
    );
  });

  it('votes that leave after their view was left, for they were decided before', async () => {
    await holds(
      ...[accepts('n1', 0, 4), ...multicast('n1', prePrepare(0, 4), ['n2', 'n3'])],
      ...[accepts('n2', 0, 4), leaves('n2', 1), ...multicast('n2', prepare('n2', 0, 4), ['n3'])],
      ...[accepts('n3', 0, 4), prepares('n3', 0, 4, ['n1', 'n2', 'n3']), leaves('n3', 1)],
      ...[...multicast('n3', prepare('n3', 0, 4), []), ...multicast('n3', commit('n3', 0, 4), [])],
      ...multicast('n3', viewChange('n3', 1, 2, [claim(3, 0), claim(4, 0)])),
    );
  });
});

describe('pbft-safety', () => {
  it('Agreement: two replicas execute different requests', async () => {
    const commits4 = orders(4, { committing: BACKUPS, checkpoints: false });
    await breaks('Agreement', ...commits4, executes('n1', 0, 4, { digest: 'd99' }));
  });

  it('Agreement: the same batch, and not the same requests of it', async () => {
    const commits4 = orders(4, { committing: BACKUPS, checkpoints: false });
    await breaks('Agreement', ...commits4, executes('n1', 0, 4, { requests: [], skipped: requestsOf('d4') }));
    await breaks('Agreement', ...commits4, executes('n1', 0, 4, { skipped: requestsOf('d4') }));
  });

  it('AppliedContiguous: a gap, a step back, an older state', async () => {
    await breaks(
      'AppliedContiguous',
      ...orders(4, { checkpoints: false, executed: true }),
      ...orders(5, { checkpoints: false }),
    );
    await breaks('AppliedContiguous', executes('n2', 0, 3));
    await breaks('AppliedContiguous', receive('n2', 'n1', stateChunk(2)), installs('n2', 2));
  });

  it('ExactlyOnce: a request is executed again, soon or after all else is forgotten', async () => {
    const again = (sequence: number) => orders(sequence, { digest: digestOf(1), checkpoints: false });
    await breaks('ExactlyOnce', ...again(4));
    await breaks('ExactlyOnce', ...orders(4), ...again(5));
    await breaks('ExactlyOnce', ...[4, 5, 6].flatMap((sequence) => orders(sequence)), ...again(7));
  });

  it('ExactlyOnce: twice in one batch', async () => {
    const twice = [...requestsOf('d4'), ...requestsOf('d4')];
    const lines = orders(4, { checkpoints: false }).map(([node, step]): Line => {
      return step.name === 'AcceptPrePrepare' || step.name === 'Execute'
        ? [node, { ...step, requests: twice }]
        : [node, step];
    });
    await breaks('ExactlyOnce', ...lines);
  });

  it('ExactlyOnce: what was executed before may be skipped', async () => {
    await holds(
      ...orders(4, { digest: digestOf(3), executed: true }),
      ...NODES.map((node) => executes(node, 0, 4, { digest: digestOf(3), requests: [], skipped: requestsOf('d3') })),
    );
  });

  it('StateHash: the same was executed, and the state is another', async () => {
    const committed = orders(4, { committing: BACKUPS, checkpoints: false });
    await breaks('StateHash', ...committed, executes('n1', 0, 4, { stateHash: 7 }));
    await breaks('StateHash', init('n3', { stable: 2, digest: 'state 2', stateHash: 7, slots: [slot(3, 0)] }));
  });

  it('Validity: two requests of one client with one timestamp', async () => {
    const forged = [{ client: 'c', timestamp: 4, digest: 'forged' }];
    const proposed = [accepts('n1', 0, 4), ...multicast('n1', prePrepare(0, 4), BACKUPS), accepts('n2', 0, 4)];
    await breaks(
      'Validity',
      ...proposed,
      receive('n3', 'n1', prePrepare(0, 5, 'dx')),
      accepts('n3', 0, 5, 'dx', forged),
    );
    await holds(...proposed, receive('n3', 'n1', prePrepare(0, 5, 'dx')), accepts('n3', 0, 5, 'dx', null));
  });

  it('Validity: a batch holds what its digest is of', async () => {
    const committed = orders(4, { executed: true });
    await breaks(
      'Validity',
      ...committed,
      executes('n2', 0, 4, { requests: [{ client: 'x', timestamp: 1, digest: 'r' }] }),
    );
    await breaks(
      'Validity',
      ...orders(4, { digest: 'null', executed: true }),
      executes('n2', 0, 4, { digest: 'null', requests: requestsOf('d4') }),
    );
  });

  it('DigestBinding: a digest is of one batch', async () => {
    const proposed = [accepts('n1', 0, 4), ...multicast('n1', prePrepare(0, 4), BACKUPS), accepts('n2', 0, 4)];
    await breaks('DigestBinding', ...proposed, accepts('n3', 0, 4, 'd4', requestsOf('d5')));
    await breaks('DigestBinding', ...proposed, accepts('n3', 0, 4, 'd4', null), learns('n3', 'd4', requestsOf('d5')));
    await breaks('DigestBinding', accepts('n3', 0, 4, 'null', requestsOf('d5')));
    await holds(...proposed, accepts('n3', 0, 4, 'd4', null), learns('n3', 'd4'));
  });

  it('PreparedUnique: a replica accepts two digests', async () => {
    await breaks('PreparedUnique', accepts('n2', 0, 4), accepts('n2', 0, 4, 'd44'));
    await breaks(
      'PreparedUnique',
      accepts('n2', 0, 4),
      ...multicast('n2', prepare('n2', 0, 4), []),
      init('n2', { stable: 2, digest: 'state 2', stateHash: 1002 }),
      accepts('n2', 0, 4, 'd44'),
    );
  });

  it('PreparedUnique: two digests prepare, at one replica or at two', async () => {
    const prepared4 = orders(4, { committing: [] });
    const conflict = [
      receive('n4', 'n1', prePrepare(0, 4, 'd44')),
      receive('n4', 'n3', prepare('n3', 0, 4, 'd44')),
      prepares('n4', 0, 4, ['n1', 'n4', 'n3'], 'd44'),
    ];
    await breaks(['PreparedUnique', 'QuorumAuth'], ...prepared4.filter(([node]) => node !== 'n4'), ...conflict);
    await breaks(['PreparedUnique', 'QuorumAuth'], ...prepared4, ...conflict);
    const known = slot(4, 0, { view: 0, digest: 'd44' }, 'd44');
    await breaks(
      'PreparedUnique',
      ...prepared4.filter(([node]) => node !== 'n4'),
      init('n4', { slots: [known], stable: 2, digest: 'state 2', stateHash: 1002 }),
    );
  });

  it('OneVotePerPhase: a second digest is voted for, also by another process', async () => {
    const first = [accepts('n2', 0, 4), ...multicast('n2', prepare('n2', 0, 4), [])];
    await breaks('OneVotePerPhase', ...first, ...multicast('n2', prepare('n2', 0, 4, 'd44'), []));
    const second = [...multicast('n2', prepare('n2', 0, 4, 'd44'), [])];
    await breaks('OneVotePerPhase', ...first, init('n2', { stable: 2, digest: 'state 2', stateHash: 1002 }), ...second);
    await breaks(
      'OneVotePerPhase',
      ...multicast('n2', commit('n2', 0, 4), []),
      ...multicast('n2', commit('n2', 0, 4, 'd44'), []),
    );
    await breaks(
      'OneVotePerPhase',
      ...multicast('n1', prePrepare(0, 4), []),
      ...multicast('n1', prePrepare(0, 4, 'd44'), []),
    );
    await holds(...first, ...multicast('n2', prepare('n2', 0, 4), []));
  });

  it('NewViewJustified: a view begins without what committed below it', async () => {
    const without = changesView(1, 2, { n2: [claim(3, 0)], n3: [claim(3, 0)], n4: [claim(3, 0)] }, []);
    await breaks('NewViewJustified', ...without);
    const other = changesView(1, 2, { n2: [claim(3, 0)], n3: [claim(3, 0)], n4: [claim(3, 0)] }, [
      { sequence: 3, digest: 'd33' },
    ]);
    await breaks('NewViewJustified', ...other);
  });

  it('NewViewJustified: a view begins, and what it lacks is committed after', async () => {
    const late = orders(4, { among: ['n1', 'n2', 'n3'], committing: [], checkpoints: false });
    const carried = { n2: [claim(3, 0), claim(4, 0)], n3: [claim(3, 0), claim(4, 0)], n4: [claim(3, 0)] };
    await breaks(
      'NewViewJustified',
      ...late,
      ...changesView(1, 2, carried, [{ sequence: 3, digest: digestOf(3) }]),
      ...['n2', 'n3'].map((node) => receive('n1', node, commit(node, 0, 4))),
      commits('n1', 0, 4, ['n1', 'n2', 'n3']),
    );
  });

  it('ViewChangeComplete: a VIEW-CHANGE omits what prepared, in this process or before', async () => {
    const tells = (...prepared: ReturnType<typeof claim>[]) => [
      leaves('n2', 2),
      ...multicast('n2', viewChange('n2', 2, 2, prepared), []),
    ];
    await holds(...tells(claim(3, 0)));
    await holds(...tells(claim(3, 1)));
    await breaks('ViewChangeComplete', ...tells());
    await breaks('ViewChangeComplete', ...tells(claim(3, 0, 'd33')));
    await breaks(
      'ViewChangeComplete',
      ...IN_VIEW_1,
      ...orders(3, { view: 1, among: BACKUPS, proposed: false, executed: true }),
      ...tells(claim(3, 0)),
    );
    await breaks('ViewChangeComplete', init('n2', { stable: 2, digest: 'state 2', stateHash: 1002 }), ...tells());
  });

  it('ViewChangeComplete: what is below its checkpoint, or prepared in the view that it is for, need not be told', async () => {
    await holds(...orders(4), leaves('n2', 1), ...multicast('n2', viewChange('n2', 1, 4), []));
    await holds(
      ...IN_VIEW_1,
      ...orders(3, { view: 1, among: BACKUPS, proposed: false, executed: true }),
      ...multicast('n3', viewChange('n3', 1, 2, []), []),
    );
  });

  it('CommittedImpliesPrepared: those who commit have prepared', async () => {
    const own = orders(4, { committing: ['n2'], checkpoints: false }).filter(
      ([node, step]) => node !== 'n2' || step.name !== 'Prepared',
    );
    await breaks(['CommittedImpliesPrepared'], ...own);
  });

  it('QuorumDistinct: replicas count once, and there are enough of them', async () => {
    const but = (name: string, by: string[]) =>
      orders(4, { committing: ['n2'], checkpoints: false }).map(([node, step]): Line => {
        return node === 'n2' && step.name === name ? ([node, { ...step, by }] as Line) : [node, step];
      });
    await breaks('QuorumDistinct', ...but('Prepared', ['n1', 'n2', 'n2']));
    await breaks('QuorumDistinct', ...but('Prepared', ['n1', 'n2', 'n9']));
    await breaks('QuorumDistinct', ...but('Prepared', ['n1', 'n2']));
    await breaks('QuorumDistinct', ...but('CommittedLocal', ['n2', 'n1', 'n1']));
    await breaks('QuorumDistinct', ...but('CommittedLocal', ['n2', 'n1']));
    const stable = orders(4).map(
      ([node, step]): Line =>
        step.name === 'StabilizeCheckpoint' && node === 'n2'
          ? [node, { ...step, by: ['n2', 'n1', 'n1'] }]
          : [node, step],
    );
    await breaks('QuorumDistinct', ...stable);
  });

  it('QuorumAuth: a vote is counted that never came here, or that was for something else', async () => {
    const lines = (drop: (step: Line[1]) => boolean) =>
      orders(4, { committing: [] }).filter(([node, step]) => node !== 'n2' || step.name !== 'Receive' || !drop(step));
    const type = (step: Line[1]) => (step.name === 'Receive' ? (step.message as { type: string }).type : '');
    await breaks('QuorumAuth', ...lines((step) => type(step) === 'PrePrepare'));
    await breaks('QuorumAuth', ...lines((step) => type(step) === 'Prepare'));
    const other = (over: object) =>
      orders(4, { committing: [] }).map(([node, step]): Line => {
        const isIt = node === 'n2' && step.name === 'Receive' && type(step) === 'Prepare';
        return isIt ? [node, { ...step, message: { ...(step.message as object), ...over } }] : [node, step];
      });
    for (const over of [{ view: 1 }, { sequence: 5 }, { digest: 'dx' }, { type: 'Commit' }, { replica: 'n4' }]) {
      await breaks('QuorumAuth', ...other(over));
    }
  });

  it('QuorumAuth: a vote is counted that its replica never sent', async () => {
    const unsent = (node: string, type: string) =>
      orders(4, { committing: [] }).filter(
        ([by, step]) => by !== node || step.name !== 'Send' || (step.message as { type: string }).type !== type,
      );
    await breaks('QuorumAuth', ...unsent('n3', 'Prepare'));
    await breaks(
      'QuorumAuth',
      ...orders(4, { committing: [] }).filter(([node, step]) => node !== 'n1' || step.name !== 'AcceptPrePrepare'),
    );
  });

  it('CommitAuthentic: a COMMIT is counted that never came here, or that its replica never sent', async () => {
    const lines = orders(4, { committing: ['n2'], checkpoints: false });
    const isCommit = (step: Line[1]) =>
      (step.name === 'Receive' || step.name === 'Send') && (step.message as { type: string }).type === 'Commit';
    await breaks(
      'CommitAuthentic',
      ...lines.filter(([node, step]) => node !== 'n2' || step.name !== 'Receive' || !isCommit(step)),
    );
    await breaks(
      'CommitAuthentic',
      ...lines.filter(([node, step]) => node !== 'n3' || step.name !== 'Send' || !isCommit(step)),
    );
  });

  it('StableCheckpointCert: too few, unheard, or by those who never had it', async () => {
    const but = (change: (line: Line) => Line[]) => orders(4).flatMap(change);
    const alone = but(([node, step]) => [
      step.name === 'StabilizeCheckpoint' && node === 'n2' ? [node, { ...step, by: ['n2'] }] : [node, step],
    ]);
    await breaks('StableCheckpointCert', ...alone);
    const unheard = but(([node, step]) =>
      node === 'n2' && step.name === 'Receive' && (step.message as { type: string }).type === 'Checkpoint'
        ? []
        : [[node, step]],
    );
    await breaks('StableCheckpointCert', ...unheard);
    const neverHad = but(([node, step]) => (node === 'n3' && step.name === 'TakeCheckpoint' ? [] : [[node, step]]));
    await breaks('StableCheckpointCert', ...neverHad);
  });

  it('StableCheckpointCert: a CHECKPOINT in a proof counts', async () => {
    const unheard = orders(4).filter(
      ([node, step]) =>
        node !== 'n4' ||
        (step.name !== 'StabilizeCheckpoint' &&
          (step.name !== 'Receive' || (step.message as { type: string }).type !== 'Checkpoint')),
    );
    const ends = stabilizes('n4', 4, ['n1', 'n2', 'n3']);
    await holds(...unheard, leaves('n2', 1), ...multicast('n2', viewChange('n2', 1, 4), ['n4']), ends);
    await holds(...unheard, receive('n4', 'n2', newView(1, [viewChange('n2', 1, 4)], [])), ends);
    await holds(...unheard, receive('n4', 'n2', stateChunk(4)), ends);
    await breaks('StableCheckpointCert', ...unheard, receive('n4', 'n2', stateChunk(4, ['n1', 'n2'])), ends);
  });

  it('CheckpointDigest: one state for each sequence number', async () => {
    const taken = [...orders(4, { checkpoints: false }), takes('n1', 4)];
    await breaks('CheckpointDigest', ...taken, takes('n2', 4, 'other'));
    await breaks(
      ['CheckpointDigest'],
      init('n2', { stable: 2, digest: 'other', stateHash: 1002, slots: [slot(3, 0)] }),
    );
  });

  it('InstallStable: what is installed, or begun with, was a stable checkpoint', async () => {
    const ahead = [...orders(4, { checkpoints: false }), takes('n1', 4)];
    await breaks('InstallStable', ...ahead, receive('n4', 'n1', stateChunk(4)), installs('n4', 4));
    await breaks('InstallStable', ...ahead, enters('n2', 1, 4));
    await holds(...orders(4), ...changesView(1, 4));
  });

  it('ViewMonotonic: a view is lower than the one before, or than one that was promised', async () => {
    await breaks('ViewMonotonic', leaves('n2', 2), leaves('n2', 2));
    await breaks('ViewMonotonic', leaves('n2', 2), leaves('n2', 1));
    await breaks(['ViewMonotonic'], enters('n2', 0, 0, [{ sequence: 3, digest: digestOf(3) }]));
    await breaks('ViewMonotonic', leaves('n2', 2), enters('n2', 1, 2, [{ sequence: 3, digest: digestOf(3) }]));
    const back = (view: number) =>
      init('n2', {
        stable: 2,
        digest: 'state 2',
        stateHash: 1002,
        slots: [slot(3, 0, { view: 0, digest: 'd3' })],
        view,
      });
    const told = [leaves('n2', 2), ...multicast('n2', viewChange('n2', 2, 2, [claim(3, 0)]), [])];
    await breaks('ViewMonotonic', ...told, back(1));
    await holds(...told, back(2));
    await holds(leaves('n2', 2), back(0));
  });

  it('NoVoteAfterViewChange: nothing happens in a view that was left', async () => {
    const left = [leaves('n2', 1)];
    await breaks('NoVoteAfterViewChange', ...left, accepts('n2', 0, 4));
    await breaks('NoVoteAfterViewChange', ...left, ...multicast('n2', prepare('n2', 0, 4), []));
    await breaks('NoVoteAfterViewChange', accepts('n2', 0, 4), ...left, ...multicast('n2', commit('n2', 0, 4), []));
    await breaks('NoVoteAfterViewChange', leaves('n1', 1), ...multicast('n1', prePrepare(0, 4), []));
    const late = (from: string) => {
      const lines = orders(4, { checkpoints: false });
      const place = lines.findIndex(([node, { name }]) => node === 'n2' && name === from);
      return [
        ...lines.slice(0, place),
        ...left,
        ...lines.slice(place).filter(([node, step]) => node !== 'n2' || step.name === from || step.name === 'Receive'),
      ];
    };
    await breaks('NoVoteAfterViewChange', ...late('CommittedLocal'));
  });

  it('ViewMatch: nothing happens in a view before it has begun', async () => {
    await breaks('ViewMatch', accepts('n3', 1, 4));
    await breaks('ViewMatch', leaves('n3', 1), accepts('n3', 1, 4));
    await breaks('ViewMatch', ...multicast('n3', prepare('n3', 1, 4), []));
  });

  it('WatermarksHold: sequence numbers are above the stable checkpoint, and not too far', async () => {
    await holds(receive('n2', 'n1', prePrepare(0, 10)), accepts('n2', 0, 10));
    await breaks('WatermarksHold', receive('n2', 'n1', prePrepare(0, 11)), accepts('n2', 0, 11));
    await breaks('WatermarksHold', receive('n2', 'n1', prePrepare(0, 2)), accepts('n2', 0, 2));
  });

  it('WatermarksHold: the stable checkpoint never falls', async () => {
    await breaks('WatermarksHold', ...orders(4), stabilizes('n2', 4, ['n1', 'n2', 'n3']));
    const back = (stable: number) => init('n2', { stable, digest: `state ${stable}`, stateHash: 1000 + stable });
    const told = [...orders(4), leaves('n2', 1), ...multicast('n2', viewChange('n2', 1, 4), [])];
    await breaks(['ViewMonotonic', 'WatermarksHold'], ...told, back(2));
    await holds(...orders(4), back(2));
  });
});

describe('pbft-safety and traitors', () => {
  const lies: Line[] = [
    executes('n4', 0, 9, { digest: 'lie', requests: requestsOf('lie1'), stateHash: 5 }),
    accepts('n4', 3, 1, 'lie'),
    accepts('n4', 0, 1, 'lie'),
    prepares('n4', 0, 3, ['n4'], 'lie'),
    commits('n4', 0, 3, ['n4', 'n4'], 'lie'),
    ...multicast('n4', prepare('n4', 0, 3, 'lie')),
    ...multicast('n4', commit('n4', 0, 3, 'lie')),
    ...multicast('n4', commit('n4', 0, 3, 'lie2')),
    ...multicast('n4', checkpoint('n4', 4, 'lie')),
    ...multicast('n4', viewChange('n4', 1, 4)),
    takes('n4', 4, 'lie'),
    leaves('n4', 7),
    enters('n4', 2, 0),
    installs('n4', 2, { stateHash: 5, digest: 'lie' }),
    stabilizes('n4', 1, []),
    init('n4', { stable: 9, digest: 'lie', stateHash: 5, slots: [slot(3, 0, { view: 0, digest: 'lie' }, 'lie')] }),
    learns('n4', 'd3', []),
  ];

  it('nothing that a traitor tells in its trace counts, also after it turned back', async () => {
    await holds(turns('n4'), ...lies, turns('n4', null), ...lies, ...orders(4));
  });

  it('being told to be honest makes nobody a traitor', async () => {
    await breaks('AppliedContiguous', turns('n4', null), executes('n4', 0, 3));
  });

  it('what it did before it turned counts', async () => {
    await breaks('AppliedContiguous', executes('n4', 0, 3), turns('n4'));
  });

  it('votes that a traitor gave to some count there, and are asked of nobody', async () => {
    const lines = orders(4, { checkpoints: false }).filter(([node, step]) => node !== 'n4' || step.name === 'Receive');
    await holds(turns('n4'), ...lines);
    await holds(
      ...orders(4, { checkpoints: false, among: ['n1', 'n2', 'n3'] }),
      turns('n4'),
      ...multicast('n4', prepare('n4', 0, 5), ['n2']),
    );
  });

  it('a correct replica must not count what a traitor did not say', async () => {
    const lines = orders(4, { checkpoints: false }).filter(
      ([node, step]) =>
        node !== 'n2' || step.name !== 'Receive' || (step.message as { type: string }).type !== 'Prepare',
    );
    await breaks('QuorumAuth', turns('n4'), ...lines);
  });

  it('a traitor that says very much is remembered as far as there is room', async () => {
    const noise = Array.from({ length: 40 }, (_, index) => receive('n2', 'n4', prepare('n4', 0, 4, `noise ${index}`)));
    const flood = Array.from({ length: 600 }, (_, index) =>
      receive('n2', 'n4', checkpoint('n4', 100 + index, 'noise')),
    );
    await holds(
      turns('n4'),
      ...noise,
      ...flood,
      ...orders(4).filter(([node, step]) => node !== 'n4' || step.name === 'Receive'),
    );
  });

  it('checkpoints need all of a quorum but the traitors', async () => {
    const three = orders(4, { among: ['n1', 'n2', 'n3'], committing: ['n1', 'n2'], checkpoints: false });
    const taken = [...three, takes('n1', 4), takes('n2', 4)];
    const installed = [receive('n3', 'n4', stateChunk(4, ['n1', 'n2', 'n4'])), installs('n3', 4)];
    await breaks('InstallStable', ...taken, ...installed);
    await holds(turns('n4'), ...taken, ...installed);
  });

  it('more traitors than it bears are named with what they brought about', async () => {
    const lines = [
      turns('n3'),
      turns('n4'),
      executes('n2', 0, 4, { digest: 'd99' }),
      executes('n1', 0, 4, { digest: 'd98' }),
    ];
    const { summary, facts } = await judge([...BEGINNING, ...lines]);
    expect(facts.traitors).toBe('n3, n4');
    expect(summary).toContain('There were 2 traitors, more than the 1 that it bears.');
  });
});

describe('pbft-safety over what it cannot see', () => {
  const unsent = orders(4, { committing: [] }).filter(([node, step]) => node !== 'n3' || step.name !== 'Send');

  it('a replica that was restarted, or whose trace ends early, may have sent what its trace lacks', async () => {
    const again = init('n3', {
      stable: 2,
      digest: 'state 2',
      stateHash: 1002,
      slots: [slot(3, 0, { view: 0, digest: 'd3' })],
    });
    const events = eventsOf([...BEGINNING, ...unsent, again, turns('n3', null)]);
    const restarted = await judgeEvents(events, false);
    expect(restarted.verdict).toBe('valid');
    expect(restarted.facts.unobserved).toBeGreaterThan(0);
    expect((await judgeEvents(events, true)).verdict).toBe('invalid');
    const ends = eventsOf([...BEGINNING, ...unsent.filter(([node]) => node !== 'n3')]);
    expect((await judgeEvents(ends, false)).facts.QuorumAuth).toBeUndefined();
  });

  it('a trace that says nothing is unknown', async () => {
    const empty = await judge([]);
    expect(empty.verdict).toBe('unknown');
    expect(empty.summary).toContain('The trace is empty');
    const idle = await judge(STARTS);
    expect(idle.verdict).toBe('unknown');
    expect(idle.summary).toContain('No correct replica executed anything');
    const silent = await judge(BEGINNING.filter(([node, { name }]) => node !== 'n4' || name !== 'InitReplica'));
    expect(silent.verdict).toBe('unknown');
    expect(silent.summary).toContain('n4 recorded no start');
  });

  it('a traitor need not begin', async () => {
    expect((await judge([...BEGINNING.filter(([node]) => node !== 'n4'), turns('n4')])).verdict).toBe('valid');
  });

  it('events of others are not its own', async () => {
    const { facts, verdict } = await judge([...BEGINNING, executes('n9', 0, 1), send('n1', 'n9', { type: 'other' })]);
    expect(verdict).toBe('valid');
    expect(facts.traceEvents).toBe(BEGINNING.length + 1);
  });

  it('a finding tells the rule, its section, and what was before', async () => {
    const { anomalies, facts } = await judge([...BEGINNING, executes('n2', 0, 3)]);
    expect(facts.AppliedContiguous).toBe(1);
    expect(anomalies[0]).toMatchObject({
      kind: 'AppliedContiguous',
      title: 'n2 executed 3 after 3',
      nodes: ['n2'],
      story: [
        'n2 had executed everything up to 3.',
        expect.stringMatching(/^\d\.\d{3} s: the next that it executed was 3\.$/),
        'AppliedContiguous (§4.2): A correct replica executes sequence numbers from 1 on in order and without a gap.',
      ],
    });
  });

  it('a client is told without its public key, and named in full beside the story', async () => {
    const { owner: client } = new RunKeys(new Random(1), NODES).create('c7.1');
    const request = { client, timestamp: 28, digest: 'r' };
    const twice = [request, request];
    const { anomalies, summary } = await judge([
      ...BEGINNING,
      ...orders(4, { checkpoints: false }).map(([node, step]): Line => {
        const holds = step.name === 'AcceptPrePrepare' || step.name === 'Execute';
        return [node, holds ? { ...step, requests: twice } : step];
      }),
    ]);
    expect(summary).toBe('Not PBFT (ExactlyOnce): n1 executed request 28 of client c7.1 again.');
    expect(anomalies[0]?.story[0]).toBe(
      'With sequence number 4, request 28 of client c7.1 or a later one had been executed.',
    );
    expect(anomalies[0]?.clients).toEqual([client]);
    expect(client).toMatch(/^c7\.1\..{43}$/);
  });

  it('digests are told by their beginnings', async () => {
    const [one, other] = ['xo4QKjqj9', 'VZ0-_DBgC'].map((begin) => begin.padEnd(43, '0'));
    const accepted = [one, other].map((digest): Line => accepts('n2', 0, 4, digest, null));
    const { anomalies } = await judge([...BEGINNING, ...accepted]);
    expect(anomalies[0]?.story.slice(0, 2)).toEqual([
      'n2 had accepted digest xo4QKjqj for sequence number 4 in view 0.',
      expect.stringMatching(/ s: it accepted VZ0-_DBg there\.$/),
    ]);
    expect(withShortDigests(`a name of ${'x'.repeat(44)}, and ${'y'.repeat(42)}`)).toMatch(/ x{44}, and y{42}$/);
  });

  it.each(['alice', 'c.1', 'n3', '04b1'.repeat(16)])('a name without such a key is told as it is: %s', (client) => {
    expect(requestWords({ client, timestamp: 1 })).toBe(`request 1 of client ${client}`);
  });
});
