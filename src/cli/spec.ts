import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { collisionProbability } from '../../spec/fingerprints.js';
import { count } from '../kernel/count.js';
import { AssayError } from '../kernel/errors.js';
import { checkSpecification } from '../model-checker/check-specification.js';
import { specificationOf } from '../model-checker/model.js';
import { simulateSpecification } from '../model-checker/simulate-specification.js';
import { durationFlag, integerFlag } from './arguments.js';
import { EXIT } from './exit-codes.js';
import { type ModelFlags, modelFlags, modelOf, namesInWords } from './model-flags.js';
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
      const { nodes } = model.bounds;
      if (symmetry && nodes > MOST_SYMMETRIC) {
        throw new AssayError(
          'bad-argument',
          `--symmetry cannot be had with ${nodes} nodes`,
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
      const renamings = symmetry ? factorial(model.bounds.nodes) : 1;
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

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function factorial(number: number): number {
  return number <= 1 ? 1 : number * factorial(number - 1);
}
