import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { AssayError } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Requests } from '../../ports/requests.js';
import type { Engine } from './engine.js';
import type { RelayRoute } from './links.js';

// These are docker/sidecar.mjs's and docker/Dockerfile's as well.
export const CONTROL_PORT = 7070;
export const ECHO_PORT = 7072;
export const FIRST_RELAY_PORT = 7100;
/** The user that servers run as, and the sidecars' own: iptables knows the relay's connections by it. */
export const SERVER_UID = 10001;
export const SIDECAR_UID = 10002;

/** A pause without news tells that all has arrived. */
const COUNT_PAUSE_MS = 30;
const MAX_COUNT_READS = 50;

const countsSchema = z.record(z.string(), z.number());
type Counts = z.output<typeof countsSchema>;
const roundTripsSchema = z.record(z.string(), z.number().nullable());

/** Talks to the programs beside the nodes; see docker/sidecar.mjs. */
export class Sidecars {
  private probes = 0;

  constructor(
    private readonly engine: Engine,
    /** To the control ports. */
    private readonly requests: Requests,
    private readonly containerOf: (node: NodeId) => string,
  ) {}

  async setRoutes(node: NodeId, routes: readonly RelayRoute[]): Promise<void> {
    await this.call(node, 'POST', '/routes', { routes });
  }

  /**
   * Sends `count` datagrams over each link and counts what arrives: one direction at a time, which no TCP connection
   * can show. The answer is in the order of `links`.
   */
  async countDatagrams(links: readonly { from: NodeId; to: NodeId }[], count: number): Promise<number[]> {
    const nonce = String(++this.probes);
    const senders = [...new Set(links.map(({ from }) => from))];
    const receivers = [...new Set(links.map(({ to }) => to))];
    await Promise.all(
      senders.map((from) => {
        const hosts = links.filter((link) => link.from === from).map(({ to }) => to);
        return this.call(from, 'POST', '/datagrams', { from, nonce, count, hosts });
      }),
    );
    const latest = await this.settledCounts(receivers, nonce);
    return links.map(({ from, to }) => latest.get(to)?.[from] ?? 0);
  }

  /** Reads the receivers' counts until they no longer change: a busy machine takes its time to receive. */
  private async settledCounts(receivers: readonly NodeId[], nonce: string): Promise<ReadonlyMap<NodeId, Counts>> {
    const read = async () =>
      new Map(
        await Promise.all(
          receivers.map(async (node): Promise<[NodeId, Counts]> => {
            return [node, countsSchema.parse(await this.call(node, 'GET', `/datagrams?nonce=${nonce}`))];
          }),
        ),
      );
    let latest = await read();
    for (let reads = 0; reads < MAX_COUNT_READS; reads++) {
      await wait(COUNT_PAUSE_MS);
      const before = latest;
      latest = await read();
      if (total(before) === total(latest)) break;
    }
    return latest;
  }

  /** Milliseconds of one byte to each peer and back on a new connection, null where it did not come back. */
  async roundTripsMs(
    node: NodeId,
    peers: readonly NodeId[],
    timeoutMs: number,
  ): Promise<Readonly<Record<NodeId, number | null>>> {
    // As the server's user: the relay's own connections are not redirected.
    const { exitCode, output } = await this.engine.execute(this.containerOf(node), String(SERVER_UID), [
      'node',
      '/assay/sidecar.mjs',
      'round-trip',
      String(timeoutMs),
      ...peers,
    ]);
    if (exitCode !== 0) throw new AssayError('harness', `The round-trip probe of ${node} failed: ${output}`);
    return roundTripsSchema.parse(JSON.parse(output));
  }

  private async call(node: NodeId, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const reply = await this.requests.request(node, { method, path, body, timeoutMs: 10_000 });
    if (reply.kind === 'answered' && reply.status < 300) return reply.body;
    const detail = reply.kind === 'answered' ? `status ${reply.status} ${JSON.stringify(reply.body)}` : reply.error;
    throw new AssayError('harness', `The sidecar of ${node} did not answer ${method} ${path}: ${detail}`);
  }
}

function total(counts: ReadonlyMap<NodeId, Counts>): number {
  return [...counts.values()].flatMap(Object.values<number>).reduce((sum, count) => sum + count, 0);
}
