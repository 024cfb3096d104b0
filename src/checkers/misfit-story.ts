import type { Micros } from '../kernel/units.js';
import type { Anomaly } from '../plugin/checker.js';
import { showTime } from './wording.js';

/** One operation in the words of its model. */
export interface ToldOperation {
  readonly process: number;
  /** `dequeue() = 3` */
  readonly text: string;
  readonly call: Micros;
  readonly return?: Micros;
}

export interface Misfit {
  readonly key: string;
  readonly minimal: boolean;
  /** The operations that contradict one another and those that they rest on, in call order. */
  readonly told: readonly ToldOperation[];
}

/** What is wrong with an object of any model: which operations cannot have happened as recorded. */
export function describeMisfit({ key, minimal, told }: Misfit): Anomaly {
  const surprise = told.reduce((last, operation) => ((operation.return ?? 0) > (last.return ?? 0) ? operation : last));
  const where = key === '' ? '' : ` of ${key}`;
  return {
    kind: 'not-linearizable',
    title: `process ${surprise.process}'s ${surprise.text}${where} at ${showTime(surprise.return ?? surprise.call)} fits no order of the operations`,
    story: [
      ...told.map((operation) => sentence(operation, operation === surprise)),
      minimal
        ? 'No order of these operations explains all the answers; without the answer or acknowledgement of any one of them there would be such an order.'
        : 'No order of these operations explains all the answers. Time ran out before the smallest such set was found.',
    ],
    operations: told.map(({ process, call }) => ({ process, invokeUs: call })),
    fromUs: Math.min(...told.map(({ call }) => call)),
    toUs: Math.max(...told.map((operation) => operation.return ?? operation.call)),
  };
}

function sentence({ process, text, call, return: returned }: ToldOperation, surprise: boolean): string {
  if (returned === undefined)
    return `from ${showTime(call)}: process ${process}: ${text}, and never learnt the outcome.`;
  return `${showTime(call)} to ${showTime(returned)}: process ${process}: ${text}${surprise ? ': this cannot be' : ''}.`;
}
