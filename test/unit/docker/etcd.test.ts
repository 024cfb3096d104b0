import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/history/events.js';
import { Random } from '../../../src/kernel/random.js';
import type { Reply, Request, Requests } from '../../../src/ports/requests.js';
import etcd from '../../../src/systems/etcd.js';

const NODES = ['n1', 'n2', 'n3'];
const CLOCK = { nowUs: () => 0, wallMs: () => 0, setTimer: () => 0, clearTimer: () => undefined };
const WRITE: Operation = { f: 'write', key: 'k', value: 1 };
const READ: Operation = { f: 'read', key: 'k' };

/** A client whose requests get these replies, as etcd 3.4 words them, one after the other. */
function clientWith(...replies: Reply[]) {
  const asked: { node: string; request: Request }[] = [];
  const requests: Requests = {
    async request(node, request) {
      asked.push({ node, request });
      return replies[Math.min(asked.length, replies.length) - 1] ?? { kind: 'refused', error: 'no reply is scripted' };
    },
  };
  const client = etcd.client({
    options: etcd.options.parse({}),
    nodes: NODES,
    requests,
    clock: CLOCK,
    random: new Random(1),
    id: 'c1',
    timeoutMs: 1000,
  });
  return { client, asked };
}

function failed(status: number, error: string): Reply {
  return { kind: 'answered', status, body: { error, message: error, code: 14 } };
}

const refused: Reply = { kind: 'refused', error: 'connection refused' };
const lost: Reply = { kind: 'lost', error: 'no answer within 1000 ms' };
const put: Reply = { kind: 'answered', status: 200, body: { header: { revision: '7' } } };

describe("etcd's client", () => {
  it.each([
    'etcdserver: request timed out',
    'etcdserver: request timed out, possibly due to previous leader failure',
    'etcdserver: leader changed',
    'etcdserver: server stopped',
    'an error that nobody has seen yet',
  ])('does not know what became of a write after "%s"', async (error) => {
    expect(await clientWith(failed(503, error)).client.invoke(WRITE)).toMatchObject({ type: 'info', error });
  });

  it.each([
    'etcdserver: too many requests',
    'etcdserver: mvcc: database space exceeded',
    'etcdserver: request is too large',
    'raft proposal dropped',
  ])('knows that a write did not happen after "%s"', async (error) => {
    expect(await clientWith(failed(503, error)).client.invoke(WRITE)).toMatchObject({ type: 'fail', error });
  });

  it('does not know what became of a write whose answer was lost, but a read is only a read', async () => {
    expect(await clientWith(lost).client.invoke(WRITE)).toMatchObject({ type: 'info' });
    expect(await clientWith(lost).client.invoke(READ)).toMatchObject({ type: 'fail' });
    expect(await clientWith(failed(503, 'etcdserver: leader changed')).client.invoke(READ)).toMatchObject({
      type: 'fail',
    });
  });

  it('asks the next member when one refuses, and stays with the one that answers', async () => {
    const { client, asked } = clientWith(refused, refused, put);
    expect(await client.invoke(WRITE)).toEqual({ type: 'ok', node: asked[2]?.node });
    expect(new Set(asked.map(({ node }) => node)).size).toBe(3);
    await client.invoke(WRITE);
    expect(asked[3]?.node).toBe(asked[2]?.node);
  });

  it('never sends a write again that may have arrived', async () => {
    const { client, asked } = clientWith(lost, put);
    expect(await client.invoke(WRITE)).toMatchObject({ type: 'info' });
    expect(asked).toHaveLength(1);
  });

  it('fails for sure when all members refuse', async () => {
    expect(await clientWith(refused).client.invoke(WRITE)).toEqual({ type: 'fail', error: 'connection refused' });
  });

  it('compares with an absent key where null is expected', async () => {
    const { client, asked } = clientWith({ kind: 'answered', status: 200, body: { succeeded: true } });
    expect(await client.invoke({ f: 'cas', key: 'k', value: [null, 1] })).toMatchObject({ type: 'ok' });
    expect(asked[0]?.request.body).toMatchObject({ compare: [{ target: 'VERSION', version: '0' }] });
  });

  it('takes an answer without "succeeded" for a comparison that failed', async () => {
    const { client } = clientWith({ kind: 'answered', status: 200, body: { header: { revision: '7' } } });
    expect(await client.invoke({ f: 'cas', key: 'k', value: [1, 2] })).toMatchObject({ type: 'fail' });
  });

  it('reads the values that it wrote, in any script, and null where there is none', async () => {
    const texts = ['žluťoučký 😀', '', '"'];
    for (const text of texts) {
      const { client, asked } = clientWith(put);
      await client.invoke({ f: 'write', key: 'k', value: text });
      const sent = asked[0]?.request.body;
      const value = typeof sent === 'object' && sent !== null && 'value' in sent ? sent.value : undefined;
      const answer: Reply = { kind: 'answered', status: 200, body: { kvs: [{ key: 'aw==', value }], count: '1' } };
      expect(await clientWith(answer).client.invoke(READ)).toMatchObject({ type: 'ok', value: text });
    }
    const absent: Reply = { kind: 'answered', status: 200, body: { header: { revision: '1' } } };
    expect(await clientWith(absent).client.invoke(READ)).toMatchObject({ type: 'ok', value: null });
  });
});
