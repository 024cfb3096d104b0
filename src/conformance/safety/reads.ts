import type { TraceEvent } from '../../history/trace.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Micros } from '../../kernel/units.js';
import { seconds } from '../words.js';
import type { Cluster } from './cluster.js';

type Served = TraceEvent & { readonly name: 'ServeRead' };

/** What was committed when a read arrived. */
interface Arrival {
  readonly committed: number;
  readonly timeUs: Micros;
}

/**
 * Reads against what the rest of the cluster had done by then. Only where the events of different nodes come in the
 * order in which they happened: in the simulator. Clocks of machines, and files that are read when they are there, do
 * not say which of two nodes was first.
 */
export class Reads {
  /** By node and read: those that wait. */
  private readonly waiting = new Map<NodeId, Map<number, Arrival>>();
  /** The leader of the latest term that anybody was elected in. */
  private latest: { readonly node: NodeId; readonly term: number; readonly timeUs: Micros } | undefined;
  private judged = 0;
  private served = 0;

  constructor(private readonly inOrder: boolean) {}

  elected(node: NodeId, term: number, timeUs: Micros): void {
    this.forget(node);
    if (term > (this.latest?.term ?? 0)) this.latest = { node, term, timeUs };
  }

  /** The reads that a former life or leadership of a node took. */
  forget(node: NodeId): void {
    this.waiting.get(node)?.clear();
  }

  arrives(cluster: Cluster, node: NodeId, read: number, timeUs: Micros): void {
    if (!this.inOrder) return;
    let waiting = this.waiting.get(node);
    if (waiting === undefined) {
      waiting = new Map();
      this.waiting.set(node, waiting);
    }
    waiting.set(read, { committed: cluster.highestCommit, timeUs });
  }

  serves(cluster: Cluster, event: Served): void {
    this.served += event.reads.length;
    if (!this.inOrder || event.how === 'follower') return;
    if (event.how === 'lease') {
      this.leaseDisjoint(cluster, event);
      const arrival = { committed: cluster.highestCommit, timeUs: event.timeUs };
      for (const _ of event.reads) this.readFreshness(cluster, event, arrival);
      return;
    }
    const waiting = this.waiting.get(event.node);
    for (const read of event.reads) {
      const arrival = waiting?.get(read);
      // When it arrived is not known then; that it was served without having been taken, raft-steps says.
      if (arrival === undefined) continue;
      waiting?.delete(read);
      this.readFreshness(cluster, event, arrival);
    }
  }

  /**
   * LeaseDisjoint (thesis §6.4.1): while a lease lasts, nobody is elected in a later term. This rests on the bound on
   * clock drift: where clocks differ by more, a breach is real, and so may be a stale read.
   */
  private leaseDisjoint(cluster: Cluster, { node, term, timeUs, index }: Served): void {
    const { latest } = this;
    if (latest === undefined || latest.term <= term) return;
    cluster.report(
      'LeaseDisjoint',
      `${node} served a read by the lease of term ${term}, though ${latest.node} led term ${latest.term} by then`,
      [node, latest.node],
      timeUs,
      [
        `${seconds(latest.timeUs)}: ${latest.node} became leader of term ${latest.term}.`,
        `${seconds(timeUs)}: ${node} took its lease of term ${term} to last, and served a read at index ${index}.`,
        'A lease must end before voters may elect another leader (thesis §6.4.1), by all clocks within the bound on drift.',
      ],
    );
  }

  /** ReadFreshness (§8): a read shows at least what was committed, anywhere, when it arrived. */
  private readFreshness(cluster: Cluster, { node, how, index, timeUs }: Served, arrival: Arrival): void {
    this.judged++;
    if (index >= arrival.committed) return;
    const commit = cluster.committed.get(arrival.committed);
    cluster.report(
      'ReadFreshness',
      `${node} served a read at index ${index}, though index ${arrival.committed} was committed before the read arrived`,
      [node, ...(commit ? [commit.node] : [])],
      timeUs,
      [
        ...(commit
          ? [
              `${seconds(commit.timeUs)}: ${commit.node} committed index ${arrival.committed} of term ${commit.cell.term}.`,
            ]
          : []),
        `${seconds(arrival.timeUs)}: a read arrived at ${node}.`,
        `${seconds(timeUs)}: ${node} served it by ${how} from the state after index ${index}: what was written later, it does not see (§8).`,
      ],
    );
  }

  facts(): Record<string, number | string> {
    const { served, judged, inOrder } = this;
    if (served === 0) return { 'reads served': 'none in the trace' };
    return {
      'reads served': served,
      'reads held against the rest of the cluster': inOrder
        ? judged
        : "not judged: the order of different nodes' events is not known",
    };
  }
}
