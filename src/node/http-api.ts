import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { messageOf } from '../kernel/errors.js';
import { BEHAVIOURS, type Corruption } from '../ports/corruption.js';
import type { Log } from './log.js';
import { monotonicUs, type RealClock } from './ports/clock.js';
import { listenOn } from './ports/tcp-network.js';

/** Longer requests are answered with 413. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** How long clients may take to read their last answers at a stop. */
const DRAIN_WITHIN_MS = 300;

export interface HttpApiOptions {
  readonly clock: RealClock;
  /** Whether `POST /faults/…` exists. */
  readonly allowFaults: boolean;
  readonly log: Log;
  /** Called before an answer leaves: what explains it must be written first. */
  readonly beforeRespond?: () => void;
}

type Respond = (status: number, body: unknown) => void;

/** Answers a request: `Host.handle`. */
export type Handle = (request: { method: string; path: string; body: unknown }, respond: Respond) => void;

/** Has the node lie, or be honest again: `Host.turn`. */
export type Turn = (corruption: Corruption | undefined) => boolean;

const clockRateSchema = z.strictObject({ rate: z.number().min(0.01).max(100) });
const corruptionSchema = z.union([
  z.strictObject({ behaviour: z.enum(BEHAVIOURS), against: z.array(z.string()) }),
  z.strictObject({ behaviour: z.null() }),
]);

/**
 * The client port of a hosted node, as `src/README.md` describes it: HTTP with JSON bodies around the host. What is
 * about the process and not about the protocol is answered here: bodies that cannot be read, faults.
 */
export class HttpApi {
  private readonly server: Server;
  private handle: Handle | undefined;
  private turn: Turn = () => false;

  constructor(private readonly options: HttpApiOptions) {
    this.server = createServer((request, response) => this.serve(request, response));
    // A client's idle connection must not be closed under the request that it is about to send.
    this.server.keepAliveTimeout = 65_000;
    this.server.headersTimeout = 10_000;
    this.server.requestTimeout = 20_000;
    this.server.on('connection', (socket) => socket.setNoDelay(true));
  }

  /**
   * Listens; until `open`, every answer is 503.
   *
   * @throws AssayError `port-taken` when the port cannot be had
   */
  async listen(host: string, port: number): Promise<void> {
    await listenOn(this.server, host, port, 'clients');
    this.server.on('error', (error) => this.options.log('error', `client port: ${messageOf(error)}`));
  }

  /** From now on requests reach the host. */
  open(handle: Handle, turn: Turn): void {
    this.handle = handle;
    this.turn = turn;
  }

  /** Takes no more connections; resolves when those there are have had their answers and are closed. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      const impatience = setTimeout(() => this.server.closeAllConnections(), DRAIN_WITHIN_MS);
      this.server.close(() => {
        clearTimeout(impatience);
        resolve();
      });
      this.server.closeIdleConnections();
    });
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const respond: Respond = (status, body) => {
      // The client may have gone meanwhile; an answer has nowhere to go then.
      if (response.headersSent || response.destroyed) return;
      this.options.beforeRespond?.();
      if (body === undefined) {
        response.writeHead(status).end();
        return;
      }
      const isText = typeof body === 'string';
      const text = isText ? body : JSON.stringify(body);
      response
        .writeHead(status, {
          'content-type': isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json',
          'content-length': Buffer.byteLength(text),
          // While stopping, ask the client to go elsewhere next time.
          ...(!this.server.listening && { connection: 'close' }),
        })
        .end(text);
    };
    readBody(request, (failure, text) => {
      if (failure) {
        // What is left of the body would be read as the next request.
        response.setHeader('connection', 'close');
        respond(failure.status, { error: failure.error });
        return;
      }
      let body: unknown;
      try {
        body = text.length > 0 ? JSON.parse(text) : undefined;
      } catch (error) {
        respond(400, { error: `the body is not JSON: ${messageOf(error)}` });
        return;
      }
      this.route({ method: request.method ?? 'GET', path: request.url ?? '/', body }, respond);
    });
  }

  private route(request: { method: string; path: string; body: unknown }, respond: Respond): void {
    if (!this.handle) {
      respond(503, { error: 'the node is starting' });
    } else if (request.method === 'POST' && request.path === '/faults/clock-rate') {
      this.setClockRate(request.body, respond);
    } else if (request.method === 'POST' && request.path === '/faults/byzantine') {
      this.corrupt(request.body, respond);
    } else if (request.method === 'GET' && request.path === '/status') {
      this.handle(request, (status, body) => respond(status, withMachineClock(body)));
    } else {
      this.handle(request, respond);
    }
  }

  private corrupt(body: unknown, respond: Respond): void {
    if (this.refusesFaults(respond)) return;
    const parsed = corruptionSchema.safeParse(body);
    if (!parsed.success) {
      respond(400, { error: `the body must be {"behaviour", "against": [node…]} or {"behaviour": null}` });
      return;
    }
    const { data } = parsed;
    if (!this.turn(data.behaviour === null ? undefined : data)) {
      respond(501, { error: 'the protocol of this node cannot be made to lie' });
      return;
    }
    this.options.log('warn', data.behaviour === null ? 'fault over: honest again' : `fault: lies, ${data.behaviour}`);
    respond(204, undefined);
  }

  private refusesFaults(respond: Respond): boolean {
    if (!this.options.allowFaults) respond(403, { error: 'this node was started without allowFaults' });
    return !this.options.allowFaults;
  }

  private setClockRate(body: unknown, respond: Respond): void {
    if (this.refusesFaults(respond)) return;
    const parsed = clockRateSchema.safeParse(body);
    if (!parsed.success) {
      respond(400, { error: `the body must be {"rate": number from 0.01 to 100}: ${z.prettifyError(parsed.error)}` });
      return;
    }
    this.options.clock.setRate(parsed.data.rate);
    this.options.log('warn', `fault: the clock now runs at rate ${parsed.data.rate}`);
    respond(204, undefined);
  }
}

/** Adds the clock that no fault touches to the host's status. */
function withMachineClock(status: unknown): unknown {
  if (typeof status !== 'object' || status === null) return status;
  const clock = 'clock' in status && typeof status.clock === 'object' ? status.clock : {};
  return { ...status, clock: { ...clock, machineUs: monotonicUs() } };
}

function readBody(
  request: IncomingMessage,
  done: (failure: { status: number; error: string } | undefined, text: string) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let isOver = false;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (isOver) return;
    if (length > MAX_BODY_BYTES) {
      isOver = true;
      chunks.length = 0;
      done({ status: 413, error: `the body exceeds ${MAX_BODY_BYTES} bytes` }, '');
    } else {
      chunks.push(chunk);
    }
  });
  request.on('end', () => {
    if (!isOver) done(undefined, (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? '');
  });
  // The client went away in mid-request: nobody waits for an answer.
  request.on('error', () => undefined);
}
