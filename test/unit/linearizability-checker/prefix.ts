import type { Operation } from '../../../src/linearizability-checker/index.js';
import type { RankedHistory } from '../../../src/linearizability-checker/model.js';

/** The history as it stood at the return of this rank, with ranks for times. */
export function prefix<Input, Output>(
  { inputs, outputs, callRank, returnRank }: RankedHistory<Input, Output>,
  lastRank: number,
): Operation<Input, Output>[] {
  return inputs.flatMap((input, op): Operation<Input, Output>[] => {
    const [output, call, returned] = [outputs[op], callRank[op] as number, returnRank[op] as number];
    if (call > lastRank) return [];
    if (returned > lastRank) return [{ input, call }];
    return [{ input, call, return: returned, ...(output !== undefined && { output }) }];
  });
}
