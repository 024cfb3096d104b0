import { pbftSafety } from '../../../src/conformance/pbft/index.js';
import { AUTHENTICATIONS, createReplica } from '../../../src/consensus/pbft/index.js';
import type { Operation, Outcome } from '../../../src/history/events.js';
import type { RequestRef } from '../../../src/history/pbft-trace.js';
import type { TraceStep } from '../../../src/history/trace.js';
import { type NodeId, nodeIds } from '../../../src/kernel/ids.js';
import { Random } from '../../../src/kernel/random.js';
import { BEHAVIOURS } from '../../../src/ports/corruption.js';
import type { Keyring } from '../../../src/ports/keys.js';
import { type Asked, PbftWorld } from '../../unit/consensus/pbft/world.js';

/** What a replica did with a batch, in the order of the protocol. */
const PHASES = ['accepted', 'prepared', 'committed', 'executed'] as const;
type Phase = (typeof PHASES)[number];

interface Client {
  readonly keys: Keyring;
  timestamp: number;
  asked?: Asked;
}

/**
 * Runs a transcript's commands on real replicas over a network in virtual time. Output is what happened because of a
 * command, each replica's steps put together by phase; traitors' own steps are left out, for they prove nothing.
 *
 * - `replicas COUNT [signatures|macs]`
 * - `turn NODE,… BEHAVIOUR against NODE,…`   `-` for nobody
 * - `CLIENT opens ACCOUNT=BALANCE …`         of the one ledger there is; by way of the replica that it takes for primary
 * - `CLIENT transfers AMOUNT FROM->TO`, `CLIENT reads`
 * - `run MS`                                 lets time pass; clients that are not answered ask every replica
 * - `crash NODE`, `boot NODE`
 * - `judge`                                  what `pbft-safety` says of the trace so far
 */
export class Interpreter {
  private world = new PbftWorld();
  private readonly clients = new Map<string, Client>();
  private readonly texts = new Map<string, string>();
  private readonly traitors = new Set<NodeId>();
  private happened: string[] = [];
  /** By view, sequence number and digest, then by phase: who. */
  private phases = new Map<string, Map<Phase, NodeId[]>>();
  private checker = pbftSafety({ nodes: this.world.ids });

  execute(command: string): Promise<string> | string {
    this.happened = [];
    this.phases = new Map();
    const [first = '', second = '', ...rest] = command.split(/\s+/);
    switch (first) {
      case 'replicas':
        this.start(Number(second), rest[0] ?? 'signatures');
        break;
      case 'turn':
        this.turn(second.split(','), rest[0] ?? '', rest[2] ?? '-');
        break;
      case 'run':
        this.run(Number(second));
        break;
      case 'crash':
        this.world.crash(second);
        break;
      case 'boot':
        this.world.boot(second);
        break;
      case 'judge':
        return this.judge();
      default:
        this.ask(first, operationOf(second, rest), [second, ...rest].join(' '));
    }
    return this.output();
  }

  private start(size: number, mode: string): void {
    const authentication = AUTHENTICATIONS.find((each) => each === mode);
    if (authentication === undefined) throw new Error(`no way to authenticate: ${mode}`);
    const random = new Random(size);
    const ids = nodeIds(size);
    this.checker = pbftSafety({ nodes: ids });
    this.world = new PbftWorld({
      size,
      seed: size,
      options: { authentication, batchRequests: 1, batchIntervalMs: 0 },
      create: (id, nodes, keys, options) => createReplica({ id, nodes, keys, options, random: random.fork(id) }),
      onTrace: (node, step) => this.observe(node, step),
    });
  }

  private turn(nodes: readonly NodeId[], behaviour: string, against: string): void {
    const known = BEHAVIOURS.find((each) => each === behaviour);
    if (known === undefined) throw new Error(`no behaviour: ${behaviour}`);
    for (const node of nodes) {
      this.traitors.add(node);
      this.world.turn(node, { behaviour: known, against: against === '-' ? [] : against.split(',') });
    }
  }

  private ask(name: string, operation: Operation, text: string): void {
    let client = this.clients.get(name);
    if (client === undefined) {
      client = { keys: this.world.keys.create(name), timestamp: 0 };
      this.clients.set(name, client);
    }
    client.timestamp++;
    this.texts.set(`${client.keys.owner} ${client.timestamp}`, `${name} ${text}`);
    client.asked = this.world.ask(client.keys, client.timestamp, operation, [this.primary()]);
  }

  private primary(): NodeId {
    const views = this.world.ids
      .filter((id) => this.world.isUp(id))
      .map((id) => this.world.core(id).status().term ?? 0);
    return this.world.ids[Math.max(...views) % this.world.ids.length] as NodeId;
  }

  private run(ms: number): void {
    const { world } = this;
    const endUs = world.nowUs + ms * 1000;
    while (world.nowUs < endUs) {
      world.run(Math.min(50, (endUs - world.nowUs) / 1000));
      for (const client of this.clients.values()) {
        if (client.asked && client.asked.believed === undefined) world.askAgain(client.asked);
      }
    }
    for (const [name, client] of this.clients) {
      if (client.asked === undefined) continue;
      this.happened.push(`${name} is told: ${this.answers(client.asked)}`);
      if (client.asked.believed !== undefined) delete client.asked;
    }
  }

  /** Each outcome with who vouches for it, the one that is believed first. */
  private answers(asked: Asked): string {
    const by = new Map<string, NodeId[]>();
    for (const id of this.world.ids) {
      const outcome = asked.answers.get(id);
      if (outcome !== undefined) by.set(describe(outcome), [...(by.get(describe(outcome)) ?? []), id]);
    }
    const needed = Math.floor((this.world.ids.length - 1) / 3) + 1;
    const told = [...by].sort(([, left], [, right]) => right.length - left.length);
    const texts = told.map(([outcome, ids]) => {
      return `${outcome} by ${ids.join(' ')}${ids.length >= needed ? '' : `, too few of the ${needed} that are needed`}`;
    });
    return texts.join('; ') || 'nothing';
  }

  /** Replicas start before the world is there. */
  private get nowUs(): number {
    return this.clients.size === 0 ? 0 : this.world.nowUs;
  }

  private observe(node: NodeId, step: TraceStep): void {
    this.checker.observe({ kind: 'trace', timeUs: this.nowUs, node, ...step });
    if (this.traitors.has(node)) return;
    switch (step.name) {
      case 'AcceptPrePrepare':
        this.add(step, step.requests ?? [], 'accepted', node);
        break;
      case 'Prepared':
        this.add(step, [], 'prepared', node);
        break;
      case 'CommittedLocal':
        this.add(step, [], 'committed', node);
        break;
      case 'Execute':
        this.add(step, step.requests, 'executed', node);
        break;
      case 'StartViewChange':
        this.happened.push(`${node} asks for view ${step.view}`);
        break;
      case 'EnterView':
        this.happened.push(`${node} enters view ${step.view}, which takes over ${step.proposals.length} batches`);
        break;
    }
  }

  private readonly batches = new Map<string, string>();

  private add(
    { view, sequence, digest }: { view: number; sequence: number; digest: string },
    requests: readonly RequestRef[],
    phase: Phase,
    node: NodeId,
  ): void {
    if (requests.length > 0) {
      const texts = requests.map(
        ({ client, timestamp }) => this.texts.get(`${client} ${timestamp}`) ?? 'what nobody asked',
      );
      this.batches.set(digest, texts.join(', '));
    }
    const key = `view ${view}, sequence number ${sequence}: ${this.batches.get(digest) ?? 'nothing'}`;
    let phases = this.phases.get(key);
    if (phases === undefined) {
      phases = new Map();
      this.phases.set(key, phases);
    }
    phases.set(phase, [...(phases.get(phase) ?? []), node].sort());
  }

  private output(): string {
    const told = [...this.phases].map(([key, phases]) => {
      const lines = PHASES.filter((phase) => phases.has(phase)).map((phase) => {
        return `  ${phase.padEnd(9)} ${phases.get(phase)?.join(' ')}`;
      });
      return [key, ...lines].join('\n');
    });
    return [...told, ...this.happened].join('\n') || 'ok';
  }

  private async judge(): Promise<string> {
    const { verdict, anomalies } = await this.checker.conclude(1000);
    return [verdict, ...anomalies.map(({ kind, title }) => `${kind}: ${this.plain(title)}`)].join('\n');
  }

  /** Digests in the words that the client used. */
  private plain(text: string): string {
    let result = text;
    for (const [digest, words] of this.batches) result = result.replaceAll(digest, `"${words}"`);
    return result;
  }
}

function describe(outcome: Outcome): string {
  return outcome.type === 'ok' ? JSON.stringify(outcome.value ?? 'done') : `${outcome.type}: ${outcome.error}`;
}

function operationOf(verb: string, words: readonly string[]): Operation {
  const key = 'ledger';
  switch (verb) {
    case 'opens':
      return {
        f: 'open',
        key,
        value: Object.fromEntries(words.map((each) => [each.split('=')[0], Number(each.split('=')[1])])),
      };
    case 'transfers': {
      const [from = '', to = ''] = (words[1] ?? '').split('->');
      return { f: 'transfer', key, value: { from, to, amount: Number(words[0]) } };
    }
    case 'reads':
      return { f: 'read', key };
    default:
      throw new Error(`no command: ${verb}`);
  }
}
