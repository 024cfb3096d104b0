import { describe, expect, it } from 'vitest';
import { BEGINNING } from './judge-safety.js';
import { diverges, judgeEvents, steps } from './judge-steps.js';
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
  newView,
  nodeByNode,
  orders,
  others,
  prePrepare,
  prepare,
  prepares,
  primaryOf,
  receive,
  requestsOf,
  STARTS,
  send,
  slot,
  stabilizes,
  stateChunk,
  status,
  takes,
  turns,
  viewChange,
} from './trace.js';

const BACKUPS = ['n2', 'n3', 'n4'];
const THIRD = [{ sequence: 3, digest: digestOf(3) }];
const CARRIED = { n2: [claim(3, 0)], n3: [claim(3, 0)], n4: [claim(3, 0)] };
const IN_VIEW_1: readonly Line[] = changesView(1, 2, CARRIED, THIRD);
const OVER = { stable: 2, digest: 'state 2', stateHash: 1002 };

type Message = { readonly type: string };
const typeOf = ([, step]: Line) => ('message' in step ? (step.message as Message).type : step.name);
const isOf = (node: string, name: string) => (line: Line) =>
  line[0] === node && (line[1].name === name || typeOf(line) === name);
/** The lines, with those of one node and name changed. */
const withChanged = (lines: readonly Line[], node: string, name: string, over: object): Line[] =>
  lines.map((line) => (isOf(node, name)(line) ? ([line[0], { ...line[1], ...over }] as Line) : line));
/** Up to the first line of that node and name, and that. */
const until = (lines: readonly Line[], node: string, name: string) =>
  lines.slice(0, lines.findIndex((line) => isOf(node, name)(line)) + 1);
/** Another message comes: what had to be done should have been. */
const next = (node: string) => receive(node, others(node)[0] as string, status(others(node)[0] as string));
const proposes = (sequence: number, to: readonly string[] = BACKUPS) => [
  accepts('n1', 0, sequence),
  ...multicast('n1', prePrepare(0, sequence), to),
];

describe('steps of PBFT', () => {
  it('the normal case', () => steps([]));

  it('view changes, with what was prepared carried over', async () => {
    await steps([
      ...IN_VIEW_1,
      ...orders(3, { view: 1, among: BACKUPS, proposed: false, executed: true }),
      ...orders(4, { view: 1, among: BACKUPS }),
      ...changesView(2, 4, {}, [], ['n2', 'n3', 'n4'], 'n3'),
    ]);
  });

  it('a state from others, and going on from there', async () => {
    const ahead = ['n1', 'n2', 'n3'];
    const lines = [
      ...[...orders(4, { among: ahead }), receive('n4', 'n1', stateChunk(4)), installs('n4', 4)],
      ...[stabilizes('n4', 4, ahead), ...orders(5)],
    ];
    await steps(lines);
  });

  it('a restart with what was promised, and the votes after it', async () => {
    const found = slot(3, 0, { view: 0, digest: 'd3' });
    await steps([init('n2', { ...OVER, slots: [found] }), ...orders(4, { among: ['n1', 'n3', 'n4'] })]);
    const heard = ['n1', 'n3'].map((node) => receive('n2', node, commit(node, 0, 3)));
    await steps([
      init('n2', { ...OVER, slots: [found] }),
      ...heard,
      commits('n2', 0, 3, ['n1', 'n2', 'n3']),
      executes('n2', 0, 3),
    ]);
  });

  it('a trace that says nothing is unknown, and so is one of others', async () => {
    const empty = await judgeEvents([]);
    expect([empty.verdict, empty.summary]).toEqual(['unknown', 'The trace is empty, so no step was checked.']);
    const idle = await judgeEvents(eventsOf(STARTS));
    expect(idle.verdict).toBe('unknown');
    expect(idle.summary).toContain('matched trivially');
    const silent = await judgeEvents(
      eventsOf(BEGINNING.filter(([node, { name }]) => node !== 'n4' || name !== 'InitReplica')),
    );
    expect(silent.verdict).toBe('unknown');
    expect(silent.summary).toContain('n4 recorded no start');
    for (const foreign of [
      { node: 'n9', name: 'StartViewChange', view: 1 },
      { node: 'n1', name: 'UpdateTerm', term: 1 },
    ] as const) {
      const result = await judgeEvents([...eventsOf(BEGINNING), { ...foreign, kind: 'trace', timeUs: 9e6 }]);
      expect(result.verdict).toBe('unknown');
      expect(result.summary).toContain('1 event of');
    }
  });

  it('a divergence is told with the state before, what is allowed and what happened', async () => {
    const { anomalies, facts, summary } = await judgeEvents(eventsOf([...BEGINNING, takes('n2', 4)]));
    expect(facts.Execute).toBe(1);
    expect(summary).toContain('Not steps of PBFT (Execute): n2 took checkpoint 4');
    expect(anomalies[0]?.story).toEqual([
      expect.stringMatching(
        /^Before event \d+ of n2, at \d\.\d{3} s, it was in view 0, stable checkpoint 2, executed up to 3\.$/,
      ),
      'The specification allows there: only a checkpoint of what it has executed, 3.',
      'What happened: n2 took checkpoint 4.',
      expect.stringContaining('Execute (§4.2, §4.3): A replica executes what is committed-local'),
    ]);
  });
});

describe('PrePrepare and AcceptPrePrepare', () => {
  it('a pre-prepare is of the view that the replica takes part in', async () => {
    await diverges(
      'AcceptPrePrepare',
      [...proposes(4), leaves('n2', 1), accepts('n2', 0, 4)],
      'nothing of any view before view 1 begins',
    );
    const later = [turns('n2'), receive('n3', 'n2', prePrepare(1, 4)), accepts('n3', 1, 4)];
    await diverges('AcceptPrePrepare', later, 'only pre-prepares of view 0');
  });

  it('it is between the watermarks', async () => {
    const at = (sequence: number): Line[] => [receive('n2', 'n1', prePrepare(0, sequence)), accepts('n2', 0, sequence)];
    await steps([...[4, 5, 6, 7, 8, 9, 10].flatMap((sequence) => proposes(sequence, [])), ...at(10)]);
    const beyond = [4, 5, 6, 7, 8, 9, 10, 11].flatMap((sequence) => proposes(sequence, []));
    await diverges('AcceptPrePrepare', [...beyond, ...at(11)], 'only sequence numbers above 2 up to 10');
    await diverges('AcceptPrePrepare', at(2), 'only sequence numbers above 2 up to 10');
  });

  it('a checkpoint that others proved lifts the upper one', async () => {
    const ahead = ['n1', 'n2', 'n3'];
    const far = [5, 6, 7, 8, 9, 10, 11, 12].flatMap((sequence) => proposes(sequence, []));
    const heard = ahead.map((node) => receive('n4', node, checkpoint(node, 4)));
    const lagging = [...orders(4, { among: ahead }), ...far];
    const takes12 = [receive('n4', 'n1', prePrepare(0, 12)), accepts('n4', 0, 12)];
    await diverges('AcceptPrePrepare', [...lagging, ...takes12], 'only sequence numbers above 2 up to 10');
    await diverges(
      'AcceptPrePrepare',
      [...lagging, ...heard.slice(2), ...takes12],
      'only sequence numbers above 2 up to 10',
    );
    await steps([...lagging, ...heard, ...takes12]);
  });

  it('it is the only one of its view and sequence number', async () => {
    const twice = [
      ...proposes(4),
      accepts('n2', 0, 4),
      receive('n2', 'n1', prePrepare(0, 4, 'd44')),
      accepts('n2', 0, 4, 'd44'),
    ];
    await diverges('AcceptPrePrepare', [turns('n1'), ...twice], 'only digest d4, which it had accepted there');
    const long = 'VZ0-_DBgC'.padEnd(43, '0');
    const { anomalies } = await judgeEvents(eventsOf([...BEGINNING, accepts('n2', 0, 4, long)]));
    expect(anomalies[0]?.title).toContain('accepted digest VZ0-_DBg for 4 in view 0');
  });

  it('it came from the primary, or is its own', async () => {
    const accepted = accepts('n2', 0, 4);
    const only = 'only what n1 proposed there, as far as that was received';
    await diverges('AcceptPrePrepare', [accepted], only);
    await diverges(
      'AcceptPrePrepare',
      [turns('n3'), receive('n2', 'n3', prePrepare(0, 4, 'd4', 'n3')), accepted],
      only,
    );
    await diverges(
      'AcceptPrePrepare',
      [...proposes(4, []), accepts('n1', 0, 5), ...multicast('n1', prePrepare(0, 5)), accepted],
      only,
    );
    // Passed on by another.
    await steps([
      ...proposes(4, ['n3']),
      accepts('n3', 0, 4),
      send('n3', 'n2', prePrepare(0, 4)),
      receive('n2', 'n3', prePrepare(0, 4)),
      accepted,
    ]);
    await steps([accepts('n1', 0, 4), accepts('n1', 0, 5)]);
  });

  it('it need not be accepted from a traitor who passes it on: only its digest is signed, not the batch', async () => {
    const passedOn = [
      ...proposes(4, ['n3']),
      accepts('n3', 0, 4),
      send('n3', 'n2', prePrepare(0, 4)),
      receive('n2', 'n3', prePrepare(0, 4)),
      next('n2'),
    ];
    await diverges('AcceptPrePrepare', passedOn, 'only to accept digest d4 for 4');
    await steps([turns('n3'), ...passedOn]);
    await steps([turns('n1'), ...passedOn]);
  });

  it('a primary gives the next sequence number, to requests', async () => {
    await diverges('PrePrepare', [accepts('n1', 0, 5)], 'as primary only the next sequence number, 4');
    await diverges(
      'PrePrepare',
      [accepts('n1', 0, 4), accepts('n1', 0, 6)],
      'as primary only the next sequence number, 5',
    );
    await diverges('PrePrepare', [accepts('n1', 0, 4, 'null', [])], 'only requests of clients');
    await steps([...IN_VIEW_1, accepts('n2', 1, 4)]);
    await diverges('PrePrepare', [...IN_VIEW_1, accepts('n2', 1, 5)], 'as primary only the next sequence number, 4');
    await steps([init('n1', { ...OVER, slots: [slot(3, 0, { view: 0, digest: 'd3' })] }), accepts('n1', 0, 4)]);
  });

  it('a new view begins with what it carries', async () => {
    const place = IN_VIEW_1.findIndex(isOf('n4', 'AcceptPrePrepare'));
    await diverges(
      'HandleNewView',
      withChanged(IN_VIEW_1, 'n4', 'AcceptPrePrepare', { digest: 'd33' }),
      'only digest d3, with which view 1 begins there',
    );
    await diverges(
      'HandleNewView',
      [...IN_VIEW_1.filter((_, index) => index !== place), next('n4')],
      'accept all of the pre-prepares of view 1',
    );
  });

  it("a correct primary's pre-prepare is accepted before the next message, where nothing hinders", async () => {
    const proposal = proposes(4);
    await diverges('AcceptPrePrepare', [...proposal, next('n2')], 'only to accept digest d4 for 4');
    await steps([...proposal, next('n2')], { authentication: 'macs' });
    await steps([turns('n1'), ...proposal, next('n2')]);
    await steps([leaves('n2', 1), ...proposal, next('n2')]);
    await steps([...proposal, leaves('n2', 1), next('n2')]);
    await steps([...proposal, accepts('n2', 0, 4), receive('n2', 'n1', prePrepare(0, 4)), next('n2')]);
    await steps([...IN_VIEW_1, receive('n4', 'n1', prePrepare(0, 3)), next('n4')]);
  });

  it('a pre-prepare leaves when it was accepted, and as what the replica is', async () => {
    await diverges('PrePrepare', [send('n1', 'n2', prePrepare(0, 4))], 'only for what it had accepted there');
    await diverges(
      'PrePrepare',
      [...proposes(4), accepts('n2', 0, 4), send('n2', 'n3', prePrepare(0, 4, 'd4', 'n2'))],
      'no pre-prepare of n2 in view 0, whose primary is n1',
    );
    await diverges(
      'AcceptPrePrepare',
      [...proposes(4), send('n2', 'n3', prepare('n2', 0, 4)), accepts('n2', 0, 4)],
      'only for what it had accepted there',
    );
    await diverges(
      ['AcceptPrePrepare', 'SendAgain'],
      [...proposes(4), send('n1', 'n3', prepare('n1', 0, 4))],
      'no PREPARE of n1 in view 0, whose primary is n1',
    );
    // It became stable while the vote waited for the disk.
    await steps([...orders(4), send('n2', 'n3', prepare('n2', 0, 3))]);
  });
});

describe('HandlePrepare and HandleCommit', () => {
  const four = orders(4);

  it('prepared is what was accepted, with the primary and PREPAREs that were received', async () => {
    const upTo = until(four, 'n2', 'Prepared');
    await steps(upTo);
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { by: ['n2', 'n3', 'n4'] }),
      'only with n1, whose pre-prepare it is',
    );
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { by: ['n1', 'n2'] }),
      'only with PREPAREs of 2 backups',
    );
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { by: ['n1', 'n2', 'n2'] }),
      'only with PREPAREs of 2 backups',
    );
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { by: ['n1', 'n2', 'n4'] }),
      'it had none of n4',
    );
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { by: ['n1', 'n2', 'n9'] }),
      'it had none of n9',
    );
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { digest: 'd44' }),
      'only digest d4, which it accepted in view 0, in view 0',
    );
    await diverges(
      'HandlePrepare',
      withChanged(upTo, 'n2', 'Prepared', { sequence: 5 }),
      'nothing, for it had accepted no pre-prepare there',
    );
    await diverges('HandlePrepare', [...upTo, upTo.at(-1) as Line], 'nothing, for it had prepared');
    await diverges(
      'HandlePrepare',
      [...upTo.slice(0, -1), leaves('n2', 1), upTo.at(-1) as Line],
      'nothing of any view before view 1 begins',
    );
  });

  it('it prepares as soon as it can, also where the votes came first', async () => {
    const upTo = until(four, 'n2', 'Prepared').slice(0, -1);
    await diverges('HandlePrepare', [...upTo, next('n2')], 'only to prepare 4 in view 0');
    const early = [...proposes(4, ['n3', 'n4']), accepts('n3', 0, 4), accepts('n4', 0, 4)];
    const votes = ['n3', 'n4'].flatMap((node) => multicast(node, prepare(node, 0, 4), ['n2']));
    const late = [receive('n2', 'n1', prePrepare(0, 4)), accepts('n2', 0, 4)];
    await diverges('HandlePrepare', [...early, ...votes, ...late, next('n2')], 'only to prepare 4 in view 0');
    await steps([...early, ...votes, ...late, prepares('n2', 0, 4, ['n1', 'n2', 'n3', 'n4']), next('n2')]);
  });

  it('votes that say two things, or came too early, need not be counted', async () => {
    const accepted = [...proposes(4), accepts('n2', 0, 4)];
    const vote = receive('n2', 'n4', prepare('n4', 0, 4));
    await diverges('HandlePrepare', [turns('n4'), ...accepted, vote, next('n2')]);
    await steps([turns('n4'), ...accepted, receive('n2', 'n4', prepare('n4', 0, 4, 'other')), vote, next('n2')]);
    await steps([turns('n4'), ...accepted, receive('n2', 'n4', prepare('n4', 1, 4)), vote, next('n2')]);
    await steps([turns('n4'), ...accepted, vote, leaves('n2', 1), next('n2')]);
    await steps([turns('n4'), ...accepted, receive('n2', 'n4', commit('n4', 0, 4)), next('n2')]);
  });

  it('a COMMIT leaves when it is prepared', async () => {
    const upTo = until(four, 'n2', 'Prepared').slice(0, -1);
    await diverges(
      'HandlePrepare',
      [...upTo, send('n2', 'n1', commit('n2', 0, 4))],
      'only for what it had prepared there',
    );
  });

  it('committed is what prepared, with COMMITs that were received', async () => {
    const upTo = until(four, 'n2', 'CommittedLocal');
    await steps(upTo);
    await diverges(
      'HandleCommit',
      withChanged(upTo, 'n2', 'CommittedLocal', { by: ['n1', 'n2'] }),
      'only with COMMITs of 3 replicas',
    );
    await diverges(
      'HandleCommit',
      withChanged(upTo, 'n2', 'CommittedLocal', { by: ['n1', 'n2', 'n1'] }),
      'only with COMMITs of 3 replicas',
    );
    await diverges(
      'HandleCommit',
      withChanged(upTo, 'n2', 'CommittedLocal', { by: ['n1', 'n2', 'n4'] }),
      'it had none of n4',
    );
    await diverges('HandleCommit', withChanged(upTo, 'n2', 'CommittedLocal', { digest: 'd44' }), 'only digest d4');
    await diverges(
      'HandleCommit',
      withChanged(upTo, 'n2', 'CommittedLocal', { sequence: 5 }),
      'nothing, for it had accepted no pre-prepare there',
    );
    await diverges('HandleCommit', [...upTo, upTo.at(-1) as Line], 'nothing, for it had committed');
    const others4 = orders(4, { among: ['n1', 'n3', 'n4'], committing: [] });
    const heard = ['n1', 'n3', 'n4'].map((node) => receive('n2', node, commit(node, 0, 4)));
    const unprepared = [receive('n2', 'n1', prePrepare(0, 4)), accepts('n2', 0, 4), ...heard];
    const committed = commits('n2', 0, 4, ['n1', 'n3', 'n4']);
    await diverges('HandleCommit', [...others4, ...unprepared, committed], 'nothing, for it had not prepared that');
    await diverges('HandleCommit', [...upTo.slice(0, -1), next('n2')], 'only to commit 4 in view 0');
  });
});

describe('Execute', () => {
  const four = orders(4, { checkpoints: false, committing: ['n2'] });
  const committed = four.slice(0, four.findIndex(isOf('n2', 'Execute')));

  it('what is committed-local, in order, and the whole batch', async () => {
    await steps([...committed, executes('n2', 0, 4), takes('n2', 4)]);
    await diverges('Execute', [executes('n2', 0, 4), takes('n2', 4)], 'only what is committed-local here');
    await diverges(
      'Execute',
      [...committed, executes('n2', 0, 4, { digest: 'd44' }), takes('n2', 4)],
      'only what is committed-local here',
    );
    await diverges('Execute', [...committed, executes('n2', 0, 5)], 'only sequence number 4');
    await diverges('Execute', [executes('n2', 0, 3)], 'only sequence number 4');
    await diverges(
      'Execute',
      [...committed, executes('n2', 0, 4, { requests: [] }), takes('n2', 4)],
      'only the 1 requests of its batch',
    );
    await diverges(
      'Execute',
      [...committed, executes('n2', 0, 4, { requests: requestsOf('d5') }), takes('n2', 4)],
      'only the 1 requests of its batch',
    );
    await steps([...committed, executes('n2', 0, 4, { requests: [], skipped: requestsOf('d4') }), takes('n2', 4)]);
  });

  it('as soon as it can', async () => {
    await diverges('Execute', [...committed, next('n2')], 'only to execute 4 in view 0');
    await diverges('Execute', [...committed, executes('n2', 0, 4), next('n2')], 'only to take checkpoint 4');
    await steps([...committed, executes('n2', 0, 4), takes('n2', 4), next('n2')]);
  });

  it('not before its batch is here', async () => {
    const unknown = withChanged(committed, 'n2', 'AcceptPrePrepare', { requests: null });
    await diverges('Execute', [...unknown, executes('n2', 0, 4), takes('n2', 4)], 'nothing before its batch is here');
    await steps([...unknown, next('n2')]);
    const batch = receive('n2', 'n3', { type: 'Batch', requests: requestsOf('d4') });
    await steps([...unknown, batch, learns('n2', 'd4'), executes('n2', 0, 4), takes('n2', 4)]);
    await diverges('Execute', [...unknown, batch, learns('n2', 'd4'), next('n2')], 'only to execute 4 in view 0');
  });

  it('AcceptBatch: the batch is one that it received, of what it accepted', async () => {
    const unknown = withChanged(committed, 'n2', 'AcceptPrePrepare', { requests: null });
    const batch = (digest: string) => receive('n2', 'n3', { type: 'Batch', requests: requestsOf(digest) });
    await diverges('AcceptBatch', [...unknown, learns('n2', 'd4')], 'only the batch that it received last');
    await diverges(
      'AcceptBatch',
      [...unknown, batch('d4'), next('n2'), learns('n2', 'd4')],
      'only the batch that it received last',
    );
    await diverges(
      'AcceptBatch',
      [...unknown, batch('d5'), learns('n2', 'd4')],
      'only the batch that it received last',
    );
    await diverges(
      'AcceptBatch',
      [...unknown, batch('d5'), learns('n2', 'd5')],
      'only batches of what it has accepted',
    );
    await steps([
      ...unknown,
      receive('n2', 'n3', prePrepare(0, 4)),
      learns('n2', 'd4'),
      executes('n2', 0, 4),
      takes('n2', 4),
    ]);
  });
});

describe('checkpoints', () => {
  const four = orders(4);

  it('Execute: a checkpoint is of what was executed, after every so many, once', async () => {
    await diverges('Execute', [takes('n2', 2)], 'only a checkpoint of what it has executed, 3');
    await diverges('Execute', [takes('n2', 3)], 'checkpoints only after every 2 sequence numbers');
    const taken = until(four, 'n2', 'TakeCheckpoint');
    await diverges('Execute', [...taken, taken.at(-1) as Line], 'nothing, for it has that checkpoint');
  });

  it('Execute: a CHECKPOINT tells of a checkpoint that it has', async () => {
    await diverges('Execute', [send('n2', 'n3', checkpoint('n2', 4))], 'only checkpoints that it has');
    const taken = until(four, 'n2', 'TakeCheckpoint');
    await diverges(
      'Execute',
      [...taken, send('n2', 'n3', checkpoint('n2', 4, 'other'))],
      'only digest state 4 for checkpoint 4',
    );
    await diverges('Execute', [send('n2', 'n3', checkpoint('n2', 2, 'other'))], 'only digest state 2 for checkpoint 2');
    await steps([send('n2', 'n3', checkpoint('n2', 2))]);
    await steps([
      ...taken,
      init('n2', {
        ...OVER,
        slots: [3, 4].map((sequence) => slot(sequence, 0, { view: 0, digest: digestOf(sequence) })),
      }),
      send('n2', 'n3', checkpoint('n2', 4)),
    ]);
  });

  it('HandleCheckpoint: a quorum said the same of a state that it has', async () => {
    const upTo = until(four, 'n2', 'StabilizeCheckpoint');
    await steps(upTo);
    const but = (over: object) => withChanged(upTo, 'n2', 'StabilizeCheckpoint', over);
    await diverges('HandleCheckpoint', but({ by: ['n1', 'n2'] }), 'only with CHECKPOINTs of 3 replicas');
    await diverges('HandleCheckpoint', but({ by: ['n1', 'n2', 'n2'] }), 'only with CHECKPOINTs of 3 replicas');
    await diverges('HandleCheckpoint', but({ by: ['n1', 'n2', 'n4'] }), 'it had none of n4');
    await diverges('HandleCheckpoint', but({ by: ['n1', 'n2', 'n9'] }), 'it had none of n9');
    await diverges(
      'HandleCheckpoint',
      but({ digest: 'other' }),
      'only the checkpoint that it has there, with digest state 4',
    );
    await diverges('HandleCheckpoint', [...upTo, upTo.at(-1) as Line], 'only checkpoints above 4');
    await diverges(
      'HandleCheckpoint',
      [stabilizes('n2', 4, ['n1', 'n3', 'n4'])],
      'only a checkpoint of a state that it has',
    );
  });

  it('HandleCheckpoint: as soon as it can', async () => {
    const upTo = until(four, 'n2', 'StabilizeCheckpoint').slice(0, -1);
    await diverges('HandleCheckpoint', [...upTo, next('n2')], 'only to find checkpoint 4 stable');
    // What a traitor said before, when 4 was too far ahead to look at, may be what counts.
    await steps([turns('n3'), ...upTo, next('n2')]);
    // The votes came before it was there itself.
    const early = [
      ...until(orders(4, { among: ['n1', 'n3', 'n4'] }), 'n4', 'StabilizeCheckpoint'),
      ...['n1', 'n3'].map((node) => receive('n2', node, checkpoint(node, 4))),
      ...four.filter(
        ([node, step]) => node === 'n2' && step.name !== 'StabilizeCheckpoint' && typeOf([node, step]) !== 'Checkpoint',
      ),
    ];
    await diverges('HandleCheckpoint', [...early, next('n2')], 'only to find checkpoint 4 stable');
  });

  it('InstallState: a state that a quorum signed for, beyond its own', async () => {
    const ahead = ['n1', 'n2', 'n3'];
    const behind = orders(4, { among: ahead });
    const chunk = (authors: string[]) => receive('n4', 'n1', stateChunk(4, authors));
    await steps([...behind, chunk(ahead), installs('n4', 4), stabilizes('n4', 4, ahead)]);
    await diverges(
      'InstallState',
      [...behind, installs('n4', 4)],
      'only a state for which 3 replicas signed; it knew of 0',
    );
    await diverges(
      'InstallState',
      [...behind, chunk(['n1', 'n2']), installs('n4', 4)],
      'only a state for which 3 replicas signed; it knew of 2',
    );
    await diverges(
      'InstallState',
      [...behind, chunk(ahead), installs('n4', 4, { digest: 'other' })],
      'only a state for which 3 replicas signed; it knew of 0',
    );
    await diverges('InstallState', [receive('n4', 'n1', stateChunk(2)), installs('n4', 2)], 'only a state beyond 3');
  });
});

describe('view changes', () => {
  const toward = (node: string, view: number, message: object = viewChange(node, view, 2, [claim(3, 0)])) => [
    leaves(node, view),
    ...multicast(node, message, []),
  ];

  it('ViewChange: only to later views', async () => {
    await diverges('ViewChange', [leaves('n2', 1), leaves('n2', 1)], 'only views after 1');
    await diverges('ViewChange', [leaves('n2', 0)], 'only views after 0');
    await steps([leaves('n2', 1), leaves('n2', 2)]);
  });

  it('HandleViewChange: several views on only where f+1 others ask for it', async () => {
    const asked = (node: string, view: number) => [
      ...toward(node, view).map((line) => line),
      receive('n2', node, viewChange(node, view, 2, [claim(3, 0)])),
    ];
    const skips = 'only view 1, or one that it was asked for with 2 VIEW-CHANGEs';
    await diverges('HandleViewChange', [leaves('n2', 2)], skips);
    const two = (node: string) => [leaves(node, 1), ...asked(node, 2)];
    await diverges('HandleViewChange', [...two('n3'), leaves('n2', 2)], skips);
    await steps([...two('n3'), ...two('n4'), leaves('n2', 2)]);
    await diverges('HandleViewChange', [...two('n3'), ...two('n4'), leaves('n2', 3)], skips);
  });

  it('HandleViewChange: f+1 correct replicas take it along', async () => {
    const asked = ['n3', 'n4'].flatMap((node) => [
      ...toward(node, 1),
      receive('n1', node, viewChange(node, 1, 2, [claim(3, 0)])),
    ]);
    await diverges('HandleViewChange', [...asked, next('n1')], 'only to join them');
    await steps([...asked, leaves('n1', 1), next('n1')]);
    await steps([turns('n3'), ...asked, next('n1')]);
    await steps([...asked.slice(0, asked.length / 2), next('n1')]);
  });

  it('ViewChange: it tells the checkpoint and what prepared, as they were when it left', async () => {
    await steps(toward('n2', 1));
    const tells = (message: object) => toward('n2', 1, message);
    await diverges(
      'ViewChange',
      tells(viewChange('n2', 1, 0, [claim(3, 0)])),
      'only checkpoint 2, or one that others proved to it',
    );
    await diverges('ViewChange', tells(viewChange('n2', 1, 4)), 'only checkpoint 2, or one that others proved to it');
    await diverges('ViewChange', tells(viewChange('n2', 1, 2)), 'only with what prepared: 3 in view 0');
    await diverges(
      'ViewChange',
      tells(viewChange('n2', 1, 2, [claim(3, 0), claim(4, 0)])),
      'only with what prepared: 3 in view 0',
    );
    await diverges(
      'ViewChange',
      tells(viewChange('n2', 1, 2, [claim(3, 0, 'd33')])),
      'only with what prepared: 3 in view 0',
    );
    await diverges('ViewChange', tells(viewChange('n2', 1, 2, [claim(3, 1)])), 'only with what prepared: 3 in view 0');
    await diverges(
      'ViewChange',
      multicast('n2', viewChange('n2', 1, 2, [claim(3, 0)]), []),
      'none for view 1, which it does not wait for',
    );
    // What becomes stable later does not change it; a process that begins anew tells what it finds.
    await steps([
      ...toward('n2', 1),
      init('n2', { ...OVER, view: 1, active: false, slots: [slot(3, 0, { view: 0, digest: 'd3' })] }),
      ...multicast('n2', viewChange('n2', 1, 2, [claim(3, 0)]), []),
    ]);
  });

  it('ViewChange: with MACs it tells all that it pre-prepared', async () => {
    const proposed = [...proposes(4), accepts('n2', 0, 4)];
    const q = [3, 4].map((sequence) => ({ sequence, digest: digestOf(sequence), view: 0 }));
    const bare = { ...claim(3, 0), proof: null } as never;
    const tells = (prePrepared: object[]) => [
      ...proposed,
      ...toward('n2', 1, viewChange('n2', 1, 2, [bare], { prePrepared })),
    ];
    const macs = { authentication: 'macs' } as const;
    await steps(tells(q), macs);
    await diverges(
      'ViewChange',
      tells(q.slice(1)),
      'only with all that it pre-prepared, 3 d3 in view 0 among it',
      macs,
    );
    await diverges(
      'ViewChange',
      tells(q.map((each) => ({ ...each, view: each.view + 1 }))),
      'only with all that it pre-prepared',
      macs,
    );
    await diverges(
      'ViewChange',
      tells([...q, { sequence: 5, digest: 'd5', view: 0 }]),
      'only what it pre-prepared',
      macs,
    );
    await diverges(
      'ViewChange',
      toward('n2', 1, viewChange('n2', 1, 2, [claim(3, 0)], { prePrepared: q.slice(0, 1) })),
      'no pre-prepared batches beside proofs',
    );
  });
});

describe('new views', () => {
  const changes = BACKUPS.map((node) => viewChange(node, 1, 2, [claim(3, 0)]));
  const primary = primaryOf(1);
  const left = BACKUPS.flatMap((node, index) => [leaves(node, 1), ...multicast(node, changes[index] as object, [])]);
  const asked = ['n3', 'n4'].map((node, index) => receive(primary, node, changes[index + 1] as object));
  const begins = [enters(primary, 1, 2, THIRD), accepts(primary, 1, 3)];
  const tells = (message: object) => [...left, ...asked, ...begins, ...multicast(primary, message, [])];

  it('NewView: its primary begins it with the VIEW-CHANGEs of a quorum', async () => {
    await steps(tells(newView(1, changes, THIRD)));
    await diverges(
      'NewView',
      [...left, ...asked.slice(0, 1), ...begins],
      'only with VIEW-CHANGEs of 3 replicas for it',
    );
    await diverges('NewView', [...left, ...asked, next(primary)], 'only to begin view 1');
    await steps([turns('n3'), ...left, ...asked, next(primary)]);
    await diverges(
      'NewView',
      [enters('n2', 0, 0)].map(([node, step]): Line => [node === 'n2' ? 'n1' : node, step]),
      'only views after 0',
    );
  });

  it('NewView: it tells what it began with, what it received, and what follows', async () => {
    await diverges(
      'NewView',
      tells(newView(1, changes, [{ sequence: 3, digest: 'd33' }])),
      'only what it began view 1 with',
    );
    await diverges(
      'NewView',
      tells(newView(1, changes.slice(1), THIRD)),
      'only a NEW-VIEW that is valid; it has 2 VIEW-CHANGEs, of which it needs 3',
    );
    const other = [changes[0], changes[1], viewChange('n4', 1, 2)] as object[];
    await diverges(
      'NewView',
      tells(newView(1, other, THIRD)),
      'only with VIEW-CHANGEs as it received them; that of n4 it had not',
    );
    const own = [viewChange('n2', 1, 2), changes[1], changes[2]] as object[];
    await diverges('NewView', tells(newView(1, own, THIRD)), 'that of n2 it had not');
    await diverges(
      'NewView',
      [...left, ...multicast(primary, newView(1, changes, THIRD), [])],
      'only of the view that it has begun',
    );
    await diverges(
      'NewView',
      [...left, ...multicast('n3', newView(1, changes, THIRD, 'n3'), [])],
      'none of n3 for view 1, whose primary is n2',
    );
  });

  it('NewView: it has what a replica said of itself first, however often that says something else', async () => {
    const told = multicast(primary, newView(1, changes, THIRD), []);
    const other = (index: number) => receive(primary, 'n4', viewChange('n4', index + 2, 2));
    const others = Array.from({ length: 17 }, (_, index) => other(index));
    const same = Array.from({ length: 17 }, () => other(0));
    for (const later of [others, same]) {
      await steps([turns('n4'), ...left, ...asked, ...later, ...begins, ...told]);
      await steps([turns('n4'), ...left, ...asked, ...begins, ...told, ...later, ...told]);
    }
    // Of what was too much to remember it may have what it tells; of so many of one kind not.
    const unknown = multicast(
      primary,
      newView(1, [changes[0], changes[1], viewChange('n4', 1, 2)] as object[], THIRD),
      [],
    );
    await steps([turns('n4'), ...left, ...asked, ...others, ...begins, ...unknown]);
    await diverges(
      'NewView',
      [turns('n4'), ...left, ...asked, ...same, ...begins, ...unknown],
      'that of n4 it had not',
    );
  });

  it('NewView: O is what V asks for', async () => {
    const fourth = { sequence: 4, digest: 'null' };
    const more = [...THIRD, fourth];
    const lines = [
      ...left,
      ...asked,
      enters(primary, 1, 2, more),
      accepts(primary, 1, 3),
      accepts(primary, 1, 4, 'null', []),
      ...multicast(primary, newView(1, changes, more), []),
    ];
    await diverges('NewView', lines, 'only a NEW-VIEW that is valid; it has 2 pre-prepares where 1 are due');
  });

  const told = (message: object, stable = 2, proposals = THIRD): Line[] => [
    ...left,
    receive('n3', 'n2', message),
    enters('n3', 1, stable, proposals),
    ...proposals.map(({ sequence, digest }) => accepts('n3', 1, sequence, digest)),
  ];

  it('HandleNewView: a view is entered as a valid NEW-VIEW of its primary says', async () => {
    const whole = newView(1, changes, THIRD);
    await steps([...tells(whole), ...told(whole).slice(left.length)]);
    const liar = (message: object, stable?: number, proposals?: typeof THIRD) => [
      turns('n2'),
      ...told(message, stable, proposals),
    ];
    const heard = 'only as a NEW-VIEW of n2 that it received says';
    await diverges('HandleNewView', [...left, enters('n3', 1, 2, THIRD), accepts('n3', 1, 3)], heard);
    await diverges('HandleNewView', liar(whole, 0), heard);
    await diverges('HandleNewView', liar(whole, 2, [{ sequence: 3, digest: 'd33' }]), heard);
    await diverges('HandleNewView', [turns('n4'), ...told(newView(1, changes, THIRD, 'n4'))], heard);
    await diverges('HandleNewView', [...IN_VIEW_1, enters('n3', 1, 2, THIRD)], 'only views after 1');
    await diverges(
      'HandleNewView',
      liar(newView(1, changes.slice(1), THIRD)),
      'it has 2 VIEW-CHANGEs, of which it needs 3',
    );
    await diverges(
      'HandleNewView',
      liar(newView(1, [...changes.slice(1), changes[1] as object], THIRD)),
      'two of its VIEW-CHANGEs are of one replica',
    );
    await diverges('HandleNewView', liar(newView(1, changes, []), 2, []), 'it has 0 pre-prepares where 1 are due');
    const [first, second] = changes as [object, object];
    const unproved = (over: object) => newView(1, [first, second, { ...changes[2], ...over }], THIRD);
    await diverges(
      'HandleNewView',
      liar(unproved({ proof: [] })),
      'in the VIEW-CHANGE of n4 checkpoint 2 is not proved',
    );
    await diverges(
      'HandleNewView',
      liar(unproved({ proof: ['n1', 'n2', 'n2'].map((node) => checkpoint(node, 2)) })),
      'checkpoint 2 is not proved',
    );
    await diverges(
      'HandleNewView',
      liar(unproved({ proof: ['n1', 'n2', 'n3'].map((node, index) => checkpoint(node, 2, `state ${index}`)) })),
      'checkpoint 2 is not proved',
    );
    const claims = (change: (proof: { prePrepare: object; prepares: object[] }) => object) => {
      const { proof, ...rest } = claim(3, 0);
      return { prepared: [{ ...rest, proof: change(proof) }] };
    };
    const [one, two] = claim(3, 0).proof.prepares as [object, object];
    const badly = 'that 3 prepared in view 0 is not proved';
    await diverges(
      'HandleNewView',
      liar(unproved(claims(({ prePrepare }) => ({ prePrepare, prepares: [one] })))),
      badly,
    );
    await diverges(
      'HandleNewView',
      liar(unproved(claims(({ prePrepare }) => ({ prePrepare, prepares: [one, one] })))),
      badly,
    );
    await diverges(
      'HandleNewView',
      liar(unproved(claims(({ prePrepare }) => ({ prePrepare, prepares: [one, { ...two, digest: 'x' }] })))),
      badly,
    );
    await diverges(
      'HandleNewView',
      liar(unproved(claims(({ prePrepare }) => ({ prePrepare, prepares: [one, { ...prePrepare }] })))),
      badly,
    );
    await diverges('HandleNewView', liar(unproved(claims(() => ({ prePrepare: one, prepares: [two, one] })))), badly);
    await diverges('HandleNewView', liar(unproved({ prepared: [{ ...claim(3, 0), proof: null }] })), badly);
  });

  it('HandleNewView: with MACs, O is what a quorum does not contradict', async () => {
    const macs = { authentication: 'macs' } as const;
    const bare = (sequence: number, digest = digestOf(sequence), view = 0) =>
      ({ sequence, view, digest, proof: null }) as never;
    const q = (...digests: string[]) => ({ prePrepared: digests.map((digest) => ({ sequence: 3, digest, view: 0 })) });
    const change = (node: string, claims: never[], over: object) => viewChange(node, 1, 2, claims, over);
    const enters3 = (v: object[], proposals: typeof THIRD) => [
      ...[turns('n2'), turns('n4'), turns('n1'), leaves('n3', 1), receive('n3', 'n2', newView(1, v, proposals))],
      ...[
        enters('n3', 1, 2, proposals),
        ...proposals.map(({ sequence, digest }) => accepts('n3', 1, sequence, digest)),
      ],
    ];
    const agreed = BACKUPS.map((node) => change(node, [bare(3)], q('d3')));
    await steps(enters3(agreed, THIRD), macs);
    const nothing = BACKUPS.map((node) => change(node, [], q('d3')));
    await steps(enters3(nothing, []), macs);
    const oneSays = [change('n2', [bare(3)], q('d3')), change('n3', [], q('d3')), change('n4', [], q())];
    await steps(enters3(oneSays, THIRD), macs);
    const bad = 'nothing asks for d3 as request 3';
    const alone = [change('n2', [bare(3)], q('d3')), change('n3', [], q()), change('n4', [], q())];
    await diverges('HandleNewView', enters3(alone, THIRD), bad, macs);
    const torn = [
      change('n2', [bare(3)], q('d3')),
      change('n3', [bare(3, 'd33')], q('d3', 'd33')),
      change('n4', [], q()),
    ];
    await diverges('HandleNewView', enters3(torn, THIRD), bad, macs);
    const nulls = [{ sequence: 3, digest: 'null' }];
    await diverges('HandleNewView', enters3(oneSays, nulls), 'nothing asks for null as request 3', macs);
    await diverges('HandleNewView', enters3(agreed, []), 'it has 0 pre-prepares where 1 are due', macs);
    await diverges(
      'HandleNewView',
      enters3(agreed, [{ sequence: 4, digest: 'd3' }]),
      'it proposes request 4 where request 3 is due',
      macs,
    );
    await diverges(
      'HandleNewView',
      enters3(agreed.slice(1), THIRD),
      'it has 2 VIEW-CHANGEs, of which it needs 3',
      macs,
    );
    await diverges(
      'HandleNewView',
      enters3([...agreed.slice(1), agreed[1] as object], THIRD),
      'two of its VIEW-CHANGEs are of one replica',
      macs,
    );
    await diverges(
      'HandleNewView',
      enters3([...agreed.slice(1), viewChange('n2', 2, 2, [bare(3)])], THIRD),
      'one of its VIEW-CHANGEs is for another view',
      macs,
    );
    // The null request may have prepared itself.
    const carriedNull = BACKUPS.map((node) => change(node, [bare(3, 'null')], q('null')));
    await steps(enters3(carriedNull, nulls), macs);
  });

  it('HandleNewView: a correct primary is followed', async () => {
    const whole = newView(1, changes, THIRD);
    const lines = [...tells(whole), receive('n3', 'n2', whole)];
    await diverges('HandleNewView', [...lines, next('n3')], 'only to enter view 1');
    await steps([turns('n2'), ...lines, next('n3')]);
    await steps([...lines, leaves('n3', 2), next('n3')]);
    await steps([...IN_VIEW_1, receive('n3', 'n2', whole), next('n3')]);
  });
});

describe('Recover', () => {
  const found = (over: object = {}) => init('n2', { ...OVER, slots: [slot(3, 0, { view: 0, digest: 'd3' })], ...over });

  it('what it voted for', async () => {
    await steps([found()]);
    await diverges(
      'Recover',
      [found({ slots: [] })],
      'only with digest d3 for 3 in view 0, or a later view, for it had voted for that',
    );
    await diverges(
      'Recover',
      [found({ slots: [slot(3, 0, null)] })],
      'only with 3 prepared in view 0, or a later view, for it had sent a COMMIT',
    );
    await diverges(
      'Recover',
      [found({ slots: [slot(3, 0, { view: 0, digest: 'd3' }, 'd33')] })],
      'only with digest d3 for 3',
    );
    await steps([...proposes(4), accepts('n2', 0, 4), found()]);
    const voted = [...proposes(4), accepts('n2', 0, 4), ...multicast('n2', prepare('n2', 0, 4), [])];
    await diverges('Recover', [...voted, found()], 'only with digest d4 for 4 in view 0');
    await steps([...voted, found({ slots: [slot(3, 0, { view: 0, digest: 'd3' }), slot(4, 0)] })]);
    // Also what the process before the last one had voted for.
    await diverges('Recover', [found(), found({ slots: [] })], 'only with digest d3 for 3');
  });

  it('its view and its checkpoint, as others know them', async () => {
    const told = [leaves('n2', 1), ...multicast('n2', viewChange('n2', 1, 2, [claim(3, 0)]), [])];
    await steps([...told, found({ view: 1, active: false })]);
    await diverges('Recover', [...told, found()], 'only a view from 1 on, of which others were told');
    await steps([leaves('n2', 1), found()]);
    const slots = [slot(3, 0, { view: 0, digest: 'd3' })];
    await diverges(
      'Recover',
      [...told, init('n2', { view: 1, active: false, slots })],
      'only a checkpoint from 2 on, of which others were told',
    );
    await steps([
      init('n2', { slots: [1, 2, 3].map((sequence) => slot(sequence, 0, { view: 0, digest: digestOf(sequence) })) }),
    ]);
  });
});

describe('what is sent again, and what is passed on', () => {
  it('SendAgain: a vote goes to each once, until somebody says how far it is', async () => {
    for (const vote of [prepare('n2', 0, 3), commit('n2', 0, 3)]) {
      await diverges('SendAgain', [send('n2', 'n3', vote)], 'nothing, for it had sent n3 that');
      await steps([receive('n2', 'n3', status('n3')), send('n2', 'n3', vote)]);
      await diverges('SendAgain', [receive('n2', 'n3', status('n3')), send('n2', 'n3', vote), send('n2', 'n3', vote)]);
    }
    await diverges('SendAgain', [send('n1', 'n3', prePrepare(0, 3))]);
  });

  it('SendAgain: a pre-prepare is passed on that was accepted', async () => {
    await steps([send('n2', 'n3', prePrepare(0, 3))]);
    await diverges('SendAgain', [send('n2', 'n3', prePrepare(0, 4))], 'only what it had accepted');
    await diverges('SendAgain', [send('n2', 'n3', prePrepare(0, 3, 'd33'))], 'only what it had accepted');
  });

  it('SendAgain: a NEW-VIEW is passed on that is of the view', async () => {
    const whole = newView(
      1,
      BACKUPS.map((node) => viewChange(node, 1, 2, [claim(3, 0)])),
      THIRD,
    );
    await steps([...IN_VIEW_1, send('n3', 'n1', whole)]);
    await steps([...IN_VIEW_1, leaves('n3', 2), send('n3', 'n1', whole)]);
    await diverges(
      'SendAgain',
      [...IN_VIEW_1, send('n3', 'n1', newView(1, [], []))],
      'only those with which views began here',
    );
    await diverges('SendAgain', [send('n3', 'n1', whole)], 'only those with which views began here');
  });

  it('Status: it says how far the replica is', async () => {
    const told = { view: 0, active: true, stable: 2, executed: 3 };
    await steps(multicast('n2', status('n2', told), []));
    for (const over of [{ view: 1 }, { active: false }, { stable: 0 }, { executed: 2 }]) {
      await diverges(
        'Status',
        multicast('n2', status('n2', { ...told, ...over }), []).slice(0, 1),
        'only that it is in view 0',
      );
    }
  });
});

describe('ReceivedWasSent', () => {
  it('nobody states anything in the name of a correct replica', async () => {
    const forged = [
      prePrepare(0, 9),
      prepare('n3', 0, 9),
      commit('n3', 0, 9),
      checkpoint('n3', 8),
      viewChange('n3', 5, 2),
      newView(6, [], []),
    ];
    for (const message of forged) {
      const author = (message as unknown as { replica: string }).replica;
      const heard = [receive('n4', 'n2', message)];
      await diverges('ReceivedWasSent', heard, `only what ${author} stated, who is correct`);
      await steps([turns(author), ...heard]);
      await steps([...heard, turns(author)].reverse());
    }
  });

  it('each field counts', async () => {
    const sent = [...proposes(4), accepts('n3', 0, 4), ...multicast('n3', prepare('n3', 0, 4), [])];
    await steps([...sent, receive('n2', 'n3', prepare('n3', 0, 4))].filter((line) => !isOf('n2', 'PrePrepare')(line)));
    const others4 = [
      prepare('n3', 1, 4),
      prepare('n3', 0, 5),
      prepare('n3', 0, 4, 'd44'),
      commit('n3', 0, 4),
      prepare('n4', 0, 4),
    ];
    for (const message of others4) {
      await diverges(
        'ReceivedWasSent',
        [...sent, receive('n2', 'n3', message)].filter((line) => !isOf('n2', 'PrePrepare')(line)),
      );
    }
  });

  it('who was restarted, or whose trace ends early, may have sent what is not there', async () => {
    const heard = [...BEGINNING, receive('n4', 'n3', prepare('n3', 0, 9))];
    const events = eventsOf(heard);
    expect((await judgeEvents(events, { inOrder: false })).verdict).toBe('valid');
    expect((await judgeEvents(events, { inOrder: false })).facts.unobserved).toBe(1);
    const goesOn = eventsOf([...heard, turns('n3', null)]);
    expect((await judgeEvents(goesOn, { inOrder: false })).verdict).toBe('invalid');
    expect((await judgeEvents(goesOn, { inOrder: false, oneClock: false })).verdict).toBe('valid');
    const again = eventsOf([
      ...heard,
      init('n3', { ...OVER, slots: [slot(3, 0, { view: 0, digest: 'd3' })] }),
      turns('n3', null),
    ]);
    expect((await judgeEvents(again, { inOrder: false })).verdict).toBe('valid');
    expect((await judgeEvents(again)).verdict).toBe('invalid');
  });
});

describe('pbft-steps and traitors', () => {
  it('nothing that a traitor tells is looked at, also after it turned back', async () => {
    const lies: Line[] = [
      accepts('n4', 3, 9, 'lie'),
      prepares('n4', 3, 9, [], 'lie'),
      commits('n4', 3, 9, [], 'lie'),
      executes('n4', 3, 9, { digest: 'lie' }),
      ...multicast('n4', commit('n4', 0, 4, 'lie')),
      ...multicast('n4', viewChange('n4', 9, 4)),
      leaves('n4', 7),
      enters('n4', 2, 0),
      takes('n4', 7),
      stabilizes('n4', 1, []),
      installs('n4', 1),
      learns('n4', 'x'),
      init('n4', { slots: [] }),
    ];
    await steps([turns('n4'), ...lies, turns('n4', null), ...lies, ...orders(4, { among: ['n1', 'n2', 'n3'] })]);
    await diverges('Execute', [turns('n4', null), takes('n4', 7)]);
    await diverges('Execute', [takes('n4', 7), turns('n4')]);
  });

  it('what it said before it turned was said, and what it says later may be anything', async () => {
    const said = [...proposes(4), accepts('n3', 0, 4), ...multicast('n3', prepare('n3', 0, 4), [])];
    await steps(
      [...said, turns('n3'), receive('n4', 'n3', prepare('n3', 0, 4, 'lie'))]
        .filter((line) => !isOf('n2', 'PrePrepare')(line))
        .filter((line) => !isOf('n4', 'PrePrepare')(line)),
    );
  });

  it('more than is remembered of one voter may count', async () => {
    const noise = Array.from({ length: 20 }, (_, index) => receive('n2', 'n4', prepare('n4', 0, 4, `noise ${index}`)));
    const four = until(orders(4, { among: ['n1', 'n2', 'n4'] }), 'n2', 'Prepared');
    await steps([turns('n4'), ...noise, ...four]);
  });

  it('what a VIEW-CHANGE of a traitor tells of checkpoints lifts no watermark', async () => {
    const liar = viewChange('n4', 1, 6, [], { proof: ['n1', 'n2', 'n3'].map((node) => checkpoint(node, 6)) });
    const lines = [
      turns('n4'),
      receive('n2', 'n4', liar),
      turns('n1'),
      receive('n2', 'n1', prePrepare(0, 12)),
      accepts('n2', 0, 12),
    ];
    await diverges('AcceptPrePrepare', lines, 'only sequence numbers above 2 up to 10');
  });
});

describe('coverage', () => {
  const reached = async (lines: readonly Line[]) => {
    const { coverage } = await judgeEvents(eventsOf([...BEGINNING, ...lines]));
    return Object.fromEntries(
      (coverage ?? []).filter(({ times }) => times > 0).map(({ name, times }) => [name, times]),
    );
  };

  it('counts what a trace came upon, and nothing that it did not', async () => {
    expect(await reached([])).toEqual({ 'batch executed': 12, 'checkpoint stable': 4 });
    expect(await reached(IN_VIEW_1)).toMatchObject({
      'view change started': 3,
      'view entered': 3,
      'prepared batch carried into a view': 3,
    });
    expect(
      await reached([
        turns('n1'),
        turns('n1'),
        ...proposes(4),
        accepts('n2', 0, 4),
        receive('n2', 'n1', prePrepare(0, 4, 'x')),
      ]),
    ).toMatchObject({
      'traitor made': 1,
      'two proposals for one sequence number': 1,
    });
    expect(
      await reached([
        leaves('n2', 1),
        leaves('n2', 2),
        init('n2', { ...OVER, view: 2, active: false, slots: [slot(3, 0, { view: 0, digest: 'd3' })] }),
      ]),
    ).toMatchObject({
      'view changes in a row': 1,
      'replica restarted': 1,
      'restart between two views': 1,
      'restart with what had prepared': 1,
    });
  });

  it('what a new view brings', async () => {
    const proposals = [...THIRD, { sequence: 4, digest: 'null' }, { sequence: 5, digest: 'd5' }];
    const v = BACKUPS.map((node) => viewChange(node, 1, 2, [claim(3, 0), claim(5, 0)]));
    const begins = receive('n1', 'n2', newView(1, v, proposals));
    const accepted = [accepts('n1', 1, 3), accepts('n1', 1, 4, 'null', []), accepts('n1', 1, 5, 'd5', null)];
    const lines = [turns('n2'), ...proposes(4, []), begins, enters('n1', 1, 2, proposals), ...accepted];
    expect(await reached(lines)).toMatchObject({
      'view entered without a view change': 1,
      'view begins with other than what was accepted': 1,
      'null request in a gap': 1,
      'new view speaks of an unknown batch': 1,
    });
    expect(await reached([turns('n3'), receive('n2', 'n3', viewChange('n3', 1, 2, [], { proof: [] }))])).toMatchObject({
      'VIEW-CHANGE that does not hold together': 1,
    });
    expect(await reached([turns('n3'), receive('n2', 'n3', checkpoint('n3', 12))])).toMatchObject({
      'checkpoint beyond the watermarks': 1,
    });
  });
});

it('one reader may serve both checkers, and events of nodes may come in any order', async () => {
  const events = eventsOf([...BEGINNING, ...IN_VIEW_1]);
  expect((await judgeEvents(nodeByNode(events), { inOrder: false })).verdict).toBe('valid');
});
