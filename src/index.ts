/**
 * Assay as a library: what the command line does, for programs.
 *
 * ```ts
 * import { executeRun, loadCatalogue, ResultsStore, runOptions } from 'assay';
 *
 * const options = runOptions({ system: 'raft', nemeses: [{ name: 'partition', options: {} }], seed: 42 });
 * const record = await executeRun(options, {
 *   catalogue: await loadCatalogue(process.cwd()),
 *   store: new ResultsStore('results'),
 *   signal: new AbortController().signal,
 *   onProgress: () => {},
 * });
 * console.log(record.verdict, record.narrative.join(' '));
 * ```
 */
export { AssayError, type ErrorCode } from './kernel/errors.js';
export { type CertifyEnvironment, type CertifyOptions, certify } from './runner/campaign.js';
export { type Catalogue, loadCatalogue } from './runner/catalogue.js';
export { type CheckedHistory, checkFile } from './runner/check.js';
export { RUN_DEFAULTS, runOptions } from './runner/defaults.js';
export { executeRun, type Progress, type RunEnvironment } from './runner/run.js';
export type { CampaignRecord } from './store/campaign-record.js';
export { ResultsStore, RunFolder } from './store/results.js';
export type { RunOptions, RunRecord } from './store/run-record.js';
