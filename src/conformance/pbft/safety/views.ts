import type { PbftStep } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import type { PbftCluster } from './cluster.js';
import { stateAfter } from './execution.js';
import type { Replica } from './replica.js';
import { ACCEPTED, PREPARED, STANDS_ACCEPTED, STANDS_PREPARED } from './sequence.js';
import { acceptsOne, carried, preparedOnce } from './slots.js';

type Step<Name extends PbftStep['name']> = PbftStep & { readonly name: Name };

/** A process begins with what it recovered: no less than what others were told. */
export function initReplica(cluster: PbftCluster, replica: Replica, step: Step<'InitReplica'>, timeUs: Micros): void {
  const { view, active, stable, digest, slots, stateHash } = step;
  if (replica.started) {
    replica.restarted = true;
    cluster.restarts++;
    for (const facts of cluster.knownSequences()) facts.restart(replica);
  }
  replica.started = true;
  if (view < replica.promisedView) falls(cluster, replica, view, 'began again in', replica.promisedView, timeUs);
  if (stable < replica.promisedStable)
    lowers(cluster, replica, stable, 'began again with', replica.promisedStable, timeUs);
  replica.view = view;
  replica.active = active;
  replica.stable = stable;
  replica.executed = stable;
  replica.prepared.clear();
  for (const slot of slots) {
    const facts = cluster.sequence(slot.sequence);
    if (facts !== undefined) {
      acceptsOne(cluster, replica, facts, slot, timeUs);
      facts.did(replica, slot.view, slot.digest, ACCEPTED | STANDS_ACCEPTED);
    }
    if (slot.prepared === null || slot.sequence <= stable) continue;
    replica.prepared.set(slot.sequence, slot.prepared);
    if (facts === undefined) continue;
    preparedOnce(cluster, replica, facts, slot.prepared, timeUs);
    facts.did(replica, slot.prepared.view, slot.prepared.digest, PREPARED | STANDS_PREPARED);
  }
  if (stable > 0) cluster.checkpoint(stable)?.holds(cluster, replica, digest, timeUs);
  stateAfter(cluster, replica, stable, stateHash, timeUs, 'began with checkpoint');
  cluster.forget();
}

/** ViewMonotonic. */
export function startViewChange(cluster: PbftCluster, replica: Replica, view: number, timeUs: Micros): void {
  if (view <= replica.view) falls(cluster, replica, view, 'started a view change to', replica.view, timeUs);
  replica.view = view;
  replica.active = false;
  cluster.forgetViews();
}

/** ViewMonotonic, NewViewJustified, and that min-s is a stable checkpoint. */
export function enterView(cluster: PbftCluster, replica: Replica, step: Step<'EnterView'>, timeUs: Micros): void {
  const { view, stable } = step;
  if (view < replica.view || (view === replica.view && replica.active)) {
    falls(cluster, replica, view, 'entered', replica.view, timeUs);
  }
  const proposals = new Map(step.proposals.map(({ sequence, digest }) => [sequence, digest]));
  replica.view = view;
  replica.active = true;
  replica.entered = { view, stable, proposals };
  if (cluster.primaryOf(view) === replica) {
    // Others rest on what it proposes, be it stable here by now.
    for (const [sequence, digest] of proposals) cluster.sequence(sequence)?.did(replica, view, digest, ACCEPTED);
  }
  const did = `entered view ${view} with checkpoint`;
  cluster.checkpoint(stable)?.relies(cluster, { replica, digest: undefined, timeUs, did });
  const begun = { view, stable, proposals, by: replica, timeUs };
  if (cluster.views.some((other) => isSameView(other, begun))) return;
  cluster.views.push(begun);
  for (const facts of cluster.knownSequences()) {
    for (const commitment of facts.committed) if (commitment.view < view) carried(cluster, facts, begun, commitment);
  }
  cluster.forgetViews();
}

function isSameView(left: Replica['entered'], right: Replica['entered']): boolean {
  if (left.view !== right.view || left.stable !== right.stable || left.proposals.size !== right.proposals.size) {
    return false;
  }
  for (const [sequence, digest] of left.proposals) if (right.proposals.get(sequence) !== digest) return false;
  return true;
}

/** The stable checkpoint is one below what others were told, or below what it was. */
export function lowers(
  cluster: PbftCluster,
  replica: Replica,
  stable: number,
  did: string,
  before: number,
  timeUs: Micros,
): void {
  cluster.report(
    'WatermarksHold',
    `${replica.id} ${did} checkpoint ${stable}, though it had been at ${before}`,
    [replica],
    timeUs,
    [`The stable checkpoint of ${replica.id} was ${before}.`, `${seconds(timeUs)}: it ${did} checkpoint ${stable}.`],
  );
}

function falls(
  cluster: PbftCluster,
  replica: Replica,
  view: number,
  did: string,
  before: number,
  timeUs: Micros,
): void {
  cluster.report(
    'ViewMonotonic',
    `${replica.id} ${did} view ${view}, though it had been in view ${before}`,
    [replica],
    timeUs,
    [`${replica.id} had come to view ${before}.`, `${seconds(timeUs)}: it ${did} view ${view}.`],
  );
}
