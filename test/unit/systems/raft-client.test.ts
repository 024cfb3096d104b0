import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/history/events.js';
import { Random } from '../../../src/kernel/random.js';
import { type Micros, usFromMs } from '../../../src/kernel/units.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { Reply, Request, Requests } from '../../../src/ports/requests.js';
import { loadCatalogue } from '../../../src/runner/catalogue.js';
import { runOptions } from '../../../src/runner/defaults.js';
import { planRun } from '../../../src/runner/plan.js';
import raft from '../../../src/systems/raft.js';

const NODES = ['n1', 'n2', 'n3'];
const TIMEOUT_MS = 2000;
const READ: Operation = { f: 'read', key: 'k' };
const WRITE: Operation = { f: 'write', key: 'k', value: 1 };

interface Asked {
  readonly node: string;
  readonly timeMs: number;
  readonly body: {
    readonly operation: Operation;
    readonly session?: { readonly client: string; readonly serial: number };
  };
}

/** Time that passes only while somebody waits. */
class WaitingClock implements Clock {
  private timeUs: Micros = 0;

  nowUs(): Micros {
    return this.timeUs;
  }

  wallMs(): number {
    return this.timeUs / 1000;
  }

  setTimer(afterUs: Micros, fire: () => void): undefined {
    this.pass(afterUs);
    queueMicrotask(fire);
  }

  clearTimer(): void {}

  pass(durationUs: Micros): void {
    this.timeUs += durationUs;
  }
}

/** A client of a cluster that answers as `answer` says; a reply that is lost takes the whole timeout. */
function clientOf(answer: (node: string, number: number) => Reply, options: Record<string, unknown> = {}) {
  const clock = new WaitingClock();
  const asked: Asked[] = [];
  const requests: Requests = {
    async request(node: string, { body, timeoutMs }: Request) {
      asked.push({ node, timeMs: clock.nowUs() / 1000, body: body as Asked['body'] });
      const reply = answer(node, asked.length);
      clock.pass(usFromMs(reply.kind === 'lost' ? timeoutMs : 1));
      return reply;
    },
  };
  const client = raft.client({
    options: raft.options.parse(options),
    nodes: NODES,
    requests,
    clock,
    random: new Random(1),
    id: 'c1',
    timeoutMs: TIMEOUT_MS,
  });
  return { client, asked, clock };
}

const ok: Reply = { kind: 'answered', status: 200, body: { type: 'ok', value: 7 } };
const refused: Reply = { kind: 'refused', error: 'connection refused' };
const lost: Reply = { kind: 'lost', error: 'no answer' };
const redirect = (leader: string | null): Reply => ({
  kind: 'answered',
  status: 421,
  body: { type: 'redirect', leader },
});

describe("the Raft client's way to the leader", () => {
  it('follows a redirect at once, and stays with the leader', async () => {
    const { client, asked } = clientOf((node) => (node === 'n2' ? ok : redirect('n2')));
    expect(await client.invoke(WRITE)).toEqual({ type: 'ok', value: 7, node: 'n2' });
    await client.invoke(READ);
    const tries = asked.map(({ node }) => node);
    expect(tries.slice(-2)).toEqual(['n2', 'n2']);
    expect(tries.length).toBeLessThanOrEqual(3);
    expect(asked.at(-1)?.timeMs).toBeLessThan(5);
  });

  it('asks every node in turn while each refuses the connection', async () => {
    const { client, asked } = clientOf((_, number) => (number <= 3 ? refused : ok));
    expect(await client.invoke(WRITE)).toMatchObject({ type: 'ok' });
    expect(new Set(asked.slice(0, 3).map(({ node }) => node))).toEqual(new Set(NODES));
  });

  it('pauses between hints that contradict each other', async () => {
    const { client, asked } = clientOf((node) => redirect(node === 'n1' ? 'n2' : 'n1'));
    expect(await client.invoke(WRITE)).toMatchObject({ type: 'fail', error: 'no-leader' });
    // Two tries a pause of 10 ms at least.
    expect(asked.length).toBeLessThan((2 * TIMEOUT_MS) / 10);
    expect(asked.length).toBeGreaterThan(10);
  });

  it('does not believe a hint to a node that is none, or to the one who gives it', async () => {
    for (const hint of ['n9', null]) {
      const { client, asked } = clientOf((_, number) => (number === 1 ? redirect(hint) : ok));
      await client.invoke(WRITE);
      expect(NODES).toContain(asked[1]?.node);
      expect(asked[1]?.node).not.toBe(asked[0]?.node);
    }
    const { client, asked } = clientOf((node, number) => (number === 1 ? redirect(node) : ok));
    await client.invoke(WRITE);
    expect(asked[1]?.node).not.toBe(asked[0]?.node);
  });

  it('reads of `reads: follower` stay with one node, whoever leads', async () => {
    const { client, asked } = clientOf((node) => (node === asked[0]?.node ? ok : redirect(null)), {
      reads: 'follower',
    });
    for (let count = 0; count < 5; count++) expect(await client.invoke(READ)).toMatchObject({ type: 'ok' });
    expect(new Set(asked.map(({ node }) => node)).size).toBe(1);
  });
});

describe("the Raft client's session", () => {
  it('sends an unanswered write again in the same session under the same serial', async () => {
    const { client, asked } = clientOf((_, number) => (number === 1 ? lost : ok));
    expect(await client.invoke(WRITE)).toMatchObject({ type: 'ok' });
    expect(asked).toHaveLength(2);
    expect(asked[0]?.body.session).toBeDefined();
    expect(asked[1]?.body).toEqual(asked[0]?.body);
    expect(asked[1]?.node).not.toBe(asked[0]?.node);
  });

  it('counts its writes, whatever their outcome was, and its reads not at all', async () => {
    const mismatch: Reply = { kind: 'answered', status: 200, body: { type: 'fail', error: 'cas-mismatch' } };
    const { client, asked } = clientOf((_, number) => (number === 2 ? mismatch : ok));
    await client.invoke(WRITE);
    expect(await client.invoke({ f: 'cas', key: 'k', value: [1, 2] })).toMatchObject({ type: 'fail' });
    await client.invoke(READ);
    await client.invoke(WRITE);
    expect(asked.map(({ body }) => body.session?.serial)).toEqual([1, 2, undefined, 3]);
    expect(new Set(asked.flatMap(({ body }) => body.session?.client ?? [])).size).toBe(1);
  });

  it('begins another session after a write whose fate is open: its serial must not be used again', async () => {
    const { client, asked } = clientOf(() => lost);
    await client.invoke(WRITE);
    const first = asked.length;
    await client.invoke(WRITE);
    expect(asked[first]?.body.session?.client).not.toBe(asked[0]?.body.session?.client);
    expect(asked[first]?.body.session?.serial).toBe(1);
  });

  it('without retries, one unanswered write ends the operation', async () => {
    const { client, asked } = clientOf(() => lost, { retries: false });
    expect(await client.invoke(WRITE)).toMatchObject({ type: 'info', error: 'no answer' });
    expect(asked).toHaveLength(1);
  });
});

describe("the Raft client's outcomes", () => {
  it('a write that reached nobody surely did not happen', async () => {
    expect(await clientOf(() => refused).client.invoke(WRITE)).toEqual({ type: 'fail', error: 'connection refused' });
    expect(await clientOf(() => redirect(null)).client.invoke(WRITE)).toMatchObject({ type: 'fail' });
  });

  it('a write that went unanswered once may have happened, even if all later tries were refused', async () => {
    const { client } = clientOf((_, number) => (number === 1 ? lost : refused));
    expect(await client.invoke(WRITE)).toMatchObject({ type: 'info', error: 'no answer' });
  });

  it('a write may have happened after an answer that says so, or that says nothing', async () => {
    const unknown: Reply = { kind: 'answered', status: 200, body: { type: 'info', error: 'leadership-lost' } };
    const odd: Reply = { kind: 'answered', status: 500, body: 'oops' };
    expect(await clientOf(() => unknown).client.invoke(WRITE)).toMatchObject({
      type: 'info',
      error: 'leadership-lost',
    });
    expect(await clientOf(() => odd).client.invoke(WRITE)).toMatchObject({ type: 'info', error: 'http-500' });
  });

  it('a read never has an unknown outcome: it changes nothing', async () => {
    expect(await clientOf(() => lost).client.invoke(READ)).toMatchObject({ type: 'fail' });
    expect(await clientOf((_, number) => (number === 1 ? lost : ok)).client.invoke(READ)).toMatchObject({
      type: 'ok',
      value: 7,
    });
  });

  it('an operation ends within its timeout', async () => {
    for (const reply of [lost, refused, redirect('n2')]) {
      const { client, clock } = clientOf(() => reply);
      await client.invoke(WRITE);
      expect(clock.nowUs()).toBeLessThanOrEqual(usFromMs(TIMEOUT_MS + 1));
    }
  });
});

describe("the Raft system's options", () => {
  const plan = async (systemOptions: Record<string, unknown>) =>
    planRun(runOptions({ system: 'raft', systemOptions }), await loadCatalogue(process.cwd()));

  it('leases need CheckQuorum', async () => {
    await expect(plan({ reads: 'lease', checkQuorum: 'false' })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/option "checkQuorum" of system raft .*leases need it/),
    });
    await expect(plan({ reads: 'lease' })).resolves.toMatchObject({ systemOptions: { checkQuorum: true } });
  });

  it('heartbeats come more often than elections time out', async () => {
    await expect(plan({ heartbeatMs: '600ms' })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/option "heartbeatMs" of system raft .*shorter than the election timeout/),
    });
    // The default of one option may be what does not fit the other.
    await expect(plan({ electionTimeoutMs: '50ms' })).rejects.toMatchObject({
      code: 'bad-option',
      message: expect.stringMatching(/option "heartbeatMs" of system raft cannot stay at its default: must be shorter/),
    });
    await expect(plan({ heartbeatMs: '600ms', electionTimeoutMs: '2s' })).resolves.toMatchObject({
      systemOptions: { heartbeatMs: 600, electionTimeoutMs: 2000 },
    });
  });
});
