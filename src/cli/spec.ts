import { randomInt } from 'node:crypto';
import { type Command, Option } from 'commander';
import { collisionProbability } from '../../spec/fingerprints.js';
import { type DefectOfProtocol, PROTOCOLS } from '../../spec/protocols.js';
import { count } from '../kernel/count.js';
import { AssayError } from '../kernel/errors.js';
import { checkSpecification } from '../model-checker/check-specification.js';
import { type Model, specificationOf } from '../model-checker/model.js';
import { simulateSpecification } from '../model-checker/simulate-specification.js';
import { didYouMean } from '../runner/suggest.js';
import { durationFlag, integerFlag } from './arguments.js';
import { EXIT } from './exit-codes.js';
import {
  coverageTable,
  explorationSummary,
  modelInWords,
  neverHappened,
  simulationSummary,
  violationStory,
} from './print-exploration.js';
import type { Session } from './session.js';
import { addTrace } from './spec-trace.js';
import { verdictWord } from './verdict.js';
import { withProgress } from './with-progress.js';

interface ModelFlags {
  readonly nodes: number;
  readonly terms: number;
  readonly log: number;
  readonly restarts: number;
  readonly features?: readonly string[];
  readonly reads?: number;
  readonly retries?: number;
  readonly ticks?: number;
  readonly defect?: string;
}

/** Bounds that only features know, each with those of which one must be on. */
const OF_FEATURES = { reads: ['reads', 'leases'], retries: ['sessions'], ticks: ['leases'] } as const;

interface CheckFlags extends ModelFlags {
  readonly symmetry?: true;
  readonly timeout?: number;
  readonly maxStates?: number;
  readonly workers: number;
}

interface SimulateFlags extends ModelFlags {
  readonly walks: number;
  readonly steps: number;
  readonly seed?: number;
  readonly timeout?: number;
}

/** Of a live line what a run of a cluster would say. */
const CALM = { phase: 'checking', elapsedUs: 0, totalUs: 0, ok: 0, fail: 0, info: 0, faults: [] } as const;
const MAX_SEED = 2 ** 32 - 1;
/** With more nodes there are more ways to rename them than are worth trying. */
const MOST_SYMMETRIC = 6;

/** `assay spec`: what can be done with the specifications of `spec/` alone. */
export function addSpec(program: Command, session: Session): void {
  const spec = program.command('spec').helpCommand(false).description('look at the states of a formal specification');
  addCheckOfSpecification(spec, session);
  addSimulate(spec, session);
  addTrace(spec, session);
}

function addCheckOfSpecification(spec: Command, session: Session): void {
  const command = spec
    .command('check <protocol>')
    .description('look at every state that a bounded model can reach; a violation comes with a shortest way to it');
  for (const flag of modelFlags()) command.addOption(flag);
  command
    .option('--symmetry', 'states that differ only by the names of nodes count once')
    .addOption(integerFlag('workers', 'threads', { min: 1, max: 64 }).default(1))
    .addOption(durationFlag('timeout', 'time that it may take (default: no limit)', 60_000).default(undefined))
    .addOption(integerFlag('max-states', 'distinct states at most (default: no limit)', { min: 1, max: 1e9 }))
    .option('--json', 'print everything that was found out, as JSON')
    .addHelpText('after', namesInWords)
    .action(async (protocol: string, flags: CheckFlags) => {
      const model = modelOf(protocol, flags);
      const symmetry = flags.symmetry ?? false;
      if (symmetry && flags.nodes > MOST_SYMMETRIC) {
        throw new AssayError(
          'bad-argument',
          `--symmetry cannot be had with ${flags.nodes} nodes`,
          `Give --nodes up to ${MOST_SYMMETRIC}, or leave --symmetry out.`,
        );
      }
      session.note(`${modelInWords(model)}${symmetry ? ', up to the names of nodes' : ''}`);
      const checked = await withProgress(session, (signal, view) =>
        checkSpecification({
          model,
          symmetry,
          workers: flags.workers,
          ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
          ...(flags.maxStates !== undefined && { maxStates: flags.maxStates }),
          signal,
          onProgress: ({ depth, distinct, open }) =>
            view.update({
              ...CALM,
              text: `level ${depth}, ${count(distinct, 'distinct state')}, ${count(open, 'open one')}`,
            }),
        }).then((result) => ({ ...result, signal })),
      );
      const { signal, ...result } = checked;
      const specification = specificationOf(model);
      const renamings = symmetry ? factorial(flags.nodes) : 1;
      const collision = collisionProbability(result.distinct, renamings);
      session.print(`${verdictWord(result.verdict)}: ${explorationSummary(specification, result)}`);
      session.print(
        `  ${count(result.distinct, 'distinct state')}, ${count(result.generated, 'step')} generated, ${count(result.depth, 'level')}; ${seconds(result.elapsedMs)}`,
      );
      session.print(`  Two states were taken for one with a probability of about ${collision.toExponential(1)}.`);
      for (const line of violationStory(specification, result.violation, 'A shortest way')) session.print(line);
      session.print();
      for (const line of coverageTable(specification, result.coverage)) session.print(line);
      session.printJson({
        ...model,
        symmetry,
        ...result,
        collisionProbability: collision,
        neverHappened: neverHappened(result.coverage),
      });
      session.exitCode = EXIT[result.verdict];
      if (result.verdict === 'unknown') signal.throwIfAborted();
    });
}

function addSimulate(spec: Command, session: Session): void {
  const command = spec
    .command('simulate <protocol>')
    .description('walk at random through a bounded model that has too many states to look at');
  for (const flag of modelFlags()) command.addOption(flag);
  command
    .addOption(integerFlag('walks', 'how often to begin anew', { min: 1, max: 1e9 }).default(1000))
    .addOption(integerFlag('steps', 'steps of a walk at most', { min: 1, max: 10_000 }).default(100))
    .addOption(integerFlag('seed', 'makes the same walks again (default: a random one)', { min: 0, max: MAX_SEED }))
    .addOption(durationFlag('timeout', 'time that it may take (default: no limit)', 60_000).default(undefined))
    .option('--json', 'print everything that was found out, as JSON')
    .addHelpText('after', namesInWords)
    .action(async (protocol: string, flags: SimulateFlags) => {
      const model = modelOf(protocol, flags);
      const seed = flags.seed ?? randomInt(1, 1_000_000_000);
      session.note(`${modelInWords(model)}, seed ${seed}`);
      const { signal, ...result } = await withProgress(session, (signal, view) =>
        simulateSpecification({
          model,
          walks: flags.walks,
          steps: flags.steps,
          seed,
          ...(flags.timeout !== undefined && { timeoutMs: flags.timeout }),
          signal,
          onProgress: ({ walks, distinct }) =>
            view.update({ ...CALM, text: `${count(walks, 'walk')}, ${count(distinct, 'distinct state')}` }),
        }).then((simulated) => ({ ...simulated, signal })),
      );
      const specification = specificationOf(model);
      session.print(`${verdictWord(result.verdict)}: ${simulationSummary(result)}`);
      session.print(
        `  ${count(result.distinct, 'distinct state')}, ${count(result.depth, 'state')} on the longest walk; ${seconds(result.elapsedMs)}`,
      );
      for (const line of violationStory(specification, result.violation, 'A way')) session.print(line);
      session.print();
      for (const line of coverageTable(specification, result.coverage)) session.print(line);
      session.printJson({
        ...model,
        seed,
        steps: flags.steps,
        ...result,
        neverHappened: neverHappened(result.coverage),
      });
      session.exitCode = EXIT[result.verdict];
      if (result.verdict === 'unknown') signal.throwIfAborted();
    });
}

function modelFlags(): Option[] {
  return [
    integerFlag('nodes', 'nodes of the cluster', { min: 1, max: 9 }).default(3),
    integerFlag('terms', 'the highest term; the first is 1', { min: 1, max: 16 }).default(2),
    integerFlag('log', 'how many values clients ask for, each once', { min: 0, max: 16 }).default(1),
    integerFlag('restarts', 'how often nodes restart in all', { min: 0, max: 16 }).default(0),
    new Option(
      '--features <names>',
      `what is modelled besides, with commas between: ${featureNames().join(', ')}`,
    ).argParser((text) => [...new Set(text.split(',').map((name) => name.trim()))]),
    integerFlag('reads', 'with reads or leases: how many reads begin (default: 1)', { min: 0, max: 16 }),
    integerFlag('retries', 'with sessions: how often clients ask again (default: 1)', { min: 0, max: 16 }),
    integerFlag('ticks', 'with leases: up to where clocks go (default: 4)', { min: 0, max: 64 }),
    new Option('--defect <name>', 'leave something out of the specification, to see that it is noticed; named below'),
  ];
}

function featureNames(): string[] {
  return [...PROTOCOLS.values()].flatMap(({ features }) => Object.keys(features));
}

/** Those that a defect is of: without them there is nothing to leave out. */
function featuresOf({ of, with: besides }: DefectOfProtocol = { statement: '' }): string[] {
  return [of, besides].filter((feature) => feature !== undefined);
}

/** What `--features` and `--defect` may name, for the end of `--help`. */
function namesInWords(): string {
  const lines: string[] = [];
  for (const [protocol, { features, defects }] of PROTOCOLS) {
    lines.push('', `Features of ${protocol}:`);
    for (const [name, { statement }] of Object.entries(features)) lines.push(`  ${name}`, `      ${statement}`);
    lines.push('', `Defects of ${protocol}:`);
    for (const [name, defect] of Object.entries(defects)) {
      const needs = featuresOf(defect);
      lines.push(
        `  ${name}${needs.length === 0 ? '' : ` (--features ${needs.join(',')})`}`,
        `      ${defect.statement}`,
      );
    }
  }
  return lines.join('\n');
}

/**
 * @throws AssayError `unknown-name`, with a suggestion; `bad-argument` where a bound or a defect is of a feature that
 * was not asked for
 */
function modelOf(name: string, flags: ModelFlags): Model {
  const { nodes, terms, log, restarts, features = [], defect } = flags;
  const protocol = PROTOCOLS.get(name);
  if (protocol === undefined) {
    throw new AssayError('unknown-name', `there is no specification "${name}"`, didYouMean(name, PROTOCOLS.keys()));
  }
  const mustBeKnown = (what: string, word: string, known: object) => {
    if (Object.hasOwn(known, word)) return;
    const message = `there is no ${what} "${word}" of ${name}`;
    throw new AssayError('unknown-name', message, didYouMean(word, Object.keys(known), 'assay spec check --help'));
  };
  const without = (what: string, missing: string, ...needed: readonly string[]) => {
    const message = `${what} says nothing without the ${missing}`;
    return new AssayError('bad-argument', message, `Add --features ${[...features, ...needed].join(',')}.`);
  };
  for (const feature of features) mustBeKnown('feature', feature, protocol.features);
  const bounds: Record<string, number> = {};
  for (const [bound, among] of Object.entries(OF_FEATURES)) {
    const value = flags[bound as keyof typeof OF_FEATURES];
    if (value === undefined) continue;
    if (!among.some((feature) => features.includes(feature))) {
      throw without(`--${bound}`, `feature ${among.join(' or ')}`, among[0]);
    }
    bounds[bound] = value;
  }
  if (defect !== undefined) {
    mustBeKnown('defect', defect, protocol.defects);
    const missing = featuresOf(protocol.defects[defect]).filter((feature) => !features.includes(feature));
    if (missing.length > 0) {
      const word = missing.length === 1 ? 'feature' : 'features';
      throw without(`--defect ${defect}`, `${word} ${missing.join(' and ')}`, ...missing);
    }
  }
  return {
    protocol: name,
    bounds: { nodes, terms, log, restarts, ...(features.length > 0 && { features }), ...bounds },
    ...(defect !== undefined && { defect }),
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function factorial(number: number): number {
  return number <= 1 ? 1 : number * factorial(number - 1);
}
