import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { raftSafety } from '../../../src/conformance/raft-safety.js';
import { raftSteps } from '../../../src/conformance/raft-steps.js';
import { TraceReader } from '../../../src/conformance/trace-reader.js';
import { nodeIds } from '../../../src/kernel/ids.js';
import type { Checker } from '../../../src/plugin/checker.js';
import { readEvents } from '../../../src/store/event-reader.js';
import { TRACE_FILE } from '../../../src/store/results.js';
import { NODES } from './record.js';

const MEBIBYTE = 2 ** 20;
const EVERY = 1_000_000;

/** What the checkers may hold more at the end than after the first million events. */
const GROWTH_MEBIBYTES = 8;

/**
 * What both trace checkers hold while they read a long trace from its file, as `assay spec trace` does. Another process
 * simulates the run and writes the file, so that what is measured is this one's.
 */
export async function measureMemory(events: number): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const folder = mkdtempSync(join(tmpdir(), 'assay-conformance-'));
  try {
    execFileSync(
      process.execPath,
      [
        ...process.execArgv,
        fileURLToPath(new URL('../main.ts', import.meta.url)),
        'conformance',
        String(events),
        folder,
      ],
      { stdio: 'inherit' },
    );
    const [run] = readdirSync(folder).filter((name) => name.includes('raft'));
    const nodes = nodeIds(NODES);
    const reader = new TraceReader(nodes);
    const checkers: Checker[] = [
      raftSafety({ nodes, inOrder: true }, reader),
      raftSteps({ nodes, preVote: true, stickToLeader: true }, reader),
    ];
    console.log('    events    CPU s  held MiB  peak RSS MiB');
    const held: number[] = [];
    let read = 0;
    const mark = () => {
      const { user, system } = process.cpuUsage();
      collect();
      held.push(process.memoryUsage().heapUsed / MEBIBYTE);
      console.log(
        [
          read.toLocaleString('en').padStart(10),
          ((user + system) / 1e6).toFixed(1).padStart(7),
          (held.at(-1) as number).toFixed(1).padStart(8),
          (process.resourceUsage().maxRSS / 1024).toFixed(0).padStart(12),
        ].join('  '),
      );
    };
    for await (const event of readEvents(join(folder, run as string, TRACE_FILE))) {
      for (const checker of checkers) checker.observe(event);
      if (++read % EVERY === 0) mark();
      if (read === events) break;
    }
    for (const checker of checkers) {
      const { verdict, summary } = await checker.conclude(1000);
      console.log(summary);
      if (verdict !== 'valid') throw new Error(`${checker.name}: ${verdict}`);
    }
    const growth = (held.at(-1) ?? 0) - (held[0] ?? 0);
    const bounded = read === events && growth <= GROWTH_MEBIBYTES;
    console.log(
      `held ${growth.toFixed(1)} MiB more after ${read.toLocaleString('en')} events than after ${EVERY.toLocaleString('en')} ` +
        `(at most ${GROWTH_MEBIBYTES}): ${bounded ? 'yes' : 'no'}`,
    );
    if (!bounded) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
