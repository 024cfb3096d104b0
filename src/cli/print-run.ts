import { renderVerdict } from '../report/terminal.js';
import { REPORT_FILE, type RunFolder } from '../store/results.js';
import type { RunRecord } from '../store/run-record.js';
import type { Session } from './session.js';
import { shortPath } from './verdict.js';

/** The verdict paragraph of a run, then where its report is and how to run it again. */
export function printRun(record: RunRecord, folder: RunFolder, session: Session): void {
  session.print(renderVerdict(record, { columns: Math.min(100, process.stdout.columns ?? 100) }));
  session.print(`Report: ${shortPath(folder.file(REPORT_FILE))}`);
  session.print(`Replay: ${record.replay}`);
  if (record.error?.wayOut !== undefined) session.note(record.error.wayOut);
}
