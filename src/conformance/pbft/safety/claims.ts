import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import { NONE } from '../reader.js';
import type { PbftCluster } from './cluster.js';
import type { Replica } from './replica.js';
import type { SafetyRule } from './rules.js';
import { ACCEPTED, type Claim, COMMIT_SENT, EXECUTED, PREPARE_SENT, PREPARED, type SequenceFacts } from './sequence.js';

/**
 * `told` rests on `by` having done `what`. If `by` is correct, its trace shows it: before, where events come in the
 * order in which they happened; else at some time, so that the claim waits until nothing more can be learnt of it.
 */
export function claim(
  cluster: PbftCluster,
  facts: SequenceFacts,
  rule: SafetyRule,
  by: Replica,
  what: number,
  { view, digest }: { readonly view: number; readonly digest: string },
  told: Replica,
  timeUs: Micros,
): void {
  if (by.turned || facts.has(by, view, digest, what)) return;
  const open = { rule, by, what, view, digest, told, timeUs };
  if (cluster.inOrder) fail(cluster, facts, open);
  else facts.claims.push(open);
}

/**
 * At the end, and before what is known of a sequence number is forgotten: then a vote that was decided may yet be sent,
 * when it is on the disk.
 */
export function settleClaims(cluster: PbftCluster, facts: SequenceFacts, isEnd: boolean): void {
  for (const open of facts.claims) {
    const { by, view, digest, what } = open;
    if (facts.has(by, view, digest, what)) continue;
    const decided = what === COMMIT_SENT ? PREPARED : what === PREPARE_SENT ? ACCEPTED : undefined;
    if (!isEnd && decided !== undefined && facts.has(by, view, digest, decided)) continue;
    fail(cluster, facts, open);
  }
}

function fail(cluster: PbftCluster, { sequence }: SequenceFacts, open: Claim): void {
  const { rule, by, what, view, digest, told, timeUs } = open;
  // Beyond its stable checkpoint nobody prepares anything any more.
  if (what === PREPARED && by.stable >= sequence) return;
  cluster.suspect(
    rule,
    by,
    by === told
      ? `${told.id} committed ${sequence} in view ${view}, which it had not prepared`
      : `${told.id} counts ${by.id} for ${sequence}${inView(view)}, though ${by.id} never ${DEEDS[what]}`,
    [told, by],
    timeUs,
    [
      `${seconds(timeUs)}: ${told.id} took sequence number ${sequence}${inView(view)} with digest ${digest} for ${phaseOf(what)}, and names ${by.id} among those whose word that rests on.`,
      `${by.id}, which is correct, never ${DEEDS[what]} in its trace.`,
    ],
  );
}

const DEEDS: Readonly<Record<number, string>> = {
  [ACCEPTED]: 'proposed it',
  [PREPARED]: 'prepared it',
  [PREPARE_SENT]: 'sent a PREPARE for it',
  [COMMIT_SENT]: 'sent a COMMIT for it',
  [EXECUTED]: 'executed it',
};

function phaseOf(what: number): string {
  if (what === EXECUTED) return 'decided';
  return what === ACCEPTED || what === PREPARE_SENT ? 'prepared' : 'committed-local';
}

/** Nothing of what holds in all views. */
export function inView(view: number): string {
  return view === NONE ? '' : ` in view ${view}`;
}
