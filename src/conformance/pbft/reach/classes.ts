import type { CoverageClass } from '../../../plugin/coverage.js';

function outcome(
  name: string,
  source: string,
  statement: string,
  extra: Pick<CoverageClass, 'rarity' | 'by'> = {},
): CoverageClass {
  return { kind: 'outcome', name, statement, source, ...extra };
}

function action(name: string, source: string, statement: string): CoverageClass {
  return { kind: 'action', name, statement, source };
}

/**
 * What a trace of PBFT may come upon, beside whether it was right, in the order of reports: what is hardest to reach
 * first. Only what correct replicas do and hear counts.
 */
export const CLASSES = {
  carriedConflict: outcome(
    'view begins with other than what was accepted',
    '§4.4',
    'A replica had accepted a digest, and the new view has another, or the null request, in its place.',
  ),
  equivocationSeen: outcome(
    'two proposals for one sequence number',
    '§4.2',
    'A backup that accepted a pre-prepare receives another of the primary with the same view and sequence number.',
  ),
  batchMissing: outcome(
    'new view speaks of an unknown batch',
    '§4.4',
    'A replica accepts a pre-prepare of a new view without having its batch.',
  ),
  batchFetched: outcome('batch fetched', '§4.4', 'A batch arrives whose digest had been accepted before.'),
  decisionLearnt: outcome(
    'decision learnt from others',
    'Berger et al. 2021',
    'A replica that takes no part in the view learns from f+1 others what they executed.',
  ),
  nullAccepted: outcome(
    'null request in a gap',
    '§4.4',
    'A new view begins with the null request for a sequence number at which nothing had prepared.',
  ),
  nullExecuted: outcome('null request executed', '§4.4', 'The null request is executed, without effect.'),
  viewChangeInvalid: outcome(
    'VIEW-CHANGE that does not hold together',
    '§4.4',
    'A replica receives an authentic VIEW-CHANGE whose certificates do not prove what it says.',
  ),
  newViewAfterNewView: outcome(
    'view changes in a row',
    '§4.5.2',
    'A replica gives up a view that did not begin, and waits longer for the next.',
  ),
  joined: outcome('view change joined', '§4.5.2', 'A replica goes to a later view because f+1 others did.'),
  enteredUnasked: outcome(
    'view entered without a view change',
    '§4.4',
    'A replica learns by a NEW-VIEW that the others have gone to a later view.',
  ),
  carried: outcome(
    'prepared batch carried into a view',
    '§4.4',
    'A new view begins with a batch that had prepared in an earlier one.',
    { rarity: 'uncommon', by: 'kill' },
  ),
  beganBeyond: outcome(
    'view begins beyond its own checkpoint',
    '§4.4',
    'A new view begins with a stable checkpoint that a replica has not reached.',
  ),
  stateInstalled: outcome(
    'state installed',
    '§4.3',
    'A replica that fell behind takes the state of a stable checkpoint from another.',
    { rarity: 'uncommon', by: 'kill' },
  ),
  behind: outcome(
    'checkpoint beyond the watermarks',
    '§4.3',
    'A replica hears of a checkpoint beyond what it may take part in: it fell behind.',
  ),
  requestSkipped: outcome(
    'request ordered twice, executed once',
    '§4.1',
    'A batch holds a request that was executed before.',
  ),
  voteSentAgain: outcome('vote sent again', 'thesis §4.5', 'A replica sends a vote again that another may lack.'),
  restartPrepared: outcome(
    'restart with what had prepared',
    'thesis §4.1',
    'A process finds sequence numbers above its checkpoint that prepared before.',
  ),
  restartWaiting: outcome(
    'restart between two views',
    'thesis §4.1',
    'A process finds that it left its view, and waits for the next to begin.',
  ),
  turned: action('traitor made', '§2', 'A replica is made to lie.'),
  viewChanged: action('view entered', '§4.4', 'A replica enters a view after the first.'),
  viewChangeStarted: action('view change started', '§4.4', 'A replica leaves its view.'),
  checkpointStable: action('checkpoint stable', '§4.3', 'A checkpoint becomes stable at a replica.'),
  executed: action('batch executed', '§4.2', 'A replica executes a batch.'),
  restarted: action('replica restarted', 'thesis §4.1', 'A process follows another of its replica.'),
} as const satisfies Record<string, CoverageClass>;

export type ClassKey = keyof typeof CLASSES;
