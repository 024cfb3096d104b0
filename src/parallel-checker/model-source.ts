import type { Model } from '../linearizability-checker/index.js';
import * as checker from '../linearizability-checker/index.js';
import { importModule } from './import-module.js';

/** Where a worker finds the model: functions cannot be sent to it. */
export interface ModelSource {
  /**
   * A module's URL, absolute path or package name; its code then runs in workers only. Absent: one of the models of
   * `assay/linearizability-checker`.
   */
  readonly module?: string | URL;
  /** The exported function that makes the model. */
  readonly factory: string;
  /** What it is called with: anything that a structured clone carries. */
  readonly arguments?: readonly unknown[];
}

/** Any model: what its states are concerns nobody else. */
export type AnyModel = Model<unknown, unknown, unknown>;

/** The models that their name and initial state say all about. */
const BUILT_IN: Readonly<Record<string, (init: unknown) => ModelSource>> = {
  'append-list': () => ({ factory: 'appendList' }),
  bank: (initial) => ({ factory: 'bank', arguments: [initial] }),
  'cas-register': (initial) => ({ factory: 'casRegister', arguments: [initial] }),
  counter: (initial) => ({ factory: 'counter', arguments: [initial] }),
  'fifo-queue': () => ({ factory: 'fifoQueue' }),
  'key-value': (initial) => ({ factory: 'keyValue', arguments: [{ initial }] }),
  mutex: () => ({ factory: 'mutex' }),
  set: () => ({ factory: 'set' }),
  stack: () => ({ factory: 'stack' }),
};

/**
 * How to make a model of this package again.
 *
 * @throws TypeError for one that only its maker knows
 */
export function builtInSource<State, Input, Output>(model: Model<State, Input, Output>): ModelSource {
  const source = knownSource(model);
  if (source) return source;
  throw new TypeError(
    `workers cannot make the model "${model.name}" by themselves: say where it comes from, for example ` +
      `{ source: { module: new URL('./my-model.js', import.meta.url), factory: 'myModel' } }`,
  );
}

/** Whether {@link builtInSource} knows the model. */
export function isBuiltIn<State, Input, Output>(model: Model<State, Input, Output>): boolean {
  return knownSource(model) !== undefined;
}

function knownSource<State, Input, Output>(model: Model<State, Input, Output>): ModelSource | undefined {
  const source = Object.hasOwn(BUILT_IN, model.name) ? BUILT_IN[model.name]?.(model.init) : undefined;
  // A user's model may have the name of one of ours.
  return source && String(builtIn(source).step) === String(model.step) ? source : undefined;
}

/** @throws TypeError where there is no such factory */
export async function modelFrom(source: ModelSource): Promise<AnyModel> {
  if (source.module === undefined) return builtIn(source);
  const exported = await importModule(String(source.module));
  return made(source, exported[source.factory]);
}

function builtIn(source: ModelSource): AnyModel {
  return made(source, (checker as Readonly<Record<string, unknown>>)[source.factory]);
}

function made({ module, factory, arguments: given = [] }: ModelSource, make: unknown): AnyModel {
  if (typeof make !== 'function') {
    throw new TypeError(`${module ?? 'assay/linearizability-checker'} exports no function "${factory}"`);
  }
  return make(...given) as AnyModel;
}
