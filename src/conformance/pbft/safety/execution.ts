import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import { NONE } from '../reader.js';
import { claim } from './claims.js';
import type { PbftCluster } from './cluster.js';
import type { Replica } from './replica.js';
import { sameRequests } from './request-facts.js';
import { requestsWords } from './request-words.js';
import { DECISION_HEARD, EXECUTED, type Execution, type SequenceFacts } from './sequence.js';
import { decide, distinct, unheard } from './slots.js';

/** AppliedContiguous, Agreement, ExactlyOnce, Validity and StateHash. */
export function execute(
  cluster: PbftCluster,
  replica: Replica,
  { sequence, digest, requests, skipped, stateHash }: PbftStep & { readonly name: 'Execute' },
  timeUs: Micros,
): void {
  if (sequence !== replica.executed + 1) {
    cluster.report(
      'AppliedContiguous',
      `${replica.id} executed ${sequence} after ${replica.executed}`,
      [replica],
      timeUs,
      [
        `${replica.id} had executed everything up to ${replica.executed}.`,
        `${seconds(timeUs)}: the next that it executed was ${sequence}.`,
      ],
    );
  }
  replica.executed = sequence;
  const facts = cluster.sequence(sequence);
  if (facts !== undefined) {
    facts.did(replica, NONE, digest, EXECUTED);
    decide(cluster, facts, { digest, by: replica, timeUs, how: 'executed' });
    const execution = { requests, skipped, by: replica, timeUs };
    if (facts.execution === undefined) {
      facts.execution = execution;
      cluster.requests.executes(cluster, replica, sequence, digest, requests, skipped, timeUs);
    } else if (facts.decision?.digest === digest) sameExecution(cluster, facts, facts.execution, execution);
  }
  stateAfter(cluster, replica, sequence, stateHash, timeUs, 'executed everything up to');
}

/** DecisionAuthentic, and Agreement. */
export function learnDecision(
  cluster: PbftCluster,
  replica: Replica,
  { sequence, digest, by }: PbftStep & { readonly name: 'LearnDecision' },
  timeUs: Micros,
): void {
  const { weak } = cluster.quorums;
  distinct(cluster, replica, by, `learnt ${sequence}`, 'DecisionAuthentic', timeUs, weak);
  const facts = cluster.sequence(sequence);
  if (facts === undefined) return;
  const decision = { view: NONE, sequence, digest };
  for (const id of by) {
    const voter = cluster.named(id);
    if (voter === undefined) continue;
    if (!facts.mayHaveHeard(replica, voter.place, NONE, digest, DECISION_HEARD)) {
      unheard(cluster, 'DecisionAuthentic', replica, voter, 'DECIDED', decision, timeUs);
    }
    claim(cluster, facts, 'DecisionAuthentic', voter, EXECUTED, decision, replica, timeUs);
  }
  decide(cluster, facts, { digest, by: replica, timeUs, how: 'learnt' });
}

/** Agreement: the same digest is the same requests, of which the same are new. */
function sameExecution(cluster: PbftCluster, { sequence }: SequenceFacts, known: Execution, other: Execution): void {
  if (sameRequests(known.requests, other.requests) && sameRequests(known.skipped, other.skipped)) return;
  cluster.report(
    'Agreement',
    `${other.by.id} executed other requests with sequence number ${sequence} than ${known.by.id}`,
    [known.by, other.by],
    other.timeUs,
    [
      `${seconds(known.timeUs)}: ${known.by.id} executed ${requestsWords(known.requests)}, and skipped ${requestsWords(known.skipped)}.`,
      `${seconds(other.timeUs)}: ${other.by.id} executed ${requestsWords(other.requests)}, and skipped ${requestsWords(other.skipped)}.`,
    ],
    [known, other].flatMap(({ requests, skipped }) => [...requests, ...skipped]),
  );
}

/** StateHash: whoever executed the same, or took over the state of who did, has the same state. */
export function stateAfter(
  cluster: PbftCluster,
  replica: Replica,
  sequence: number,
  hash: number,
  timeUs: Micros,
  did: string,
): void {
  const other = cluster.states.compare(sequence, hash, replica.id, timeUs, 'applied');
  if (other === undefined) return;
  cluster.report(
    'StateHash',
    `${replica.id} has another state after ${sequence} than ${other.node}`,
    [replica, ...cluster.replicas.filter(({ id }) => id === other.node)],
    timeUs,
    [
      `${seconds(other.timeUs)}: the state of ${other.node} after ${sequence} was ${other.hash.toString(16)}.`,
      `${seconds(timeUs)}: ${replica.id} ${did} ${sequence}; its state was ${hash.toString(16)}.`,
    ],
  );
}
