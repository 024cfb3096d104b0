import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Everything that Assay makes in an engine carries these: what has none of them is not ours. */
export const LABEL = {
  run: 'assay.run',
  host: 'assay.host',
  pid: 'assay.pid',
  /** A process id is used again; the process's start time makes it one process. */
  pidStart: 'assay.pid-start',
  created: 'assay.created',
} as const;

/** The process that made something and will remove it. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly pidStart: string;
}

export function thisProcess(): Owner {
  return { host: hostname(), pid: process.pid, pidStart: startOf(process.pid) ?? 'unknown' };
}

export function labelsOf(run: string, owner: Owner, createdAt: Date): Record<string, string> {
  return {
    [LABEL.run]: run,
    [LABEL.host]: owner.host,
    [LABEL.pid]: String(owner.pid),
    [LABEL.pidStart]: owner.pidStart,
    [LABEL.created]: createdAt.toISOString(),
  };
}

/** The owner that the labels name; undefined where they name none. */
export function ownerOf(labels: Readonly<Record<string, string>>): Owner | undefined {
  const host = labels[LABEL.host];
  const pid = Number(labels[LABEL.pid]);
  const pidStart = labels[LABEL.pidStart];
  if (host === undefined || pidStart === undefined || !Number.isInteger(pid) || pid <= 0) return undefined;
  return { host, pid, pidStart };
}

/**
 * Whether the owner surely lives no more. An owner on another host (engines can be shared) cannot be judged from here
 * and counts as alive.
 */
export function isDead(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  return startOf(owner.pid) !== owner.pidStart;
}

/** When the process began, in the system's own words; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      // Field 22 of /proc/PID/stat is the start in ticks since boot; the name in field 2 may contain spaces.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`;
    }
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
