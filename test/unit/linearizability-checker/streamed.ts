import {
  LinearizabilityStream,
  type Model,
  type Operation,
  type StreamOptions,
  type StreamResult,
} from '../../../src/linearizability-checker/index.js';

/** Judges a whole history in time order; at equal times returns come first, to be awkward. */
export function streamed<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
  options?: StreamOptions,
): StreamResult<State, Input, Output, number> {
  const stream = new LinearizabilityStream<State, Input, Output, number>(model, options);
  feed(stream, history);
  return stream.conclude();
}

/** Tells a stream of a whole history; its operations' tags are their places. */
export function feed<State, Input, Output>(
  stream: LinearizabilityStream<State, Input, Output, number>,
  history: readonly Operation<Input, Output>[],
): void {
  const events = history.flatMap((operation, index) => [
    { time: operation.call, kind: 0, index },
    ...(operation.return === undefined
      ? [{ time: operation.call + (index % 3), kind: 1, index }]
      : [{ time: operation.return, kind: 2, index }]),
  ]);
  const running = new Map<number, ReturnType<typeof stream.call>>();
  const order = (event: (typeof events)[number]) =>
    // An operation that takes no time is called before it returns.
    event.kind === 0 ? (history[event.index]?.return === event.time ? 0 : 2) : 1;
  events.sort((left, right) => left.time - right.time || order(left) - order(right));
  for (const { time, kind, index } of events) {
    const { input, output } = history[index] as Operation<Input, Output>;
    const handle = running.get(index);
    if (kind === 0) running.set(index, stream.call(input, time, index));
    else if (handle && kind === 2) stream.return(handle, output, time);
    else if (handle) stream.lose(handle);
  }
}
