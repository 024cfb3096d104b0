import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCampaignHtml } from '../../src/report/campaign-html.js';
import { renderHtml } from '../../src/report/html.js';
import { serveResults } from '../../src/report/serve.js';
import { ResultsStore } from '../../src/store/results.js';
import { findChromium } from '../support/requirements.js';
import { sampleCampaign } from '../unit/report/sample-campaign.js';
import { writePbftRun } from '../unit/report/sample-pbft-run.js';
import { type SampleOptions, writeSampleRun } from '../unit/report/sample-run.js';

const executablePath = findChromium();
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page with everything that it complained of and asked for. */
interface Opened {
  readonly page: Page;
  readonly complaints: string[];
  readonly requests: string[];
}

describe.skipIf(executablePath === undefined)('a report in a browser', () => {
  let root: string;
  let browser: Browser;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'assay-browser-'));
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: QUIET });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function openUrl(url: string, context: BrowserContextOptions = {}): Promise<Opened> {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...context })).newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    return { page, complaints, requests };
  }

  async function openRun(sample: SampleOptions, context: BrowserContextOptions = {}): Promise<Opened> {
    const { folder } = writeSampleRun(mkdtempSync(join(root, 'run-')), sample);
    const file = join(folder, 'report.html');
    writeFileSync(file, await renderHtml(folder));
    const opened = await openUrl(pathToFileURL(file).href, context);
    await timelineOf(opened.page).and(opened.page.locator('[data-from-us]')).waitFor();
    return opened;
  }

  const timelineOf = (page: Page) => page.getByRole('application');
  const shown = async (timeline: Locator) => {
    // Drawing happens in the next frame.
    await timeline.page().evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    const [fromUs, toUs] = [await timeline.getAttribute('data-from-us'), await timeline.getAttribute('data-to-us')];
    return { fromUs: Number(fromUs), toUs: Number(toUs), spanUs: Number(toUs) - Number(fromUs) };
  };

  /** Looks for a place of the timeline whose tooltip says `text`, and moves the pointer there. */
  async function findOnTimeline(page: Page, text: RegExp): Promise<{ x: number; y: number }> {
    await page.evaluate('document.querySelector("#instrument").scrollIntoView({ behavior: "instant" })');
    const place = (await page.evaluate(`(${SCAN})(${text})`)) as { x: number; y: number } | null;
    if (!place) throw new Error(`nothing on the timeline says ${text}`);
    await page.mouse.move(place.x, place.y);
    return place;
  }

  it('opens without a complaint and without asking the network for anything', async () => {
    const { page, complaints, requests } = await openRun({ verdict: 'valid', seconds: 20 });
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Valid');
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    expect(requests.filter((url) => url.startsWith('file:'))).toHaveLength(1);
  });

  it('of an invalid run shows the anomaly’s story and the timeline around it', async () => {
    const { page, complaints } = await openRun({ verdict: 'invalid', seconds: 20 });
    const story = page.locator('#anomaly .story li');
    expect(await story.count()).toBe(3);
    expect(await story.first().isVisible()).toBe(true);
    const top = (await story.first().boundingBox())?.y ?? Number.POSITIVE_INFINITY;
    expect(top).toBeLessThan(900);
    expect(await page.locator('#anomaly svg text', { hasText: 'read k9 → 41 (n5)' }).count()).toBe(1);
    // 11 s is where the sample's stale read stands.
    const { fromUs, toUs } = await shown(timelineOf(page));
    expect(fromUs).toBeGreaterThan(10_800_000);
    expect(toUs).toBeLessThan(11_300_000);
    expect(complaints).toEqual([]);
  });

  it('zooms by button, key and wheel, and shows the whole run again', async () => {
    const { page } = await openRun({ verdict: 'valid', seconds: 20 });
    const timeline = timelineOf(page);
    const whole = await shown(timeline);
    expect(whole).toEqual({ fromUs: 0, toUs: 25_000_000, spanUs: 25_000_000 });
    await page.getByRole('button', { name: 'Zoom in' }).click();
    const byButton = await shown(timeline);
    expect(byButton.spanUs).toBeCloseTo(whole.spanUs / 2, -2);
    await timeline.focus();
    await page.keyboard.press('+');
    const byKey = await shown(timeline);
    expect(byKey.spanUs).toBeLessThan(byButton.spanUs);
    await page.keyboard.press('ArrowRight');
    expect((await shown(timeline)).fromUs).toBeGreaterThan(byKey.fromUs);
    await timeline.hover({ position: { x: 500, y: 60 } });
    await page.mouse.wheel(0, -200);
    expect((await shown(timeline)).spanUs).toBeLessThan(byKey.spanUs * 0.9);
    await page.getByRole('button', { name: 'Show the whole run' }).click();
    expect(await shown(timeline)).toEqual(whole);
  });

  it('lets the page scroll past the timeline while nobody works with it', async () => {
    const { page } = await openRun({ verdict: 'valid', seconds: 10 });
    const timeline = timelineOf(page);
    const before = await shown(timeline);
    await timeline.hover({ position: { x: 500, y: 60 } });
    const scrolled = Number(await page.evaluate('window.scrollY'));
    await page.mouse.wheel(0, 300);
    await page.waitForFunction(`window.scrollY > ${scrolled}`);
    expect(await shown(timeline)).toEqual(before);
  });

  it('moves with the pointer that drags it', async () => {
    const { page } = await openRun({ verdict: 'invalid', seconds: 20 });
    const timeline = timelineOf(page);
    await timeline.scrollIntoViewIfNeeded();
    const before = await shown(timeline);
    const box = await timeline.boundingBox();
    if (!box) throw new Error('the timeline has no box');
    await page.mouse.move(box.x + 600, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + 500, box.y + 30, { steps: 4 });
    await page.mouse.up();
    const after = await shown(timeline);
    expect(Math.abs(after.spanUs - before.spanUs)).toBeLessThanOrEqual(1);
    expect(after.fromUs).toBeGreaterThan(before.fromUs);
    // A drag pins nothing.
    expect(await page.locator('.pinned').textContent()).toContain('Click anything');
  });

  it('tells all about an operation under the pointer, and keeps it when clicked', async () => {
    const { page } = await openRun({ verdict: 'invalid', seconds: 20 });
    const { x, y } = await findOnTimeline(page, /read k9 → 41/);
    const tip = await page.locator('.tip').textContent();
    for (const part of ['process10004', 'ok: acknowledged', 'after 2.30 ms', 'answered byn5', 'force the verdict']) {
      expect(tip).toContain(part);
    }
    await page.mouse.click(x, y);
    await page.mouse.move(0, 0);
    expect(await page.locator('.tip').isVisible()).toBe(false);
    expect(await page.locator('.pinned b').textContent()).toBe('read k9 → 41');
  });

  it('tells all about a fault under the pointer: its probes and what was acknowledged meanwhile', async () => {
    const { page } = await openRun({ verdict: 'valid', seconds: 20 });
    await findOnTimeline(page, /partition: cut/);
    const tip = await page.locator('.tip').textContent();
    expect(tip).toMatch(/injectedconfirmed: n1→n2: connect timed out/);
    expect(tip).toMatch(/acknowledged meanwhile\d+/);
  });

  it('shows replicas in their views, traitors in a strip of their own, and how far each batch came', async () => {
    const { folder } = writePbftRun(mkdtempSync(join(root, 'run-')), { behaviour: 'silent' });
    const file = join(folder, 'report.html');
    writeFileSync(file, await renderHtml(folder));
    const { page, complaints } = await openUrl(pathToFileURL(file).href);
    await timelineOf(page).and(page.locator('[data-from-us]')).waitFor();
    await findOnTimeline(page, /n1: traitor, silent/);
    expect(await page.locator('.tip').textContent()).toMatch(/misdeeds[1-9]\d*, by its own count/);
    await findOnTimeline(page, /n2: primaryview1/);
    const phases = page.locator('#phases');
    expect(await phases.locator('details').count()).toBeGreaterThan(1);
    const open = phases.locator('details[open]');
    expect(await open.count()).toBe(1);
    expect(await open.locator('tr.between').first().textContent()).toMatch(/^View 1, primary n2/);
    expect(await open.locator('td.turned').count()).toBeGreaterThan(5);
    const last = phases.locator('details').last();
    await last.locator('summary').click();
    await last.getByRole('button', { name: 'Show it on the timeline' }).click();
    expect((await shown(timelineOf(page))).fromUs).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  it('keeps wide tables of phases from widening a phone’s page', async () => {
    const { folder } = writePbftRun(mkdtempSync(join(root, 'run-')), { size: 7 });
    const file = join(folder, 'report.html');
    writeFileSync(file, await renderHtml(folder));
    const { page } = await openUrl(pathToFileURL(file).href, { viewport: { width: 390, height: 844 } });
    const [content, screen] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[];
    expect(content).toBeLessThanOrEqual(screen ?? 0);
  });

  it('steps through operations by keyboard, for those who use no pointer', async () => {
    const { page } = await openRun({ verdict: 'valid', seconds: 10 });
    await timelineOf(page).focus();
    await page.keyboard.press('n');
    const first = await page.locator('.pinned').textContent();
    await page.keyboard.press('n');
    const second = await page.locator('.pinned').textContent();
    expect(second).toContain('process');
    expect(second).not.toBe(first);
    await page.keyboard.press('p');
    expect(await page.locator('.pinned').textContent()).toBe(first);
  });

  it('runs nothing that a system under test has put into its answers', async () => {
    const text = '</script><script>alert(1)</script><img src=x onerror=alert(2)>';
    const { page, complaints, requests } = await openRun({ verdict: 'invalid', seconds: 10, text });
    await findOnTimeline(page, /<script>alert\(1\)/);
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(requests.filter((url) => url.startsWith('file:') || url.startsWith('data:')).length);
    expect(await page.locator('img').count()).toBe(0);
  });

  it.each([
    ['a phone', { viewport: { width: 390, height: 844 } }],
    ['a laptop', { viewport: { width: 1280, height: 800 } }],
  ])('is no wider than the screen of %s', async (_, context) => {
    for (const verdict of ['valid', 'invalid', 'unknown'] as const) {
      const { page } = await openRun({ verdict, seconds: 10 }, context);
      const [content, screen] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as number[];
      expect(content).toBeLessThanOrEqual(screen ?? 0);
    }
  });

  it('draws 12,000 operations within a few frames', async () => {
    const { page } = await openRun({ verdict: 'valid', seconds: 60 });
    const drawsMs = (await page.evaluate(DRAW_TIMES)) as number[];
    expect(drawsMs).toHaveLength(12);
    // The fastest: the others measure what else the machine has to do.
    expect(Math.min(...drawsMs)).toBeLessThan(80);
  });

  it('has readable colours in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const verdict of ['valid', 'invalid', 'unknown'] as const) {
        const { page } = await openRun({ verdict, seconds: 5 }, { colorScheme });
        for (const selector of ['h1', '.narrative', '.figures dt', '.lede', '.replay code', '.checkfacts']) {
          const contrast = (await page.evaluate(`(${CONTRAST})('${selector}')`)) as number;
          expect.soft(contrast, `${selector}, ${verdict}, ${colorScheme}`).toBeGreaterThanOrEqual(4.5);
        }
      }
    }
  });

  it('leads from the list of results to a report and a campaign, and filters', async () => {
    const results = join(root, 'results');
    const { record } = writeSampleRun(join(results, 'valid'), { verdict: 'valid', seconds: 5 });
    writeSampleRun(join(results, 'invalid'), { verdict: 'invalid', seconds: 5 });
    const campaign = sampleCampaign([{ ...record, id: 'valid' }]);
    writeSampleRun(join(results, 'campaign'), { verdict: 'valid', seconds: 1 });
    rmSync(join(results, 'campaign', 'run.json'));
    writeFileSync(join(results, 'campaign', 'campaign.json'), JSON.stringify(campaign));
    writeFileSync(join(results, 'campaign', 'campaign.html'), renderCampaignHtml(campaign));
    const server = await serveResults({ store: new ResultsStore(results), port: 0 });
    try {
      const { page, complaints, requests } = await openUrl(server.url);
      expect(await page.locator('[data-row]:visible').count()).toBe(3);
      await page.getByRole('searchbox').fill('invalid reads=follower');
      expect(await page.locator('[data-row]:visible').count()).toBe(1);
      expect(await page.locator('#count').textContent()).toBe('1 of 3');
      await page.locator('[data-row]:visible a').first().click();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Invalid');
      await page.goBack();
      await page.getByRole('link', { name: /^Campaign/ }).click();
      await page.getByRole('link', { name: 'Valid', exact: true }).first().click();
      expect(page.url()).toBe(`${server.url}valid/report.html`);
      expect(complaints).toEqual([]);
      expect(requests.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'))).toEqual([]);
    } finally {
      await server.close();
    }
  });
});

/** The contrast of an element's text with what it stands on (WCAG 2, relative luminance). */
const CONTRAST = `(selector) => {
  const element = document.querySelector(selector);
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  let ground = [255, 255, 255];
  for (let each = element; each; each = each.parentElement) {
    const color = parse(getComputedStyle(each).backgroundColor);
    if (color.length === 3 || color[3] === 1) { ground = color; break; }
  }
  const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}`;

/** Goes over the timeline with made-up pointer moves, much faster than a real pointer could. */
const SCAN = `(text) => {
  const canvas = document.querySelector('[role="application"]');
  const tip = document.querySelector('.tip');
  const box = canvas.getBoundingClientRect();
  for (let y = 4; y < Math.min(box.height, innerHeight - box.top); y += 9) {
    for (let x = 100; x < box.width - 14; x += 12) {
      const place = { clientX: box.left + x, clientY: box.top + y };
      canvas.dispatchEvent(new PointerEvent('pointermove', place));
      if (!tip.hidden && text.test(tip.textContent)) return { x: place.clientX, y: place.clientY };
    }
  }
  return null;
}`;

/** How long frames take in which the whole run is drawn: what was asked for first in a frame runs first in it. */
const DRAW_TIMES = `(async () => {
  const canvas = document.querySelector('[role="application"]');
  const times = [];
  for (let round = 0; round < 12; round++) {
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: '0' }));
    times.push(await new Promise((done) => requestAnimationFrame((start) => done(performance.now() - start))));
  }
  return times;
})()`;
