import type { OutcomeName } from './view.js';

export interface OperationWords {
  readonly f: string;
  readonly key: string;
  readonly argument: string;
  readonly result: string;
  readonly outcome: OutcomeName;
}

/** An operation in one line: "read k2 → 41", "write k2 42", "cas k2 [41,42] failed: expected 41", "write k2 43 ?". */
export function operationText({ f, key, argument, result, outcome }: OperationWords): string {
  const asked = [f, key, argument].filter((part) => part !== '').join(' ');
  switch (outcome) {
    case 'ok':
      return result === '' || result === argument ? asked : `${asked} → ${result}`;
    case 'fail':
      return `${asked} failed: ${result}`;
    case 'info':
      return `${asked} unknown: ${result}`;
    case 'pending':
      return `${asked} never completed`;
  }
}

/** What an outcome means, for people who read their first report. */
export const OUTCOME_MEANINGS: Readonly<Record<OutcomeName, string>> = {
  ok: 'acknowledged',
  fail: 'surely did not happen',
  info: 'nobody knows whether it happened',
  pending: 'no answer before the run ended',
};
