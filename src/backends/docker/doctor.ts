import { statfs } from 'node:fs/promises';
import { AssayError, messageOf } from '../../kernel/errors.js';
import { Engine } from './engine.js';
import { baseImage, ensureImage } from './images.js';

/** One thing that runs in Docker need. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found: a version, a size, an error. */
  readonly detail: string;
  readonly wayOut?: string;
}

/** Enough for the images and the logs of some runs. */
const WANTED_FREE_BYTES = 2e9;

/** Each is tried in a namespace of its own, as a run would use it. */
const KERNEL_TRIALS: readonly { name: string; command: string; wayOut: string }[] = [
  {
    name: 'iptables cuts',
    command: 'iptables -A INPUT -s 192.0.2.1 -j DROP',
    wayOut: 'Partitions need it: load the kernel modules nf_tables and xt_* on the host of the engine.',
  },
  {
    name: 'iptables loss',
    command: 'iptables -A INPUT -s 192.0.2.1 -m statistic --mode random --probability 0.5 -j DROP',
    wayOut: 'packet:kind=loss needs it: load the kernel module xt_statistic on the host of the engine.',
  },
  {
    name: 'iptables redirection',
    command:
      'iptables -t nat -A OUTPUT -p tcp -d 192.0.2.1 --dport 1 -m owner ! --uid-owner 1 -j REDIRECT --to-ports 2 && ' +
      'iptables -A OUTPUT -p tcp -d 192.0.2.1 -j REJECT --reject-with tcp-reset',
    wayOut:
      'packet:kind=delay needs it: load the modules xt_owner, xt_REDIRECT and ipt_REJECT on the host of the engine.',
  },
  {
    name: 'libfaketime',
    command:
      'test "$(LD_PRELOAD=/assay/libfaketime.so FAKETIME=+1000d FAKETIME_DONT_FAKE_MONOTONIC=1 date +%s)" ' +
      '-gt "$(($(date +%s) + 80000000))"',
    wayOut: 'Clock jumps need it: the base image must be Debian (ASSAY_BASE_IMAGE).',
  },
];

/** Examines the engine and what runs in it need. Never throws: what went wrong is a finding. */
export async function examineDocker(): Promise<Finding[]> {
  const engine = new Engine();
  const problem = await engine.problem();
  if (problem) return [{ name: 'Docker engine', ok: false, detail: problem.reason, wayOut: problem.wayOut }];
  const findings: Finding[] = [];
  findings.push(await finding('Docker engine', () => describeEngine(engine)));
  findings.push(await finding('disk space of the engine', () => describeSpace(engine)));
  const base = await finding('base image', () => describeBase(engine));
  findings.push(base);
  if (base.ok) findings.push(...(await tryKernel(engine)));
  return findings;
}

async function finding(name: string, examine: () => Promise<string>): Promise<Finding> {
  try {
    return { name, ok: true, detail: await examine() };
  } catch (error) {
    const wayOut = error instanceof AssayError ? error.wayOut : undefined;
    return { name, ok: false, detail: messageOf(error), ...(wayOut !== undefined && { wayOut }) };
  }
}

async function describeEngine(engine: Engine): Promise<string> {
  const { Version, KernelVersion, Arch } = await engine.ask('tell its version', (docker) => docker.version());
  return `version ${Version} on Linux ${KernelVersion} (${Arch})`;
}

async function describeSpace(engine: Engine): Promise<string> {
  const info = (await engine.ask('tell about itself', (docker) => docker.info())) as { DockerRootDir?: string };
  const folder = info.DockerRootDir ?? '/var/lib/docker';
  let free: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    free = bavail * bsize;
  } catch {
    return `${folder} is not on this machine`;
  }
  if (free >= WANTED_FREE_BYTES) return `${(free / 1e9).toFixed(1)} GB free in ${folder}`;
  throw new AssayError(
    'no-space',
    `only ${(free / 1e9).toFixed(1)} GB free in ${folder}`,
    'Remove what nobody uses: `docker system prune`.',
  );
}

async function describeBase(engine: Engine): Promise<string> {
  const { name, id } = await baseImage(engine);
  if (id !== undefined) return `${name} is present`;
  throw new AssayError(
    'not-found',
    `${name} is not present`,
    'The first run pulls it where a registry is reachable; elsewhere `sudo docker/base-image` makes one.',
  );
}

async function tryKernel(engine: Engine): Promise<Finding[]> {
  let image: string;
  try {
    image = (await ensureImage(engine, 'tools', () => undefined)).tag;
  } catch (error) {
    return [await finding('image with the tools', () => Promise.reject(error))];
  }
  // One container for all trials, each of which says how it went.
  const script = KERNEL_TRIALS.map(({ command }, index) => `(${command}) 2>&1 && echo "ok ${index}"`).join('\n');
  const output = await runOnce(engine, image, script).catch((error) => messageOf(error));
  return KERNEL_TRIALS.map(({ name, wayOut }, index) => {
    const ok = output.includes(`ok ${index}`);
    return ok
      ? { name, ok, detail: 'tried, works' }
      : { name, ok, detail: output.trim().split('\n').join('; '), wayOut };
  });
}

async function runOnce(engine: Engine, image: string, script: string): Promise<string> {
  const container = await engine.ask('create a container', (docker) =>
    docker.createContainer({
      Image: image,
      Cmd: ['sleep', '60'],
      User: '0:0',
      HostConfig: { CapAdd: ['NET_ADMIN', 'NET_RAW'], Init: true },
    }),
  );
  try {
    await engine.ask('start a container', () => container.start());
    return (await engine.execute(container.id, '0:0', ['sh', '-c', script])).output;
  } finally {
    await engine.ask('remove a container', () => container.remove({ force: true, v: true }));
  }
}
