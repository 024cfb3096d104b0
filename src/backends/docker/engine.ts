import { PassThrough } from 'node:stream';
import Docker from 'dockerode';
import { AssayError, messageOf } from '../../kernel/errors.js';

/** No single request to the engine takes this long unless the engine hangs. */
const REQUEST_TIMEOUT_MS = 60_000;
const PING_TIMEOUT_MS = 5000;

/** What Node says when nobody is at the other end of the socket, or went away. */
const CONNECTION_ERRORS = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

export interface EngineProblem {
  readonly reason: string;
  readonly wayOut: string;
}

export interface Executed {
  readonly exitCode: number;
  /** Standard output and error as they came. */
  readonly output: string;
}

export type EnginePlace = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** The Docker engine's API (dockerode), with errors that say what was tried. */
export class Engine {
  readonly docker = new Docker();

  /**
   * One request. A connection that fails is `engine-lost`; an engine that refuses is `harness`, with the engine's own
   * error as its cause.
   */
  async ask<T>(what: string, request: (docker: Docker) => Promise<T>): Promise<T> {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(engineLost(`no answer to "${what}" within a minute`)), REQUEST_TIMEOUT_MS);
    });
    try {
      return await Promise.race([request(this.docker), late]);
    } catch (error) {
      if (error instanceof AssayError) throw error;
      if (isConnectionError(error)) throw engineLost(`${what}: ${messageOf(error)}`, error);
      throw new AssayError('harness', `The Docker engine could not ${what}: ${messageOf(error)}`, undefined, {
        cause: error,
      });
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Runs a command in a running container and waits for its end. */
  async execute(container: string, user: string, command: readonly string[]): Promise<Executed> {
    return await this.ask(`run ${command[0]} in ${container}`, async (docker) => {
      const exec = await docker
        .getContainer(container)
        .exec({ Cmd: [...command], User: user, AttachStdout: true, AttachStderr: true });
      const stream = await exec.start({ hijack: true, stdin: false });
      const merged = new PassThrough();
      docker.modem.demuxStream(stream, merged, merged);
      stream.on('end', () => merged.end());
      stream.on('error', (error) => merged.destroy(error));
      let output = '';
      try {
        for await (const chunk of merged) output += String(chunk);
      } finally {
        // A hijacked connection belongs to no agent: left open, it holds the process for minutes.
        stream.destroy();
      }
      const { ExitCode } = await exec.inspect();
      return { exitCode: ExitCode ?? -1, output };
    });
  }

  /** Where its API is spoken without TLS or SSH, as Node's `http.request` takes it; undefined where it is not. */
  async plainPlace(): Promise<EnginePlace | undefined> {
    // dockerode's types leave its transport's fields out.
    const modem = this.docker.modem as {
      protocol?: string;
      host?: string;
      port?: number | string;
      getSocketPath?: () => Promise<string> | undefined;
    };
    const socketPath = await modem.getSocketPath?.();
    if (socketPath !== undefined) return { socketPath };
    if (modem.protocol !== 'http' || modem.host === undefined) return undefined;
    return { host: modem.host, port: Number(modem.port) };
  }

  /** Why it cannot be used and what to do about it; undefined when it answers. */
  async problem(): Promise<EngineProblem | undefined> {
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error(`no answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS);
    });
    try {
      await Promise.race([this.docker.ping(), late]);
      return undefined;
    } catch (error) {
      const isForbidden = error instanceof Error && 'code' in error && error.code === 'EACCES';
      return {
        reason: `no Docker engine answers (${messageOf(error)})`,
        wayOut: isForbidden
          ? 'This user may not speak to the engine: run as root, or add the user to the group docker.'
          : 'Start Docker; on Debian `sudo docker/engine up` installs and starts an engine. Or use --backend sim.',
      };
    } finally {
      clearTimeout(deadline);
    }
  }

  /** @throws AssayError `no-engine` unless an engine answers */
  async mustAnswer(): Promise<void> {
    const problem = await this.problem();
    if (problem) throw new AssayError('no-engine', problem.reason, problem.wayOut);
  }
}

export function engineLost(detail: string, cause?: unknown): AssayError {
  return new AssayError(
    'engine-lost',
    `The Docker engine went away in mid-run (${detail})`,
    'Start it again, then run `assay clean`: containers of this run may be left over.',
    { cause },
  );
}

/** Whether the engine's refusal was this HTTP status: 404 for what is gone, 409 for what is in the wrong state. */
export function isRefusal(error: unknown, status: number): boolean {
  const cause = error instanceof AssayError ? error.cause : error;
  return typeof cause === 'object' && cause !== null && 'statusCode' in cause && cause.statusCode === status;
}

/** 304 and 409: the container is not in the state that the order was made for. */
const STATE_CHANGED: readonly number[] = [304, 409];

/**
 * The same told as a failure of the server (500): by `exec` in a container that died a moment ago, and by the freezer
 * when a process was being made in that moment.
 */
const STATE_CHANGED_TEXTS = /is not running|unable to (freeze|thaw)/;

/** Whether an order failed because of what the container did meanwhile: looked at again, it may succeed. */
export function isPassing(error: unknown): boolean {
  if (STATE_CHANGED.some((status) => isRefusal(error, status))) return true;
  return isRefusal(error, 500) && STATE_CHANGED_TEXTS.test(messageOf(error));
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONNECTION_ERRORS.has(String(error.code));
}
