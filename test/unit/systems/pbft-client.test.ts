import { describe, expect, it } from 'vitest';
import { type ClientExtra, replyText } from '../../../src/consensus/pbft/index.js';
import type { Operation, Outcome } from '../../../src/history/events.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import { type Micros, usFromMs } from '../../../src/kernel/units.js';
import { RunKeys } from '../../../src/node/keys/run-keys.js';
import type { Client } from '../../../src/plugin/system.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { Reply, Request, Requests } from '../../../src/ports/requests.js';
import { loadCatalogue } from '../../../src/runner/catalogue.js';
import { runOptions } from '../../../src/runner/defaults.js';
import { planRun } from '../../../src/runner/plan.js';
import pbft from '../../../src/systems/pbft.js';

const TIMEOUT_MS = 4000;
const RETRY_MS = 500;
const READ: Operation = { f: 'read', key: 'k' };
const WRITE: Operation = { f: 'write', key: 'k', value: 1 };
const DONE: Outcome = { type: 'ok' };
const LIE: Outcome = { type: 'fail', error: 'a lie' };

interface Body {
  readonly operation: Operation;
  readonly session: { readonly client: string; readonly serial: number };
  readonly extra: ClientExtra;
}

interface Asked extends Body {
  readonly node: string;
  readonly timeMs: number;
}

/** What a replica does with a request: answers after some time, or never. */
type Answer = { readonly afterMs: number; readonly reply: Reply } | 'silence';
type Replica = (asked: Asked, world: World) => Answer;

/** A client among replicas that do as they are told, in time that passes only when nothing else is to do. */
class World implements Clock, Requests {
  readonly asked: Asked[] = [];
  readonly keys: RunKeys;
  readonly client: Client;
  private timeUs: Micros = 0;
  private timers: { atUs: Micros; fire: () => void }[] = [];

  constructor(
    readonly nodes: readonly string[],
    private readonly replica: Replica,
    options: Record<string, unknown> = {},
  ) {
    this.keys = new RunKeys(new Random(1), nodes);
    this.client = pbft.client({
      options: pbft.options.parse({ retryMs: RETRY_MS, ...options }),
      nodes,
      requests: this,
      clock: this,
      random: new Random(1),
      id: 'c1',
      timeoutMs: TIMEOUT_MS,
      identities: this.keys,
    });
  }

  nowUs(): Micros {
    return this.timeUs;
  }

  wallMs(): number {
    return this.timeUs / 1000;
  }

  setTimer(afterUs: Micros, fire: () => void) {
    const timer = { atUs: this.timeUs + afterUs, fire };
    this.timers.push(timer);
    return timer;
  }

  clearTimer(handle: unknown): void {
    this.timers = this.timers.filter((timer) => timer !== handle);
  }

  request(node: string, { body, timeoutMs }: Request): Promise<Reply> {
    const asked = { ...(body as Body), node, timeMs: this.timeUs / 1000 };
    this.asked.push(asked);
    const answer = this.replica(asked, this);
    return new Promise((resolve) => {
      if (answer !== 'silence' && answer.afterMs < timeoutMs) {
        this.setTimer(usFromMs(answer.afterMs), () => resolve(answer.reply));
      } else {
        this.setTimer(usFromMs(timeoutMs), () => resolve({ kind: 'lost', error: 'no answer' }));
      }
    });
  }

  async invoke(operation: Operation): Promise<{ answer: Outcome; tookMs: number; asked: Asked[] }> {
    const beganMs = this.timeUs / 1000;
    const before = this.asked.length;
    let answer: Outcome | undefined;
    void this.client.invoke(operation).then((outcome) => {
      answer = outcome;
    });
    while (answer === undefined) {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      if (answer !== undefined) break;
      this.timers.sort((left, right) => left.atUs - right.atUs);
      const next = this.timers.shift();
      if (!next) throw new Error('the client waits for nothing');
      this.timeUs = next.atUs;
      next.fire();
    }
    return { answer, tookMs: this.timeUs / 1000 - beganMs, asked: this.asked.slice(before) };
  }

  /** What `node` vouches for, under its own MAC. */
  voucher(node: string, { session: { client, serial } }: Body, outcome: Outcome, view = 0) {
    const text = replyText({ client, timestamp: serial }, view, JSON.stringify(outcome));
    return { replica: node, view, mac: this.keys.keyring(node).mac(client, text) };
  }

  vouched(node: string, body: Body, outcome: Outcome, view = 0): Reply {
    return answered({ type: 'vouched', outcome, voucher: this.voucher(node, body, outcome, view) });
  }
}

const answered = (body: unknown, status = 200): Reply => ({ kind: 'answered', status, body });
const refused: Reply = { kind: 'refused', error: 'connection refused' };

/** Correct replicas answer after 10 ms; those in `others` do what these say. */
function world(
  count: number,
  others: Record<string, Replica> = {},
  { outcome = DONE, view = 0, ...options }: { outcome?: Outcome; view?: number; [option: string]: unknown } = {},
): World {
  const correct: Replica = (asked, self) => ({ afterMs: 10, reply: self.vouched(asked.node, asked, outcome, view) });
  return new World(nodeIds(count), (asked, self) => (others[asked.node] ?? correct)(asked, self), options);
}

const lying =
  (outcome: Outcome = LIE, view = 0): Replica =>
  (asked, self) => ({ afterMs: 1, reply: self.vouched(asked.node, asked, outcome, view) });
const silent: Replica = () => 'silence';
const dead: Replica = () => ({ afterMs: 1, reply: refused });
const saying =
  (reply: (asked: Asked, self: World) => Reply): Replica =>
  (asked, self) => ({ afterMs: 1, reply: reply(asked, self) });

const kindsOf = (asked: readonly Asked[]) => asked.map(({ node, extra }) => `${node} ${extra.kind}`);

describe("a PBFT client's request", () => {
  it('goes to the primary, and everyone is asked for the reply', async () => {
    const { answer, asked } = await world(4).invoke(WRITE);
    expect(answer).toEqual(DONE);
    expect(kindsOf(asked)).toEqual(['n1 request', 'n2 await', 'n3 await', 'n4 await']);
    expect(new Set(asked.map(({ session, operation }) => JSON.stringify([session, operation]))).size).toBe(1);
  });

  it('is signed by the key that the name holds, or has a MAC for every replica', async () => {
    for (const authentication of ['signatures', 'macs']) {
      const self = world(4, {}, { authentication });
      const { asked } = await self.invoke(WRITE);
      const { session, operation, extra } = asked[0] as Asked;
      const text = `Request\n${session.client}\n${session.serial}\nordered\n${JSON.stringify(['write', 'k', 1])}`;
      expect(operation).toEqual(WRITE);
      if (extra.kind !== 'request') throw new Error('no request');
      for (const node of self.nodes) {
        const keyring = self.keys.keyring(node);
        const isAuthentic =
          'signature' in extra.auth
            ? keyring.verify(session.client, text, extra.auth.signature)
            : keyring.verifyMac(session.client, text, extra.auth.macs[node] ?? '');
        expect(isAuthentic, `${authentication} at ${node}`).toBe(true);
      }
      expect('signature' in extra.auth).toBe(authentication === 'signatures');
    }
  });

  it('goes to all who do not hold it when no answer came for a while', async () => {
    const late: Replica = (asked, self) =>
      asked.extra.kind === 'request' ? { afterMs: 10, reply: self.vouched(asked.node, asked, DONE) } : 'silence';
    const { answer, tookMs, asked } = await world(4, { n1: silent, n2: late, n3: late, n4: late }).invoke(WRITE);
    expect(answer).toEqual(DONE);
    expect(tookMs).toBe(RETRY_MS + 10);
    expect(kindsOf(asked.slice(4))).toEqual(['n2 request', 'n3 request', 'n4 request']);
  });

  it('goes to all at once when the primary is down, and does not press on who is', async () => {
    const { answer, tookMs, asked } = await world(4, { n1: dead }, { view: 1 }).invoke(WRITE);
    expect(answer).toEqual(DONE);
    expect(tookMs).toBeLessThan(20);
    expect(kindsOf(asked.slice(4))).toEqual(['n1 request', 'n2 request', 'n3 request', 'n4 request']);

    const nobody = await world(4, { n1: dead, n2: dead, n3: dead, n4: dead }).invoke(WRITE);
    expect(nobody.asked.length).toBeLessThan(4 * (2 + TIMEOUT_MS / RETRY_MS));
  });

  it('goes to the primary of the view that replicas name', async () => {
    const self = world(4, {}, { view: 6 });
    await self.invoke(WRITE);
    expect(kindsOf((await self.invoke(WRITE)).asked)).toContain('n3 request');
  });

  it("is not sent astray by one replica's word for the view", async () => {
    for (const view of [0, 7]) {
      const self = world(4, { n2: lying(DONE, view) }, { view: 4 });
      await self.invoke(WRITE);
      await self.invoke(WRITE);
      const { asked } = await self.invoke(WRITE);
      expect(kindsOf(asked)).toContain('n1 request');
    }
  });

  it('has a timestamp above all before it, and another name once the fate of one is open', async () => {
    let isUp = true;
    const flaky: Replica = (asked, self) =>
      isUp ? { afterMs: 10, reply: self.vouched(asked.node, asked, DONE) } : 'silence';
    const self = world(4, { n1: flaky, n2: flaky, n3: flaky, n4: flaky });
    await self.invoke(WRITE);
    await self.invoke(READ);
    isUp = false;
    expect((await self.invoke(WRITE)).answer).toMatchObject({ type: 'info' });
    isUp = true;
    await self.invoke(WRITE);
    const sessions = [...new Map(self.asked.map(({ session }) => [JSON.stringify(session), session])).values()];
    expect(sessions.map(({ serial }) => serial)).toEqual([1, 2, 3, 1]);
    expect(new Set(sessions.map(({ client }) => client)).size).toBe(2);
    expect(sessions[3]?.client).toMatch(/^c1\.2\.[\w-]{43}$/);
  });
});

describe('what a PBFT client believes', () => {
  it('is nothing that fewer than f+1 replicas vouch for, however early they are', async () => {
    expect((await world(4, { n1: lying() }).invoke(WRITE)).answer).toEqual(DONE);
    expect((await world(7, { n1: lying(), n5: lying() }).invoke(WRITE)).answer).toEqual(DONE);
    // f+1 traitors are one too many for any client.
    expect((await world(4, { n1: lying(), n2: lying() }).invoke(WRITE)).answer).toEqual(LIE);
  });

  it('is no replica twice, however often it is asked', async () => {
    let lies = 0;
    // Its word comes on both exchanges at about the same time.
    const twice: Replica = (asked, self) => {
      lies++;
      const afterMs = asked.extra.kind === 'await' ? RETRY_MS + 20 : 10;
      return { afterMs, reply: self.vouched(asked.node, asked, LIE) };
    };
    const { answer } = await world(4, { n1: silent, n2: twice, n3: silent, n4: silent }).invoke(WRITE);
    expect(answer).toEqual({ type: 'info', error: 'timeout' });
    expect(lies).toBe(2);
  });

  it("is no replica in another's name, and no voucher for another request, result or view", async () => {
    const forgeries: ((asked: Asked, self: World) => unknown)[] = [
      (asked, self) => self.voucher('n2', asked, LIE),
      (asked, self) => ({ ...self.voucher('n1', asked, LIE), replica: 'n2' }),
      (asked, self) => ({ ...self.voucher('n2', asked, LIE), replica: 'n1' }),
      (asked, self) => self.voucher('n1', { ...asked, session: { ...asked.session, serial: 7 } }, LIE),
      (asked, self) => self.voucher('n1', asked, DONE),
      (asked, self) => ({ ...self.voucher('n1', asked, LIE), view: 1 }),
    ];
    // n2 lies as well, with a voucher of its own: one more would do.
    for (const forge of forgeries) {
      const forger = saying((asked, self) => answered({ type: 'vouched', outcome: LIE, voucher: forge(asked, self) }));
      expect((await world(4, { n1: forger, n2: lying() }).invoke(WRITE)).answer).toEqual(DONE);
    }
  });

  it('is nothing that is no voucher', async () => {
    const bodies: ((asked: Asked, self: World) => unknown)[] = [
      () => undefined,
      () => null,
      () => 'vouched',
      () => [],
      () => LIE,
      () => ({ type: 'vouched' }),
      () => ({ type: 'vouched', outcome: LIE, voucher: null }),
      (asked, self) => ({ type: 'vouched', outcome: null, voucher: self.voucher('n1', asked, LIE) }),
      (asked, self) => ({ type: 'vouched', outcome: LIE, voucher: { ...self.voucher('n1', asked, LIE), view: '0' } }),
      (asked, self) => ({ type: 'vouched', outcome: LIE, voucher: { ...self.voucher('n1', asked, LIE), mac: 7 } }),
      (asked, self) => ({ ...{ outcome: LIE, voucher: self.voucher('n1', asked, LIE) }, type: 'vouch' }),
    ];
    for (const body of bodies) {
      const odd = saying((asked, self) => answered(body(asked, self)));
      expect((await world(4, { n1: odd, n2: lying() }).invoke(WRITE)).answer).toEqual(DONE);
    }
    const failing = saying((asked, self) => ({ ...self.vouched('n1', asked, LIE), status: 500 }) as Reply);
    expect((await world(4, { n1: failing, n2: lying() }).invoke(WRITE)).answer).toEqual(DONE);
    // An open outcome is no result of a request.
    const info: Outcome = { type: 'info', error: 'who knows' };
    expect((await world(4, { n1: lying(info), n2: lying(info) }).invoke(WRITE)).answer).toEqual(DONE);
  });
});

describe("a PBFT client's outcomes", () => {
  it('a request that nobody received surely did not happen', async () => {
    const { answer } = await world(4, { n1: dead, n2: dead, n3: dead, n4: dead }).invoke(WRITE);
    expect(answer).toEqual({ type: 'fail', error: 'no replica could be reached' });
  });

  it('an update that somebody may have received may have happened; a read changes nothing', async () => {
    const quiet = { n1: dead, n2: silent, n3: dead, n4: dead };
    expect((await world(4, quiet).invoke(WRITE)).answer).toEqual({ type: 'info', error: 'timeout' });
    expect((await world(4, quiet).invoke(READ)).answer).toEqual({ type: 'fail', error: 'timeout' });
  });

  it('come within the timeout', async () => {
    for (const replica of [silent, dead, lying()]) {
      const { tookMs } = await world(4, { n1: replica, n2: silent, n3: silent, n4: silent }).invoke(WRITE);
      expect(tookMs).toBeLessThanOrEqual(TIMEOUT_MS);
    }
  });
});

describe('a read that is not ordered', () => {
  const value = (number: number): Outcome => ({ type: 'ok', value: number });

  it('goes to all, and is believed when a quorum agrees', async () => {
    const { answer, asked } = await world(4, { n1: lying() }, { outcome: value(7), reads: 'read-only' }).invoke(READ);
    expect(answer).toEqual(value(7));
    expect(asked.map(({ node, extra }) => [node, 'readOnly' in extra && extra.readOnly])).toEqual(
      nodeIds(4).map((node) => [node, true]),
    );
  });

  it('is ordered under another name, and leaves no gap among timestamps there, as soon as no quorum can agree', async () => {
    const stale =
      (fresh: number): Replica =>
      (asked, self) => {
        const isReadOnly = asked.extra.kind === 'request' && asked.extra.readOnly;
        return { afterMs: 10, reply: self.vouched(asked.node, asked, value(isReadOnly ? fresh : 9)) };
      };
    const self = world(4, { n1: stale(1), n2: stale(1), n3: stale(2), n4: stale(2) }, { reads: 'read-only' });
    const { answer, asked, tookMs } = await self.invoke(READ);
    expect(answer).toEqual(value(9));
    expect(tookMs).toBe(20);
    expect(kindsOf(asked.slice(4))).toEqual(['n1 request', 'n2 await', 'n3 await', 'n4 await']);
    expect(asked.map(({ session }) => session.serial)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(new Set(asked.map(({ session }) => session.client)).size).toBe(2);
    const next = (await self.invoke(READ)).asked;
    expect(next.map(({ session }) => session)).toEqual(
      asked.map(({ session: { client, serial } }) => ({ client, serial: serial + 1 })),
    );
  });

  it('is ordered when too many are silent', async () => {
    const isReadOnly = ({ extra }: Asked) => extra.kind === 'request' && extra.readOnly;
    const shy: Replica = (asked, self) =>
      isReadOnly(asked) ? 'silence' : { afterMs: 10, reply: self.vouched(asked.node, asked, value(9)) };
    const open: Replica = (asked, self) => {
      return { afterMs: 10, reply: self.vouched(asked.node, asked, isReadOnly(asked) ? value(1) : value(9)) };
    };
    const replicas = { n1: shy, n2: shy, n3: open, n4: open };
    const { answer, tookMs } = await world(4, replicas, { reads: 'read-only' }).invoke(READ);
    expect(answer).toEqual(value(9));
    expect(tookMs).toBe(RETRY_MS + 10);
  });

  it('has updates wait for a quorum, so that a later read meets one that has executed them', async () => {
    const silent: Replica = () => 'silence';
    const few = { n3: silent, n4: silent };
    expect((await world(4, few, { reads: 'read-only' }).invoke(WRITE)).answer).toEqual({
      type: 'info',
      error: 'timeout',
    });
    expect((await world(4, few).invoke(WRITE)).answer).toMatchObject(DONE);
    expect((await world(4, { n4: silent }, { reads: 'read-only' }).invoke(WRITE)).answer).toMatchObject(DONE);
  });

  it('writes are ordered all the same', async () => {
    const { asked } = await world(4, {}, { reads: 'read-only' }).invoke(WRITE);
    expect(kindsOf(asked)).toEqual(['n1 request', 'n2 await', 'n3 await', 'n4 await']);
  });
});

describe('the PBFT system', () => {
  it('needs what clients and nodes sign with, and four nodes', () => {
    const context = { id: 'n1', nodes: nodeIds(4), random: new Random(1), options: {} };
    const keys = new RunKeys(new Random(1), nodeIds(4)).keyring('n1');
    if (pbft.node.kind !== 'hosted') throw new Error('not hosted');
    const { create } = pbft.node;
    expect(() => create(context)).toThrow('the pbft node n1 was given no keys');
    expect(() => create({ ...context, nodes: nodeIds(3), keys })).toThrow('pbft needs at least 4 nodes, not 3');
    expect(create({ ...context, keys }).status()).toMatchObject({ up: true });
    const clientContext = {
      options: pbft.options.parse({}),
      nodes: nodeIds(4),
      requests: { request: async () => refused },
      clock: world(4),
      random: new Random(1),
      id: 'c1',
      timeoutMs: 1,
    };
    expect(() => pbft.client(clientContext)).toThrow('clients of pbft need keys, and this cluster makes none');
  });

  it('a run with fewer is refused before anything starts', async () => {
    const catalogue = await loadCatalogue(process.cwd());
    await expect(planRun(runOptions({ system: 'pbft', nodes: 3 }), catalogue)).rejects.toMatchObject({
      code: 'bad-argument',
      message: 'pbft needs at least 4 nodes, not 3',
      wayOut: expect.stringContaining('--nodes 4'),
    });
    await expect(planRun(runOptions({ system: 'pbft', nodes: 4 }), catalogue)).resolves.toBeDefined();
  });

  it('the log has room for two checkpoints, or everyone would wait for each', () => {
    expect(pbft.options.safeParse({ logWindow: 150 }).error?.issues[0]?.message).toMatch(
      /twice the checkpoint interval/,
    );
    expect(pbft.options.parse({ logWindow: 20, checkpointInterval: 10 })).toMatchObject({ logWindow: 20 });
  });
});
