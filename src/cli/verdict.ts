import { relative } from 'node:path';
import pc from 'picocolors';
import type { CheckResult, Verdict } from '../plugin/checker.js';
import type { Session } from './session.js';

/** The verdict as a word that stands out on a terminal. */
export function verdictWord(verdict: Verdict): string {
  const paint = { valid: pc.green, invalid: pc.red, unknown: pc.yellow }[verdict];
  return paint(verdict);
}

export function printChecks(checks: readonly CheckResult[], session: Session): void {
  for (const check of checks) {
    session.print(`  ${verdictWord(check.verdict)} ${check.checker}: ${check.summary}`);
    for (const anomaly of check.anomalies) {
      session.print(`    ${pc.red(anomaly.kind)}: ${anomaly.title}`);
      for (const step of anomaly.story) session.print(`      ${step}`);
    }
  }
}

/** Relative where that is shorter, so that it can be clicked and read. */
export function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.length < path.length && !fromHere.startsWith('../..') ? fromHere : path;
}
