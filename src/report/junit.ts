import { count } from '../kernel/count.js';
import type { Verdict } from '../plugin/checker.js';
import type { CampaignRecord } from '../store/campaign-record.js';
import type { RunRecord } from '../store/run-record.js';
import { scenarioOf } from './figures.js';
import { deedOf, stretchOf } from './treason-words.js';

interface Suite {
  readonly name: string;
  readonly timestamp: string;
  readonly wallMs: number;
  readonly cases: readonly Case[];
  readonly properties?: readonly (readonly [name: string, value: string])[];
}

interface Case {
  readonly name: string;
  readonly className: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly details: string;
}

/**
 * One run as JUnit XML, a test case a check. Invalid is a failure; unknown is an error, because a run that proved
 * nothing must not turn a build green.
 */
export function runJunit(run: RunRecord): string {
  const { options } = run;
  const className = `assay.${options.system}.${options.backend}`;
  const cases = run.checks.map((check): Case => {
    const stories = check.anomalies.map((anomaly) =>
      [anomaly.title, ...anomaly.story.map((step) => `  ${step}`)].join('\n'),
    );
    return {
      name: `${scenarioOf(run)}: ${check.checker}`,
      className,
      verdict: check.verdict,
      message: check.summary,
      details: [...stories, `replay: ${run.replay}`].join('\n'),
    };
  });
  const explained = cases.some(({ verdict }) => verdict === run.verdict);
  if (run.verdict !== 'valid' && !explained) {
    // The harness's own failure, or a run that ended early: no check says so.
    const message = run.error?.message ?? run.narrative[0] ?? 'the run did not end';
    const details = [run.error?.wayOut ?? '', `replay: ${run.replay}`].filter(Boolean).join('\n');
    cases.push({ name: `${scenarioOf(run)}: run`, className, verdict: run.verdict, message, details });
  }
  const properties = (run.counts.treasons ?? []).map(
    (treason) =>
      [
        `traitor ${treason.node}`,
        `${deedOf(treason)} ${stretchOf(treason)}, ${count(treason.misdeeds, 'misdeed')}`,
      ] as const,
  );
  return document([{ name: run.id, timestamp: run.startedAt, wallMs: run.wallMs, cases, properties }]);
}

/** A campaign as JUnit XML: a suite a run, a test case a check; see {@link runJunit}. */
export function campaignJunit(campaign: CampaignRecord): string {
  const suites = campaign.runs.map((run): Suite => {
    const className = `assay.${campaign.system}.${run.backend}`;
    const details = `run: ${run.runId}\nreplay: ${run.replay}`;
    const cases = run.checks.map(
      ({ checker, verdict, summary }): Case => ({
        name: `${run.title}: ${checker}`,
        className,
        verdict,
        message: summary,
        details,
      }),
    );
    if (run.verdict !== 'valid' && !cases.some(({ verdict }) => verdict === run.verdict)) {
      cases.push({ name: `${run.title}: run`, className, verdict: run.verdict, message: run.headline, details });
    }
    return { name: run.title, timestamp: campaign.startedAt, wallMs: run.wallMs, cases };
  });
  const own = ownCases(campaign);
  if (own.length > 0) {
    const { startedAt: timestamp, wallMs, reach } = campaign;
    const properties = (reach?.classes ?? []).map(
      ({ kind, name, times, runs }) => [`${kind}: ${name}`, `${times} times in ${runs} runs`] as const,
    );
    suites.push({ name: 'campaign', timestamp, wallMs, cases: own, properties });
  }
  return document(suites);
}

/** What holds of the campaign and of none of its runs. */
function ownCases({ finished, runs, evidence, system, command }: CampaignRecord): Case[] {
  const className = `assay.${system}`;
  const details = `again: ${command}`;
  if (!finished || runs.length === 0) {
    const message = `the campaign ended after ${runs.length} runs`;
    return [{ name: 'every run of the campaign was made', className, verdict: 'unknown', message, details }];
  }
  if (evidence === undefined) return [];
  const { verdict, summary: message, wayOut } = evidence;
  const more = wayOut === undefined ? details : `${wayOut}\n${details}`;
  return [{ name: 'the runs came upon what the profile requires', className, verdict, message, details: more }];
}

function document(suites: readonly Suite[]): string {
  const all = suites.flatMap(({ cases }) => cases);
  const lines = suites.flatMap((suite) => [
    `  <testsuite name="${escaped(suite.name)}" ${counts(suite.cases)} time="${seconds(suite.wallMs)}" timestamp="${escaped(suite.timestamp)}">`,
    ...propertyLines(suite.properties ?? []),
    // A suite's time is its run's; the checks share it, so the first case carries it.
    ...suite.cases.flatMap((each, index) => caseLines(each, index === 0 ? suite.wallMs : 0)),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="assay" ${counts(all)}>`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
}

function propertyLines(properties: NonNullable<Suite['properties']>): string[] {
  if (properties.length === 0) return [];
  const lines = properties.map(
    ([name, value]) => `      <property name="${escaped(name)}" value="${escaped(value)}"/>`,
  );
  return ['    <properties>', ...lines, '    </properties>'];
}

function caseLines({ name, className, verdict, message, details }: Case, wallMs: number): string[] {
  const open = `    <testcase name="${escaped(name)}" classname="${escaped(className)}" time="${seconds(wallMs)}"`;
  if (verdict === 'valid') return [`${open}><system-out>${escaped(message)}</system-out></testcase>`];
  const kind = verdict === 'invalid' ? 'failure' : 'error';
  return [
    `${open}>`,
    `      <${kind} type="${verdict}" message="${escaped(message)}">${escaped(details)}</${kind}>`,
    '    </testcase>',
  ];
}

function counts(cases: readonly Case[]): string {
  const failures = cases.filter(({ verdict }) => verdict === 'invalid').length;
  const errors = cases.filter(({ verdict }) => verdict === 'unknown').length;
  return `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Escapes markup and drops the control characters that XML 1.0 cannot hold at all. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\n/g, '&#10;');
}
