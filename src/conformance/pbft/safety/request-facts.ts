import type { RequestRef } from '../../../history/pbft-trace.js';
import type { Micros } from '../../../kernel/units.js';
import { seconds } from '../../words.js';
import { NULL_DIGEST } from '../message.js';
import type { PbftCluster } from './cluster.js';
import type { Replica } from './replica.js';
import { requestsWords, requestWords } from './request-words.js';
import type { SequenceFacts } from './sequence.js';

interface KnownRequest {
  readonly digest: string;
  readonly by: Replica;
  readonly timeUs: Micros;
  /** Where it was executed; 0: nowhere yet. */
  executedAt: number;
}

/** Of one client: its requests since the floor, and the last timestamp that was executed below. */
interface KnownClient {
  readonly requests: Map<number, KnownRequest>;
  past: number;
}

interface KnownBatch {
  requests: readonly RequestRef[] | undefined;
  by: Replica;
  timeUs: Micros;
  /** The latest sequence number that it was accepted for. */
  sequence: number;
}

/** Clients' requests, and the batches that they are in, as correct replicas tell them. */
export class RequestFacts {
  private readonly clients = new Map<string, KnownClient>();
  private readonly batches = new Map<string, KnownBatch>();

  /** A pre-prepare was accepted; its batch is `requests`, where that is known. */
  accepts(
    cluster: PbftCluster,
    replica: Replica,
    digest: string,
    requests: readonly RequestRef[] | null,
    sequence: number,
    timeUs: Micros,
  ): void {
    let batch = this.batches.get(digest);
    if (batch === undefined) {
      batch = { requests: digest === NULL_DIGEST ? [] : undefined, by: replica, timeUs, sequence };
      this.batches.set(digest, batch);
    } else if (batch.sequence < sequence) batch.sequence = sequence;
    if (requests !== null) this.learn(cluster, replica, digest, batch, requests, timeUs);
  }

  /** The batch of a pre-prepare that was accepted before. */
  learns(
    cluster: PbftCluster,
    replica: Replica,
    digest: string,
    requests: readonly RequestRef[],
    timeUs: Micros,
  ): void {
    const batch = this.batches.get(digest);
    if (batch !== undefined) this.learn(cluster, replica, digest, batch, requests, timeUs);
  }

  /** DigestBinding and, of those that are new here, Validity. */
  private learn(
    cluster: PbftCluster,
    replica: Replica,
    digest: string,
    batch: KnownBatch,
    requests: readonly RequestRef[],
    timeUs: Micros,
  ): void {
    if (batch.requests === undefined) {
      batch.requests = requests;
      batch.by = replica;
      batch.timeUs = timeUs;
      for (const request of requests) this.learnRequest(cluster, replica, request, timeUs);
    } else if (!sameRequests(batch.requests, requests)) {
      cluster.report(
        'DigestBinding',
        `${replica.id} took other requests for digest ${digest} than ${batch.by.id}`,
        [batch.by, replica],
        timeUs,
        [
          `${seconds(batch.timeUs)}: at ${batch.by.id}, digest ${digest} was of ${requestsWords(batch.requests)}.`,
          `${seconds(timeUs)}: at ${replica.id} it was of ${requestsWords(requests)}.`,
        ],
        [...batch.requests, ...requests],
      );
    }
  }

  /** Validity, as far as a trace tells: a client gives each timestamp to one request, so the other is nobody's. */
  private learnRequest(cluster: PbftCluster, replica: Replica, request: RequestRef, timeUs: Micros): void {
    const { client, timestamp, digest } = request;
    const known = this.client(client).requests.get(timestamp);
    if (known === undefined) {
      this.client(client).requests.set(timestamp, { digest, by: replica, timeUs, executedAt: 0 });
    } else if (known.digest !== digest) {
      cluster.report(
        'Validity',
        `${replica.id} accepted another ${requestWords(request)} than ${known.by.id}`,
        [known.by, replica],
        timeUs,
        [
          `${seconds(known.timeUs)}: ${known.by.id} accepted ${requestWords(request)} with digest ${known.digest}.`,
          `${seconds(timeUs)}: ${replica.id} accepted one with digest ${digest}: one of them its client never made.`,
        ],
        [request],
      );
    }
  }

  /** A batch is executed for the first time in the cluster: ExactlyOnce, and Validity of what it is said to hold. */
  executes(
    cluster: PbftCluster,
    replica: Replica,
    sequence: number,
    digest: string,
    requests: readonly RequestRef[],
    skipped: readonly RequestRef[],
    timeUs: Micros,
  ): void {
    const batch = this.batches.get(digest);
    const known = digest === NULL_DIGEST ? [] : batch?.requests;
    // Of a process that was killed, the trace may lack what it took from whom.
    const foreign =
      known === undefined && !cluster.inOrder
        ? undefined
        : [...requests, ...skipped].find((request) => !known?.some((other) => isSame(other, request)));
    if (foreign !== undefined) {
      cluster.report(
        'Validity',
        `${replica.id} executed a request with sequence number ${sequence} that is not in its batch`,
        [replica],
        timeUs,
        [
          `Digest ${digest} was of ${known === undefined ? 'a batch that nobody had' : requestsWords(known)}.`,
          `${seconds(timeUs)}: ${replica.id} executed for it ${requestWords(foreign)}.`,
        ],
        [...(known ?? []), foreign],
      );
    }
    for (const request of requests) this.executesOne(cluster, replica, sequence, request, timeUs);
  }

  private executesOne(
    cluster: PbftCluster,
    replica: Replica,
    sequence: number,
    request: RequestRef,
    timeUs: Micros,
  ): void {
    const { client, timestamp, digest } = request;
    const of = this.client(client);
    let known = of.requests.get(timestamp);
    if (known === undefined) {
      known = { digest, by: replica, timeUs, executedAt: 0 };
      of.requests.set(timestamp, known);
    }
    if (known.executedAt === 0 && timestamp > of.past) {
      known.executedAt = sequence;
      return;
    }
    const words = requestWords(request);
    const where = known.executedAt === 0 ? 'Below what is remembered' : `With sequence number ${known.executedAt}`;
    cluster.report(
      'ExactlyOnce',
      `${replica.id} executed ${words} again`,
      [replica],
      timeUs,
      [
        `${where}, ${words} or a later one had been executed.`,
        `${seconds(timeUs)}: ${replica.id} executed it with sequence number ${sequence}.`,
      ],
      [request],
    );
  }

  /** Before what is known of a sequence number is forgotten. */
  settle({ execution }: SequenceFacts): void {
    for (const { client, timestamp } of execution?.requests ?? []) {
      const of = this.client(client);
      if (of.past < timestamp) of.past = timestamp;
      for (const earlier of of.requests.keys()) if (earlier <= of.past) of.requests.delete(earlier);
    }
  }

  /** Batches that nobody accepts any more. */
  forgetUpTo(floor: number): void {
    for (const [digest, { sequence }] of this.batches) if (sequence <= floor) this.batches.delete(digest);
  }

  private client(name: string): KnownClient {
    let client = this.clients.get(name);
    if (client === undefined) {
      client = { requests: new Map(), past: 0 };
      this.clients.set(name, client);
    }
    return client;
  }
}

export function sameRequests(left: readonly RequestRef[], right: readonly RequestRef[]): boolean {
  return left.length === right.length && left.every((request, index) => isSame(request, right[index] as RequestRef));
}

function isSame(left: RequestRef, right: RequestRef): boolean {
  return left.digest === right.digest && left.timestamp === right.timestamp && left.client === right.client;
}
