import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from '../../../src/plugin/checker.js';
import { renderCampaignHtml } from '../../../src/report/campaign-html.js';
import { campaignJunit, runJunit } from '../../../src/report/junit.js';
import { type CampaignRecord, campaignRecordSchema } from '../../../src/store/campaign-record.js';
import type { RunRecord } from '../../../src/store/run-record.js';
import pbft from '../../../src/systems/pbft.js';
import { sampleCampaign } from './sample-campaign.js';
import { writeSampleRun } from './sample-run.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'assay-campaign-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function run(verdict: Verdict, text = ''): RunRecord {
  const folder = mkdtempSync(join(root, 'run-'));
  return writeSampleRun(folder, { verdict, seconds: 3, rate: 50, text }).record;
}

/** The elements of an XML text, checked for balance: [name, attributes] in order. */
function elementsOf(xml: string): [string, string][] {
  const open: string[] = [];
  const elements: [string, string][] = [];
  for (const [, slash, name = '', attributes = '', empty] of xml.matchAll(
    /<(\/)?([a-z-]+)((?:\s[a-z]+="[^"<]*")*)\s*(\/)?>/g,
  )) {
    if (slash) {
      expect(open.pop()).toBe(name);
      continue;
    }
    elements.push([name, attributes]);
    if (!empty) open.push(name);
  }
  expect(open).toEqual([]);
  return elements;
}

const REACH: NonNullable<CampaignRecord['reach']> = {
  runs: 1,
  classes: [
    {
      kind: 'state',
      name: 'split <vote>',
      statement: 'No candidate had a majority.',
      source: '§5.2',
      rarity: 'rare',
      by: 'kill:target=leader,packet:kind=delay',
      times: 0,
      runs: 0,
    },
    { kind: 'action', name: 'Restart', statement: 'A server restarts.', source: 'Figure 2', times: 4, runs: 1 },
  ],
};

/** A valid campaign of one run, which restarted a node and saw no split vote; and where its report is. */
function withReach(): CampaignRecord & { href: string } {
  const campaign = sampleCampaign([run('valid')]);
  const [first] = campaign.runs;
  if (first === undefined) throw new Error('no run');
  const classes = REACH.classes.map((each) => (each.times > 0 ? { ...each, example: first.runId } : each));
  const evidence = { verdict: 'valid', summary: 'Never: split vote.' } as const;
  return { ...campaign, reach: { runs: 1, classes }, evidence, href: `../${first.runId}/report.html` };
}

const count = (xml: string, name: string) => elementsOf(xml).filter(([element]) => element === name).length;

describe('JUnit', () => {
  it('says of a run who was a traitor, how, when and how often', () => {
    const record = run('valid');
    const treason = {
      node: 'n3',
      behaviour: 'equivocate',
      against: ['n1', 'n2'],
      fromUs: 3_200_000,
      toUs: null,
    } as const;
    const treasons = [{ ...treason, confirmed: true, misdeeds: 41 }];
    const xml = runJunit({ ...record, counts: { ...record.counts, treasons } });
    expect(elementsOf(xml).filter(([name]) => name === 'property')).toHaveLength(1);
    expect(xml).toContain('<property name="traitor n3" value="equivocate against n1 n2 from 3.20 s on, 41 misdeeds"/>');
  });

  it('has a test case a check, all passed when the run is valid', () => {
    const xml = runJunit(run('valid'));
    expect([count(xml, 'testcase'), count(xml, 'failure'), count(xml, 'error')]).toEqual([3, 0, 0]);
    expect(xml).toContain('<testsuites name="assay" tests="3" failures="0" errors="0">');
  });

  it('has a failure with the story and the replay command when a check is invalid', () => {
    const xml = runJunit(run('invalid'));
    expect([count(xml, 'failure'), count(xml, 'error')]).toEqual([1, 0]);
    expect(xml).toContain('Process 1 wrote 41 to k9');
    expect(xml).toContain('replay: npx assay run raft');
  });

  it('has an error, not a pass, when a check is unknown', () => {
    const xml = runJunit(run('unknown'));
    expect([count(xml, 'failure'), count(xml, 'error')]).toEqual([0, 1]);
  });

  it('has an error of its own when the harness failed and no check says so', () => {
    const xml = runJunit({
      ...run('valid'),
      verdict: 'unknown',
      error: { code: 'engine-lost', message: 'the engine died' },
    });
    expect(count(xml, 'error')).toBe(1);
    expect(xml).toContain('message="the engine died"');
  });

  it('is well-formed whatever a message holds', () => {
    const xml = runJunit(run('invalid', '"]]><x a=\'\u0000\u001b\ud800&'));
    expect(count(xml, 'failure')).toBe(1);
    expect(xml).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/);
  });

  it('of a campaign has what its runs came upon as properties, and an error when that is too little', () => {
    const enough = campaignJunit(
      sampleCampaign([run('valid')], { reach: REACH, evidence: { verdict: 'valid', summary: 'Enough.' } }),
    );
    expect([count(enough, 'testsuite'), count(enough, 'property'), count(enough, 'error')]).toEqual([2, 2, 0]);
    expect(enough).toContain('<property name="state: split &lt;vote&gt;" value="0 times in 0 runs"/>');
    const tooLittle = { verdict: 'unknown', summary: 'No split vote.', wayOut: 'Try kill.' } as const;
    const unknown = campaignJunit(
      sampleCampaign([run('valid')], { verdict: 'unknown', reach: REACH, evidence: tooLittle }),
    );
    expect([count(unknown, 'failure'), count(unknown, 'error')]).toEqual([0, 1]);
    expect(unknown).toContain('message="No split vote.">Try kill.&#10;again: npx assay certify raft');
  });

  it('of a campaign has a suite a run, and an error when the campaign was cut short', () => {
    const whole = campaignJunit(sampleCampaign([run('valid'), run('invalid')]));
    expect([count(whole, 'testsuite'), count(whole, 'testcase'), count(whole, 'failure')]).toEqual([2, 6, 1]);
    const cut = campaignJunit(sampleCampaign([run('valid')], { finished: false, verdict: 'unknown' }));
    expect([count(cut, 'testsuite'), count(cut, 'error')]).toEqual([2, 1]);
  });
});

describe('the page of a campaign', () => {
  it('gives one verdict, names the run that decided it, and leads to every report', () => {
    const campaign = sampleCampaign([run('valid'), run('invalid')]);
    expect(campaignRecordSchema.parse(campaign)).toEqual(campaign);
    const page = renderCampaignHtml(campaign);
    expect(page).toContain('<span>Invalid</span>');
    expect(page).toContain('1 of 2 runs found a violation. The first: register × kill (sim).');
    for (const { runId } of campaign.runs) expect(page).toContain(`href="../${runId}/report.html"`);
    expect(page).toContain('script-src &#39;none&#39;');
  });

  it('counts what the system calls a change of who leads', () => {
    const ofLeaders = sampleCampaign([run('valid')]);
    expect(renderCampaignHtml(ofLeaders)).toContain('leader changes');
    const { words } = pbft;
    const ofViews = campaignRecordSchema.parse({ ...ofLeaders, system: 'pbft', words });
    expect(renderCampaignHtml(ofViews)).toContain('view changes');
    expect(renderCampaignHtml(ofViews)).not.toContain('leader changes');
  });

  it('never calls a campaign that was cut short valid', () => {
    const page = renderCampaignHtml(sampleCampaign([run('valid')], { finished: false, verdict: 'unknown' }));
    expect(page).toContain('<span>Unfinished</span>');
    expect(page).not.toContain('<span>Valid</span>');
  });

  it('shows what no run reached first, marks what profiles require, and leads to a run that reached the rest', () => {
    const { href, ...campaign } = withReach();
    const page = renderCampaignHtml(campaign);
    expect(page).toContain('<details class="more reach" open><summary>1 of 2 were never reached</summary>');
    expect(page).toMatch(/<tr class="notable">\s*<th scope="row">split &lt;vote&gt;<\/th>/);
    expect(page).toContain('<code>kill:target=leader,<wbr>packet:kind=delay</code>');
    expect(page).toContain('<summary>1 of 1 actions were reached</summary>');
    expect(page).toContain(`<a href="${href}" title="the first of them">1</a>`);
    expect(page.indexOf('never reached')).toBeLessThan(page.indexOf('actions were reached'));
    expect(campaignRecordSchema.parse(campaign)).toEqual(campaign);
  });

  it('says what a valid campaign did not reach, and that one is unknown for that alone', () => {
    const { href: _, ...campaign } = withReach();
    expect(renderCampaignHtml(campaign)).toContain('each with enough evidence to say so. Never: split vote.');
    const unknown = renderCampaignHtml({
      ...campaign,
      verdict: 'unknown',
      evidence: { verdict: 'unknown', summary: 'Never: split vote.', wayOut: 'Try another seed.' },
    });
    expect(unknown).toContain(
      'All 1 runs found nothing wrong, but that is not enough. Never: split vote. Try another seed.',
    );
  });

  it('has no such section for a system without traces', () => {
    expect(renderCampaignHtml(sampleCampaign([run('valid')]))).not.toContain('id="reach"');
  });

  it('says what could not be tried, and escapes it', () => {
    const page = renderCampaignHtml(sampleCampaign([run('valid')], { leftOut: ['clock: <etcd> is static'] }));
    expect(page).toContain('<li>clock: &lt;etcd&gt; is static</li>');
  });
});
