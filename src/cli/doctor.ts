import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import { examineDocker, type Finding } from '../backends/docker/doctor.js';
import { messageOf } from '../kernel/errors.js';
import { resultsFlag } from './results-flag.js';
import type { Session } from './session.js';

/** A minute of a busy run takes some ten megabytes. */
const WANTED_FREE_BYTES = 200e6;

/** `assay doctor`: whether this machine has what runs need, and how to get what it lacks. */
export function addDoctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('examine this machine: Node, disk space, Docker engine, kernel abilities, base image')
    .addOption(resultsFlag())
    .option('--json', 'print the findings as JSON')
    .action(async ({ results }: { results: string }) => {
      const here = [examineNode(), await examineSpace(results)];
      const docker = await examineDocker();
      const simulator = here.every(({ ok }) => ok);
      const containers = simulator && docker.every(({ ok }) => ok);
      for (const finding of [...here, ...docker]) session.print(renderFinding(finding));
      session.print();
      session.print(`${readiness('the simulator', simulator)}; ${readiness('Docker', containers)}.`);
      session.printJson({ simulator, docker: containers, findings: [...here, ...docker] });
    });
}

function readiness(backend: string, ready: boolean): string {
  return `Runs in ${backend}: ${ready ? 'ready' : 'see above'}`;
}

function renderFinding({ name, ok, detail, wayOut }: Finding): string {
  const mark = ok ? pc.green('ok     ') : pc.red('missing');
  return `${mark} ${name}: ${detail}${wayOut === undefined ? '' : `\n        ${wayOut}`}`;
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 15);
  const wayOut = 'Install Node 20.15 or newer.';
  return { name: 'Node', ok, detail: process.version, ...(!ok && { wayOut }) };
}

async function examineSpace(results: string): Promise<Finding> {
  const name = 'disk space for results';
  const wayOut = 'Free some space, or name another folder with --results.';
  try {
    const { bavail, bsize } = await statfsOfNearest(resolve(results));
    const free = bavail * bsize;
    const ok = free >= WANTED_FREE_BYTES;
    return { name, ok, detail: `${(free / 1e9).toFixed(1)} GB free in ${results}`, ...(!ok && { wayOut }) };
  } catch (error) {
    return { name, ok: false, detail: messageOf(error), wayOut };
  }
}

/** The folder itself may not be there yet. */
async function statfsOfNearest(folder: string): Promise<StatsFs> {
  try {
    return await statfs(folder);
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return await statfsOfNearest(dirname(folder));
  }
}
