import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeEvent } from '../../../src/history/codec.js';
import type { RunEvent } from '../../../src/history/events.js';
import type { TraceEvent } from '../../../src/history/trace.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import type { CheckResult, Verdict } from '../../../src/plugin/checker.js';
import { type Fault, linksBetween } from '../../../src/ports/faults.js';
import type { RunRecord } from '../../../src/store/run-record.js';

export interface SampleOptions {
  readonly verdict: Verdict;
  readonly seed?: number;
  readonly seconds?: number;
  readonly rate?: number;
  readonly concurrency?: number;
  /** Stands in values, errors, probes, the narrative: wherever a system under test may put its own text. */
  readonly text?: string;
  readonly finished?: boolean;
}

/** What a generated run holds, for tests that count. */
export interface Sample {
  readonly folder: string;
  readonly record: RunRecord;
  readonly invoked: number;
  readonly leaderTerms: number;
  readonly faults: number;
}

/**
 * Writes a run's folder as the runner does, with all that a report can show: open-loop load over processes that retire,
 * fault windows with probes, leaders that change, a stale read when invalid. The same options give the same bytes.
 */
export function writeSampleRun(folder: string, options: SampleOptions): Sample {
  const { verdict, seed = 42, seconds = 60, rate = 200, concurrency = 10, text = '' } = options;
  const random = new Random(seed).fork('sample run');
  const nodes = nodeIds(5);
  const endUs = (seconds + 5) * 1_000_000;
  const loadUs = seconds * 1_000_000;
  const history: RunEvent[] = [];
  const trace: TraceEvent[] = [];
  const faults = planFaults(random.fork('faults'), loadUs, text);
  const leaders = planLeaders(random.fork('leaders'), faults, endUs);

  history.push({ kind: 'phase', timeUs: 0, phase: 'setup' }, { kind: 'phase', timeUs: 400_000, phase: 'load' });
  history.push(
    { kind: 'phase', timeUs: loadUs, phase: 'heal' },
    { kind: 'phase', timeUs: loadUs + 200_000, phase: 'recovery' },
  );
  history.push(
    { kind: 'phase', timeUs: endUs - 600_000, phase: 'final' },
    { kind: 'phase', timeUs: endUs, phase: 'end' },
  );
  history.push({
    kind: 'note',
    timeUs: Math.floor(loadUs / 3),
    text: `nemesis kill found nothing to strike and waits${text}`,
  });
  for (const [index, { fromUs, toUs, fault, nemesis }] of faults.entries()) {
    const id = index + 1;
    const words =
      fault.kind === 'cut' ? 'n1→n2: connect timed out after 300 ms' : 'no answer to a status request in 200 ms';
    const confirmed = !(verdict === 'unknown' && index % 3 === 1);
    const probe = {
      confirmed,
      detail: confirmed ? words + text : `n1→n2: answered after 2 ms: the fault had no effect${text}`,
    };
    history.push({ kind: 'fault', timeUs: fromUs, id, nemesis, phase: 'inject', fault, probe });
    history.push({
      kind: 'fault',
      timeUs: toUs,
      id,
      nemesis,
      phase: 'heal',
      fault,
      probe: { confirmed: true, detail: `all answer again, slowest after ${random.int(2, 40)} ms` },
    });
  }
  const down = (node: string, timeUs: number) =>
    faults.some(
      ({ fault, fromUs, toUs }) =>
        'nodes' in fault &&
        fault.kind !== 'clock-jump' &&
        fault.nodes.includes(node) &&
        fromUs <= timeUs &&
        timeUs < toUs,
    );
  for (let timeUs = 0; timeUs < endUs; timeUs += 250_000) {
    const now = leaders.findLast(({ fromUs }) => fromUs <= timeUs);
    for (const [index, node] of nodes.entries()) {
      const up = !down(node, timeUs);
      history.push({
        kind: 'status',
        timeUs: timeUs + index * 100,
        node,
        status: up
          ? {
              up,
              role: node === now?.node ? 'leader' : 'follower',
              term: now?.term ?? 0,
              commitIndex: Math.floor((timeUs * rate) / 2e6),
            }
          : { up },
      });
    }
  }

  for (const node of nodes) {
    trace.push({
      kind: 'trace',
      timeUs: 1000,
      node,
      name: 'InitState',
      term: 0,
      votedFor: null,
      snapshotIndex: 0,
      snapshotTerm: 0,
      log: [],
    });
  }
  for (const { node, term, fromUs } of leaders) {
    trace.push({ kind: 'trace', timeUs: fromUs - 60_000, node, name: 'BecomeCandidate', term });
    trace.push({ kind: 'trace', timeUs: fromUs, node, name: 'BecomeLeader', term, voters: nodes.slice(0, 3) });
    for (const other of nodes) {
      if (other === node) continue;
      trace.push({ kind: 'trace', timeUs: fromUs + 3000, node: other, name: 'BecomeFollower', term, leader: node });
    }
  }

  const counts = { ok: 0, fail: 0, info: 0, shed: 0, okDuringFaults: 0 };
  const operations = random.fork('operations');
  const workers = Array.from({ length: concurrency }, (_, process) => ({ process, freeUs: 400_000 }));
  const registers = new Map<string, number>();
  let invoked = 0;
  let committed = 0;
  for (let dueUs = 400_000; dueUs < loadUs; dueUs += operations.exponential(1e6 / rate)) {
    const worker = workers.reduce((a, b) => (a.freeUs <= b.freeUs ? a : b));
    const timeUs = Math.ceil(Math.max(dueUs, worker.freeUs));
    if (timeUs >= loadUs) continue;
    const active = faults.filter(({ fromUs, toUs }) => fromUs <= timeUs && timeUs < toUs);
    const election = leaders.some(({ fromUs }) => fromUs - 900_000 < timeUs && timeUs < fromUs && fromUs > 1_000_000);
    const key = `k${operations.int(1, 5)}`;
    const f = operations.pick(['read', 'read', 'write', 'cas'] as const);
    const before = registers.get(key) ?? null;
    const fresh = invoked + 1;
    const value = f === 'read' ? undefined : f === 'write' ? fresh : [before, fresh];
    const common = { process: worker.process, f, key, ...(value !== undefined && { value }) };
    history.push({ kind: 'invoke', timeUs, ...common, ...(timeUs > dueUs + 1 && { dueUs: Math.floor(dueUs) }) });
    invoked++;
    const lost = election ? operations.chance(0.55) : active.length > 0 && operations.chance(0.03);
    const latencyUs = Math.ceil(
      lost && operations.chance(0.6)
        ? 1_000_000
        : 1800 + operations.exponential(election ? 160_000 : active.length > 0 ? 9000 : 2500),
    );
    const doneUs = timeUs + latencyUs;
    const node = operations.pick(nodes);
    worker.freeUs = doneUs + 50;
    if (latencyUs === 1_000_000) {
      counts.info++;
      history.push({ kind: 'info', timeUs: doneUs, ...common, error: `no answer within 1000 ms${text}` });
      worker.process += concurrency;
    } else if (lost) {
      counts.fail++;
      history.push({ kind: 'fail', timeUs: doneUs, ...common, error: `connection refused by ${node}${text}` });
    } else {
      counts.ok++;
      if (active.length > 0) counts.okDuringFaults++;
      if (f !== 'read') registers.set(key, fresh);
      history.push({
        kind: 'ok',
        timeUs: doneUs,
        ...common,
        ...(f === 'read' && { value: text === '' ? before : text }),
        node,
      });
      if (f !== 'read') {
        committed++;
        for (const [index, each] of nodes.entries()) {
          if (!down(each, doneUs))
            trace.push({
              kind: 'trace',
              timeUs: doneUs + index * 300,
              node: each,
              name: 'AdvanceCommit',
              term: 1,
              commitIndex: committed,
              leader: false,
            });
        }
      }
    }
  }

  const checks = checksFor(verdict, { counts, invoked, text, atUs: Math.floor(loadUs * 0.55) }, history, concurrency);
  if (verdict === 'invalid') invoked += 3;
  history.sort((a, b) => a.timeUs - b.timeUs);
  trace.sort((a, b) => a.timeUs - b.timeUs);
  const kinds = new Map<string, { injected: number; confirmed: number }>();
  for (const [index, { fault }] of faults.entries()) {
    const kind = kinds.get(fault.kind) ?? { injected: 0, confirmed: 0 };
    kind.injected++;
    if (!(verdict === 'unknown' && index % 3 === 1)) kind.confirmed++;
    kinds.set(fault.kind, kind);
  }
  const record = recordOf({ ...options, seed, seconds, rate, concurrency, text }, endUs, checks, {
    ...counts,
    leaderChanges: leaders.length - 1,
    faults: Object.fromEntries(kinds),
    traceEvents: trace.length,
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
  writeFileSync(join(folder, 'history.ndjson'), history.map((event) => `${encodeEvent(event)}\n`).join(''));
  writeFileSync(join(folder, 'trace.ndjson'), trace.map((event) => `${encodeEvent(event)}\n`).join(''));
  return { folder, record, invoked, leaderTerms: leaders.length, faults: faults.length };
}

interface PlannedFault {
  readonly nemesis: string;
  readonly fault: Fault;
  readonly fromUs: number;
  readonly toUs: number;
}

function planFaults(random: Random, loadUs: number, text: string): PlannedFault[] {
  const nodes = nodeIds(5);
  const makers: (() => { nemesis: string; fault: Fault })[] = [
    () => {
      const shuffled = random.shuffle(nodes);
      return {
        nemesis: `partition${text}`,
        fault: { kind: 'cut', links: linksBetween(shuffled.slice(0, 2), shuffled.slice(2)) },
      };
    },
    () => ({ nemesis: 'kill', fault: { kind: 'kill', nodes: [random.pick(nodes)] } }),
    () => ({ nemesis: 'pause', fault: { kind: 'pause', nodes: [random.pick(nodes)] } }),
    () => ({
      nemesis: 'clock',
      fault: { kind: 'clock-jump', nodes: [random.pick(nodes)], byMs: random.int(-60_000, 60_000) },
    }),
  ];
  return makers.flatMap((make, index) => {
    const mine: PlannedFault[] = [];
    let fromUs = 900_000 + index * 700_000;
    while (fromUs < loadUs - 300_000) {
      mine.push({ ...make(), fromUs, toUs: Math.min(loadUs, fromUs + 3_000_000) });
      fromUs += random.int(5_000_000, 9_000_000);
    }
    return mine;
  });
}

function planLeaders(random: Random, faults: readonly PlannedFault[], endUs: number) {
  const nodes = nodeIds(5);
  const leaders = [{ node: 'n3', term: 1, fromUs: 300_000 }];
  for (let timeUs = 300_000; timeUs < endUs; ) {
    timeUs += random.int(5_000_000, 12_000_000);
    const at = faults.find(({ fromUs }) => fromUs > timeUs)?.fromUs;
    if (at === undefined) break;
    const before = leaders.at(-1);
    const node = random.pick(nodes.filter((each) => each !== before?.node));
    leaders.push({ node, term: (before?.term ?? 0) + random.int(1, 2), fromUs: at + 700_000 });
    timeUs = at;
  }
  return leaders;
}

function checksFor(
  verdict: Verdict,
  { counts, invoked, text, atUs }: { counts: { ok: number }; invoked: number; text: string; atUs: number },
  history: RunEvent[],
  concurrency: number,
): CheckResult[] {
  // Process ids of their own, on lanes of the plot that exist.
  const process = (lane: number) => lane + 1000 * concurrency;
  const operations = [
    { process: process(1), invokeUs: atUs },
    { process: process(2), invokeUs: atUs + 9000 },
    { process: process(4), invokeUs: atUs + 61_000 },
  ];
  const [first, second, third] = operations as [(typeof operations)[0], (typeof operations)[0], (typeof operations)[0]];
  if (verdict === 'invalid') {
    history.push({ kind: 'invoke', timeUs: first.invokeUs, process: first.process, f: 'write', key: 'k9', value: 41 });
    history.push({
      kind: 'ok',
      timeUs: first.invokeUs + 4200,
      process: first.process,
      f: 'write',
      key: 'k9',
      value: 41,
      node: 'n3',
    });
    history.push({
      kind: 'invoke',
      timeUs: second.invokeUs,
      process: second.process,
      f: 'write',
      key: 'k9',
      value: 42,
    });
    history.push({
      kind: 'ok',
      timeUs: second.invokeUs + 12_000,
      process: second.process,
      f: 'write',
      key: 'k9',
      value: 42,
      node: 'n3',
    });
    history.push({ kind: 'invoke', timeUs: third.invokeUs, process: third.process, f: 'read', key: 'k9' });
    history.push({
      kind: 'ok',
      timeUs: third.invokeUs + 2300,
      process: third.process,
      f: 'read',
      key: 'k9',
      value: 41,
      node: 'n5',
    });
  }
  const linearizability: CheckResult = {
    checker: 'linearizability',
    verdict,
    summary:
      verdict === 'invalid'
        ? `Not linearizable: n5 answered a read of k9 with 41 after 42 had been acknowledged${text}.`
        : verdict === 'unknown'
          ? `The budget of 30 s was spent before an order was found for 1 of 5 keys${text}.`
          : `An order was found that explains all ${invoked} operations over 5 keys${text}.`,
    anomalies:
      verdict === 'invalid'
        ? [
            {
              kind: 'stale-read',
              title: `n5 answered a read of k9 with 41, but 42 had been acknowledged 40.0 ms earlier${text}`,
              story: [
                'Process 1 wrote 41 to k9: acknowledged by n3 after 4.20 ms.',
                'Process 2 wrote 42 to k9: acknowledged by n3 after 12.0 ms. From then on every read must answer 42 or something newer.',
                `Process 4 then asked for k9 and n5 answered 41${text}: a value that had been replaced before the read began.`,
              ],
              operations,
              nodes: ['n5'],
              fromUs: atUs,
              toUs: atUs + 63_300,
            },
          ]
        : [],
    facts: { model: 'cas-register', operations: invoked, acknowledged: counts.ok, keys: 5, statesVisited: 48_211 },
  };
  const safety: CheckResult = {
    checker: 'raft-safety',
    verdict: 'valid',
    summary: 'All five safety properties of Raft hold over the whole trace.',
    anomalies: [],
    facts: { events: 41_030, leaders: 7 },
  };
  const availability: CheckResult = {
    checker: 'availability',
    verdict: 'valid',
    summary: 'The cluster served again 212 ms after everything was healed.',
    anomalies: [],
    facts: { recoveryMs: 212, longestOutageMs: 1340 },
  };
  return [linearizability, safety, availability];
}

function recordOf(
  options: Required<Omit<SampleOptions, 'finished'>> & Pick<SampleOptions, 'finished'>,
  durationUs: number,
  checks: CheckResult[],
  counts: RunRecord['counts'],
): RunRecord {
  const { verdict, seed, text } = options;
  const finished = options.finished ?? true;
  const id = `20261123T140000-raft-sim-register-${seed}`;
  return {
    format: 1,
    id,
    options: {
      system: 'raft',
      systemOptions: verdict === 'invalid' ? { reads: 'follower' } : {},
      backend: 'sim',
      nodes: 5,
      workload: 'register',
      workloadOptions: {},
      nemeses: ['partition', 'kill', 'pause', 'clock'].map((name) => ({ name, options: {} })),
      timeLimitMs: options.seconds * 1000,
      recoveryMs: 10_000,
      concurrency: options.concurrency,
      rate: options.rate,
      operationTimeoutMs: 1000,
      checkBudgetMs: 30_000,
      seed,
    },
    startedAt: '2026-11-23T14:00:00.000Z',
    finished,
    durationUs: finished ? durationUs : 0,
    wallMs: 812,
    verdict: finished ? verdict : 'unknown',
    narrative: finished
      ? [
          verdict === 'valid'
            ? 'No violation was found, and there was enough to see one.'
            : verdict === 'invalid'
              ? 'A violation was found.'
              : 'Nothing wrong was found, but the evidence is too thin to say that it is right.',
          `5 nodes of raft (sim, seed ${seed}) served ${counts.ok + counts.fail + counts.info} operations of register in ${options.seconds} s under partition, kill, pause, clock${text}.`,
          ...checks.map(({ summary }) => summary),
        ]
      : ['The run has not ended: it is going on, or its harness was killed.'],
    checks: finished ? checks : [],
    counts,
    facts: { assay: '0.1.0', node: 'v20.20.2', platform: `linux x64${text}` },
    replay: `npx assay run raft --backend sim --nodes 5 --workload register --nemesis partition,kill,pause,clock --time-limit ${options.seconds} --seed ${seed}${verdict === 'invalid' ? ' --reads follower' : ''}`,
    streamHash: '9f2c4f0de1f3a3c7b8d2c1e05a4b39b0b7de0f3c3b2f4d8b0e6d7c1a2b3c4d5e',
  };
}
