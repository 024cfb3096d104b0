import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssayError } from '../../../src/kernel/errors.js';
import { renderCampaignHtml } from '../../../src/report/campaign-html.js';
import { type ResultsServer, serveResults } from '../../../src/report/serve.js';
import { ResultsStore } from '../../../src/store/results.js';
import { sampleCampaign } from './sample-campaign.js';
import { writeSampleRun } from './sample-run.js';

let root: string;
let store: ResultsStore;
let server: ResultsServer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'assay-serve-'));
  writeFileSync(join(root, 'secret.txt'), 'not for the browser');
  const results = join(root, 'results');
  const { record } = writeSampleRun(join(results, '20261123T140000-valid'), { verdict: 'valid', seconds: 3 });
  writeSampleRun(join(results, '20261123T140100-killed'), { verdict: 'valid', seconds: 3, finished: false });
  const hostile = writeSampleRun(join(results, '20261123T140200-hostile'), { verdict: 'invalid', seconds: 3 });
  writeFileSync(
    join(hostile.folder, 'run.json'),
    JSON.stringify({
      ...hostile.record,
      startedAt: '2026-11-23T15:00:00.000Z',
      options: { ...hostile.record.options, workload: '<script>x' },
    }),
  );
  writeFileSync(join(hostile.folder, 'report.html'), 'the report as it was written');
  mkdirSync(join(results, '20261123T140300-broken'));
  writeFileSync(join(results, '20261123T140300-broken', 'run.json'), '{"format": 1,');
  mkdirSync(join(results, '20261123T140400-stray'));
  writeFileSync(join(results, '20261123T140400-stray', 'notes.txt'), 'neither run nor campaign');
  const campaign = sampleCampaign([record], { startedAt: '2026-11-23T13:00:00.000Z' });
  mkdirSync(join(results, campaign.id));
  writeFileSync(join(results, campaign.id, 'campaign.json'), JSON.stringify(campaign));
  writeFileSync(join(results, campaign.id, 'campaign.html'), renderCampaignHtml(campaign));
  symlinkSync('20261123T140000-valid', join(results, 'latest'));
  store = new ResultsStore(results);
  server = await serveResults({ store, port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const get = async (path: string) => {
  const response = await fetch(new URL(path, server.url));
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
};

/** Sends a path as it is: fetch would resolve the dots away before anybody could object to them. */
function rawGet(path: string): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });
}

describe('the server of results', () => {
  it('listens on this machine only', () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it('lists runs and campaigns, newest first', async () => {
    const { text, type } = await get('/');
    expect(type).toBe('text/html; charset=utf-8');
    const order = ['140200-hostile/report.html', 'certify-raft-quick-7/campaign.html'].map((part) =>
      text.indexOf(part),
    );
    expect(order[0]).toBeGreaterThan(0);
    expect(order[1]).toBeGreaterThan(order[0] ?? 0);
    expect(text).toContain('raft on sim: register under partition, kill, pause, clock');
    expect(text).not.toContain('href="latest/');
  });

  it('shows an unfinished run as such, and a broken one with the reason', async () => {
    const { text } = await get('/');
    expect(text).toContain('Unfinished');
    expect(text).toContain('going on, or its harness was killed');
    expect(text).toMatch(/140300-broken<div class="checkfacts">[^<]*run\.json is not a run record/);
    expect(text).toMatch(/140400-stray<div class="checkfacts">it has neither run\.json nor campaign\.json/);
  });

  it('escapes what a record says', async () => {
    const { text } = await get('/');
    expect(text).toContain('&lt;script&gt;x');
    expect(text).not.toContain('<script>x');
  });

  it('serves a report as it was written, and makes the one that a killed harness could not', async () => {
    expect((await get('/20261123T140200-hostile/report.html')).text).toBe('the report as it was written');
    const made = await get('/20261123T140100-killed/report.html');
    expect(made.status).toBe(200);
    expect(made.text).toContain('<span>Unfinished</span>');
  });

  it('leads from a campaign to its runs by the links that work on disk, too', async () => {
    const page = await get('/20261123T140000-certify-raft-quick-7/campaign.html');
    expect(page.status).toBe(200);
    expect(page.text).toContain('href="../20261123T140000-raft-sim-register-42/report.html"');
  });

  it('hands out record and history byte for byte', async () => {
    for (const file of ['run.json', 'history.ndjson']) {
      const { status, text } = await get(`/20261123T140000-valid/${file}`);
      expect(status).toBe(200);
      expect(text).toBe(readFileSync(join(store.path, '20261123T140000-valid', file), 'utf8'));
    }
  });

  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/20261123T140000-valid/../../secret.txt',
    '/20261123T140000-valid/..%2f..%2fsecret.txt',
    '/20261123T140000-valid/%2e%2e/%2e%2e/secret.txt',
    '/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/20261123T140400-stray/notes.txt',
    '/latest/run.json',
    '/%00/run.json',
    '/%/run.json',
    '//etc/passwd',
  ])('has nothing at %s', async (path) => {
    const { status, text } = await rawGet(path);
    expect(status).toBe(404);
    expect(text).not.toContain('not for the browser');
    expect(text).not.toContain('neither run nor campaign');
  });

  it('answers reads only', async () => {
    expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
    const head = await fetch(new URL('/20261123T140000-valid/run.json', server.url), { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('says in words that a port is taken, with the way out', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port)),
    );
    const error = await serveResults({ store, port }).catch((thrown: unknown) => thrown);
    other.close();
    expect(error).toBeInstanceOf(AssayError);
    expect(error).toMatchObject({ code: 'port-taken', wayOut: expect.stringContaining('--port') });
  });

  it('says what to do when there are no results yet', async () => {
    const empty = await serveResults({ store: new ResultsStore(join(root, 'nothing')), port: 0 });
    const text = await (await fetch(empty.url)).text();
    await empty.close();
    expect(text).toContain('npx assay run raft');
  });
});
