import type { FaultWindow } from '../view.js';

/** The stretches with at least one fault in force: overlapping faults must not look like a worse one. */
export function underFault(faults: readonly FaultWindow[]): { fromUs: number; toUs: number }[] {
  const stretches: { fromUs: number; toUs: number }[] = [];
  for (const { fromUs, toUs } of [...faults].sort((a, b) => a.fromUs - b.fromUs)) {
    const last = stretches.at(-1);
    if (last && fromUs <= last.toUs) last.toUs = Math.max(last.toUs, toUs);
    else stretches.push({ fromUs, toUs });
  }
  return stretches;
}
