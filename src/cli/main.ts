#!/usr/bin/env node
import { runCommandLine } from './program.js';

const exitCode = await runCommandLine(process.argv.slice(2));
// Not left to the event loop: a connection that somebody forgot must not hold the terminal. Output is drained first.
process.stdout.write('', () => process.exit(exitCode));
