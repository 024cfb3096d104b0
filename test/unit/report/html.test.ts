import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/html.js';
import { html, jsonForScript } from '../../../src/report/page/markup.js';
import type { RunView } from '../../../src/report/view.js';
import { RunFolder } from '../../../src/store/results.js';
import { writePbftRun } from './sample-pbft-run.js';
import { writeSampleRun } from './sample-run.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-html-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function page(options: Parameters<typeof writeSampleRun>[1]): Promise<string> {
  const name = mkdtempSync(join(root, 'run-'));
  return renderHtml(writeSampleRun(name, options).folder);
}

/** The visible document: without style, scripts and data. */
function documentOf(text: string): string {
  return text.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<script[\s\S]*?<\/script>/g, '');
}

function dataOf(text: string): RunView {
  const match = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(text);
  return JSON.parse(match?.[1] ?? '') as RunView;
}

describe('a report', () => {
  it('gives the verdict and the narrative before anything else', async () => {
    const text = documentOf(await page({ verdict: 'valid', seconds: 5 }));
    const order = [
      '>Valid<',
      'No violation was found',
      'npx assay run raft',
      'id="timeline"',
      'id="checks"',
      'id="faults"',
      'id="facts"',
    ];
    const places = order.map((part) => text.indexOf(part));
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(text).not.toContain('id="anomaly"');
  });

  it('of an invalid run opens at the anomaly: its story and the operations that force it', async () => {
    const text = documentOf(await page({ verdict: 'invalid', seconds: 5 }));
    expect(text.indexOf('id="anomaly"')).toBeLessThan(text.indexOf('id="timeline"'));
    expect(text).toContain('<li>Process 1 wrote 41 to k9');
    for (const operation of ['write k9 41 (n3)', 'write k9 42 (n3)', 'read k9 → 41 (n5)'])
      expect(text).toContain(operation);
    expect(text).toMatch(/data-jump="\d+,\d+"/);
  });

  it('of an unknown run names the doubt and each fault that had no effect', async () => {
    const text = documentOf(await page({ verdict: 'unknown', seconds: 20 }));
    expect(text).toContain('>Unknown<');
    expect(text).toContain('not confirmed');
    expect(text).toContain('the fault had no effect');
  });

  it('shows what the run came upon and what not, where its system leaves a trace', async () => {
    const { folder, record } = writeSampleRun(mkdtempSync(join(root, 'run-')), { verdict: 'valid', seconds: 3 });
    expect(documentOf(await renderHtml(folder))).not.toContain('id="reach"');
    const told = { kind: 'state', statement: 'It was there.', source: '§5.2' } as const;
    const coverage = [
      { ...told, name: 'leader <change>', times: 1200 },
      { ...told, name: 'split vote', times: 0 },
    ];
    const [first, ...others] = record.checks;
    if (first === undefined) throw new Error('no check');
    new RunFolder(folder).writeRecord({ ...record, checks: [{ ...first, coverage }, ...others] });
    const text = documentOf(await renderHtml(folder));
    expect(text).toContain('<details class="more reach"><summary>1 of 2 were never reached</summary>');
    expect(text).toContain('<summary>1 of 2 states of the cluster were reached</summary>');
    expect(text).toMatch(/leader &lt;change&gt;[\s\S]*1,200/);
  });

  it('lists the traitors, where there were any', async () => {
    expect(documentOf(await page({ verdict: 'valid', seconds: 2 }))).not.toContain('id="traitors"');
    const { folder } = writePbftRun(mkdtempSync(join(root, 'run-')));
    const text = documentOf(await renderHtml(folder));
    const table = /id="traitors"[\s\S]*?<\/section>/.exec(text)?.[0] ?? '';
    expect(table.match(/<tr>/g)).toHaveLength(2);
    expect(table).toMatch(/>n1<[\s\S]*equivocate[\s\S]*>n2<[\s\S]*data-label="misdeeds">[1-9]/);
  });

  it('says what is missing when the trace was dropped, and how to have it again', async () => {
    const { folder } = writePbftRun(join(root, 'dropped'));
    expect(await renderHtml(folder)).not.toContain('Without the trace');
    rmSync(join(folder, 'trace.ndjson'));
    const page = await renderHtml(folder);
    const { id } = await new RunFolder(folder).readRecord();
    expect(page).not.toContain('id="phases"');
    expect(page).toMatch(/no phases of batches and no view changes/);
    expect(page).toContain(`<code>npx assay replay ${id}</code>`);
    expect(page).toMatch(/what only trace\.ndjson tells, which is not there any more/);
    expect(page).toContain('each view and its primary');
  });

  it('of an unfinished run says so and shows what there is', async () => {
    const text = documentOf(await page({ verdict: 'valid', seconds: 5, finished: false }));
    expect(text).toContain('>Unfinished<');
    expect(text).toContain('nothing was decided');
    expect(text).not.toContain('>Valid<');
  });

  it('loads nothing: no address of another host, and a policy that forbids it', async () => {
    const text = await page({ verdict: 'invalid', seconds: 5 });
    const script = /<script>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '';
    const hash = createHash('sha256').update(script).digest('base64');
    expect(script.length).toBeGreaterThan(5000);
    expect(text).toContain(`script-src &#39;sha256-${hash}&#39;`);
    expect(text).toContain('default-src &#39;none&#39;');
    expect(documentOf(text)).not.toMatch(/(?:src|href)="(?!#|data:,")/);
    expect(text).not.toMatch(/@import|url\(/);
  });

  it('is made harmless whatever a system under test puts into values, errors and probes', async () => {
    const hostile = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'&\u2028';
    const text = await page({ verdict: 'invalid', seconds: 5, text: hostile });
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('<img');
    expect(text.match(/<script/g)).toHaveLength(2);
    // It is shown, not lost.
    expect(documentOf(text)).toContain('&lt;/script&gt;&lt;script&gt;alert(1)');
    expect(dataOf(text).operations.result.some((result) => result.includes('<script>alert(1)'))).toBe(true);
  });
});

describe('markup', () => {
  it('escapes whatever is filled in, except markup itself', () => {
    const inner = html`<b>${'<i>'}</b>`;
    expect(html`<p title="${'"&\''}">${inner}${[1, undefined, '>']}</p>`.text).toBe(
      '<p title="&quot;&amp;&#39;"><b>&lt;i&gt;</b>1&gt;</p>',
    );
  });

  it('writes JSON that cannot end its script and reads back equal', () => {
    const value = { a: '</script>', b: '<!--', c: '\u2028&', d: [1, null] };
    const { text } = jsonForScript(value);
    expect(text).not.toMatch(/[<>&\u2028]/);
    expect(JSON.parse(text)).toEqual(value);
  });
});
