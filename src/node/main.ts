#!/usr/bin/env node
/** One node as a process. See README.md beside this file. */
import { AssayError, type ErrorCode, messageOf } from '../kernel/errors.js';
import type { System } from '../plugin/system.js';
import pbft from '../systems/pbft.js';
import raft from '../systems/raft.js';
import { readConfig } from './config.js';
import { type Log, stderrLog } from './log.js';
import { type RunningNode, startNode } from './start.js';

/** Named here and not found in a folder, so that a bundler sees them. */
const HOSTED_SYSTEMS: readonly System[] = [raft, pbft];

const EXIT = { stopped: 0, crashed: 1, badConfiguration: 254, cannotStart: 255 } as const;
const CONFIGURATION_ERRORS: readonly ErrorCode[] = ['bad-argument', 'bad-option', 'unknown-name'];

/** A stop that takes longer is cut short: whoever sent the signal is waiting. */
const STOP_WITHIN_MS = 900;

async function main(): Promise<void> {
  let log = stderrLog(undefined);
  process.on('uncaughtException', (error) => crash(log, error));
  let isReady = false;
  try {
    const config = readConfig(process.argv.slice(2), process.env);
    log = stderrLog(config.id);
    const system = HOSTED_SYSTEMS.find(({ name }) => name === config.system);
    if (!system) {
      const names = HOSTED_SYSTEMS.map(({ name }) => name).join(', ');
      throw new AssayError('unknown-name', `there is no hosted system "${config.system}"`, `There is: ${names}.`);
    }
    let running: RunningNode | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop(log, signal, running));
    running = await startNode(config, system, log, (error) => crash(log, error));
    isReady = true;
    log('info', 'ready', {
      system: system.name,
      clientPort: config.clientPort,
      pid: process.pid,
      nodeVersion: process.version,
      allowFaults: config.allowFaults,
    });
  } catch (error) {
    if (isReady || !(error instanceof AssayError)) crash(log, error);
    log('error', error.message, { code: error.code, wayOut: error.wayOut });
    process.exit(CONFIGURATION_ERRORS.includes(error.code) ? EXIT.badConfiguration : EXIT.cannotStart);
  }
}

function stop(log: Log, signal: string, running: RunningNode | undefined): void {
  log('info', `stopping: ${signal}`);
  if (!running) process.exit(EXIT.stopped);
  setTimeout(() => {
    log('warn', `stopped without finishing after ${STOP_WITHIN_MS} ms`);
    process.exit(EXIT.stopped);
  }, STOP_WITHIN_MS);
  running.stop().then(
    () => {
      log('info', 'stopped');
      process.exit(EXIT.stopped);
    },
    (error: unknown) => crash(log, error),
  );
}

function crash(log: Log, error: unknown): never {
  const details =
    error instanceof AssayError
      ? { code: error.code, wayOut: error.wayOut }
      : { stack: error instanceof Error ? error.stack : undefined };
  log('error', `crashed: ${messageOf(error)}`, details);
  process.exit(EXIT.crashed);
}

await main();
