import { parentPort, workerData } from 'node:worker_threads';
import { Explorer } from '../../spec/explorer.js';
import { VisitedStates } from '../../spec/fingerprints.js';
import type { PortableStates } from '../../spec/portable-states.js';
import { messageOf } from '../kernel/errors.js';
import { type Answer, FIGURES, type Request, type WorkerSettings } from './messages.js';
import { specificationOf } from './model.js';

/** So many states are looked into between two looks at the others. */
const SLICE = 1000;

const settings = workerData as WorkerSettings;
const stop = new Int32Array(settings.stop);
const figures = new Float64Array(settings.figures, settings.index * FIGURES.count * 8, FIGURES.count);
const nothingYet = VisitedStates.for(1, (bytes) => new ArrayBuffer(bytes));
const explorer = new Explorer(specificationOf(settings.model), settings, nothingYet);

parentPort?.on('message', (request: Request) => {
  try {
    answer(handle(request));
  } catch (error) {
    answer(undefined, { message: messageOf(error), tooWide: error instanceof RangeError });
  }
});

function handle(request: Request): PortableStates | undefined {
  switch (request.kind) {
    case 'begin':
      explorer.visited = new VisitedStates(request.visited);
      explorer.begin();
      return undefined;
    case 'work':
      work(request);
      return undefined;
    case 'grow':
      new VisitedStates(request.to).addAll(new VisitedStates(request.from), request.part, request.parts);
      return undefined;
    case 'next-level':
      explorer.nextLevel();
      return undefined;
    case 'give':
      return explorer.give(request.count);
    case 'receive':
      explorer.receive(request.states);
      return undefined;
  }
}

function work({ visited, room }: Request & { readonly kind: 'work' }): void {
  if (explorer.visited.memory !== visited) explorer.visited = new VisitedStates(visited);
  const enough = explorer.distinct + room;
  while (explorer.open > 0 && explorer.distinct < enough && Atomics.load(stop, 0) === 0) {
    explorer.work(SLICE, enough - explorer.distinct);
    figures[FIGURES.distinct] = explorer.distinct;
    figures[FIGURES.generated] = explorer.generated;
    figures[FIGURES.open] = explorer.open;
    figures[FIGURES.found] = explorer.found;
    // The others need not finish the level: no way to another violation is shorter.
    if (explorer.violated) Atomics.store(stop, 0, 1);
  }
}

function answer(given: PortableStates | undefined, error?: Answer['error']): void {
  const { open, found, distinct, generated, violated } = explorer;
  const told: Answer = {
    ...{ open, found, distinct, generated, coverage: explorer.coverage.byAction() },
    ...(violated && { violated }),
    ...(given && { given }),
    ...(error && { error }),
  };
  parentPort?.postMessage(told);
}
