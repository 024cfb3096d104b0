import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReplica } from '../../../src/consensus/pbft/index.js';
import { encodeEvent } from '../../../src/history/codec.js';
import type { FaultEvent, RunEvent } from '../../../src/history/events.js';
import type { TraceEvent } from '../../../src/history/trace.js';
import type { NodeId } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import type { Verdict } from '../../../src/plugin/checker.js';
import type { Behaviour } from '../../../src/ports/corruption.js';
import type { RunRecord } from '../../../src/store/run-record.js';
import pbft from '../../../src/systems/pbft.js';
import { PbftWorld } from '../consensus/pbft/world.js';
import { writeSampleRun } from './sample-run.js';

export interface PbftSampleOptions {
  readonly verdict?: Verdict;
  readonly size?: number;
  /** Batches of a request each. */
  readonly requests?: number;
  readonly traitors?: readonly NodeId[];
  readonly behaviour?: Behaviour;
  readonly against?: readonly NodeId[];
  /** After so many requests they are turned, and after so many turned back. */
  readonly turnAt?: number;
  readonly turnBackAt?: number;
}

export interface PbftSample {
  readonly folder: string;
  readonly trace: readonly TraceEvent[];
  readonly history: readonly RunEvent[];
}

/** Writes the folder of a run of real replicas, traitors among them, in virtual time: the same options, the same bytes. */
export function writePbftRun(folder: string, options: PbftSampleOptions = {}): PbftSample {
  const { verdict = 'valid', size = 4, requests = 30, traitors = ['n1'], behaviour = 'equivocate' } = options;
  const { against = ['n2'], turnAt = 10, turnBackAt = 20 } = options;
  const { record } = writeSampleRun(folder, { verdict, seconds: 1 });
  const random = new Random(size);
  const trace: TraceEvent[] = [];
  const history: RunEvent[] = [{ kind: 'phase', timeUs: 0, phase: 'load' }];
  let nowUs = () => 0;
  const world = new PbftWorld({
    size,
    seed: 7,
    options: { batchRequests: 1, batchIntervalMs: 0 },
    create: (id, nodes, keys, given) => createReplica({ id, nodes, keys, options: given, random: random.fork(id) }),
    onTrace: (node, step) => trace.push({ ...step, kind: 'trace', timeUs: Math.round(nowUs()), node } as TraceEvent),
  });
  nowUs = () => world.nowUs;
  const poll = () => {
    for (const node of world.ids) {
      const { metrics: _, ...status } = world.core(node).status();
      history.push({ kind: 'status', timeUs: Math.round(world.nowUs), node, status });
    }
  };
  const turn = (phase: FaultEvent['phase']) => {
    for (const node of traitors) world.turn(node, phase === 'inject' ? { behaviour, against } : undefined);
    const fault = { kind: 'byzantine', nodes: traitors, behaviour, against } as const;
    const probe = { confirmed: true, detail: `${traitors.join(' ')}: by their own word` };
    history.push({ kind: 'fault', timeUs: Math.round(world.nowUs), id: 1, nemesis: 'byzantine', phase, fault, probe });
  };
  const clients = Array.from({ length: 4 }, (_, index) => world.keys.create(`client ${index}`));
  for (let serial = 0; serial < requests; serial++) {
    if (serial === turnAt && traitors.length > 0) turn('inject');
    if (serial === turnBackAt && traitors.length > 0) turn('heal');
    const keys = clients[serial % clients.length];
    if (keys === undefined) throw new Error('no client');
    const operation = { f: 'append', key: 'k', value: serial } as const;
    const call = { process: serial % clients.length, ...operation };
    history.push({ kind: 'invoke', timeUs: Math.round(world.nowUs), ...call });
    const asked = world.ask(keys, Math.floor(serial / clients.length) + 1, operation, [world.ids[0] ?? '']);
    for (let attempt = 0; attempt < 8 && !world.run(60, () => world.accepted(asked) !== undefined); attempt++) {
      world.askAgain(asked);
    }
    history.push({ kind: 'ok', timeUs: Math.round(world.nowUs), ...call });
    if (serial % 3 === 0) poll();
  }
  world.run(200);
  poll();
  history.push({ kind: 'phase', timeUs: Math.round(world.nowUs), phase: 'end' });
  writeFileSync(join(folder, 'history.ndjson'), history.map((event) => `${encodeEvent(event)}\n`).join(''));
  writeFileSync(join(folder, 'trace.ndjson'), trace.map((event) => `${encodeEvent(event)}\n`).join(''));
  writeFileSync(join(folder, 'run.json'), JSON.stringify(recordOf(record, size, Math.round(world.nowUs))));
  return { folder, trace, history };
}

/** The record of the sample run, told of these replicas. */
function recordOf(record: RunRecord, nodes: number, durationUs: number): RunRecord {
  const breach = record.checks.flatMap(({ anomalies }) => anomalies)[0];
  const anomaly = {
    kind: 'agreement',
    title: 'n2 committed another batch as number 12 than n3',
    story: ['n3 committed it first.'],
    operations: [],
    nodes: ['n2'],
    fromUs: durationUs / 2,
    toUs: durationUs / 2,
  };
  const [first] = record.checks;
  return {
    ...record,
    ...(pbft.words && { words: pbft.words }),
    durationUs,
    options: {
      ...record.options,
      system: 'pbft',
      systemOptions: {},
      nodes,
      nemeses: [{ name: 'byzantine', options: {} }],
    },
    checks: first ? [{ ...first, checker: 'pbft-safety', anomalies: breach ? [anomaly] : [] }] : [],
  };
}
