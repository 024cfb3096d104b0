import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { messageOf } from '../kernel/errors.js';
import type { NodeId } from '../kernel/ids.js';
import type { Reply, Request, Requests } from '../ports/requests.js';

/** A longer answer is given up: no client port of ours or of a system under test sends one. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

export interface HttpRequestsOptions {
  /** For the TCP connection alone; a request that runs into it was surely never delivered. Default 1000. */
  readonly connectTimeoutMs?: number;
}

/** Where clients reach a node; undefined while it is known to be nowhere. */
export type AddressOf = (node: NodeId) => { readonly host: string; readonly port: number } | undefined;

/**
 * Requests over HTTP/1.1 with kept connections. Its promise is the truth about what became of a request: `refused`
 * only when not a byte of it can have left, because no connection came about; `lost` from the moment when the bytes
 * may have been delivered. That includes a reset on a kept connection: the server may have executed the request and
 * died before the answer. `request` never rejects.
 */
export class HttpRequests implements Requests {
  private readonly agent = new Agent({ keepAlive: true, noDelay: true });
  private readonly connectTimeoutMs: number;

  constructor(
    private readonly addressOf: AddressOf,
    options: HttpRequestsOptions = {},
  ) {
    this.connectTimeoutMs = options.connectTimeoutMs ?? 1000;
  }

  request(node: NodeId, request: Request): Promise<Reply> {
    let address: ReturnType<AddressOf>;
    try {
      address = this.addressOf(node);
    } catch (error) {
      return Promise.resolve({ kind: 'refused', error: messageOf(error) });
    }
    if (!address) return Promise.resolve({ kind: 'refused', error: `${node} has no address now` });
    return this.exchange(`${address.host}:${address.port}`, address.host, address.port, request);
  }

  /** Closes all connections; requests under way end as lost. */
  close(): void {
    this.agent.destroy();
  }

  private exchange(
    place: string,
    host: string,
    port: number,
    { method, path, body, timeoutMs }: Request,
  ): Promise<Reply> {
    return new Promise((resolve) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const headers: Record<string, string | number> = { accept: 'application/json' };
      if (payload !== undefined) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = Buffer.byteLength(payload);
      }
      let isConnected = false;
      let isSettled = false;
      const outgoing = httpRequest({ host, port, method, path, headers, agent: this.agent });
      const settle = (reply: Reply) => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(deadline);
        clearTimeout(connectDeadline);
        resolve(reply);
      };
      const giveUp = (error: string) => {
        settle({ kind: isConnected ? 'lost' : 'refused', error: `${place}: ${error}` });
        outgoing.destroy();
      };
      const deadline = setTimeout(() => giveUp(`no answer within ${timeoutMs} ms`), timeoutMs);
      let connectDeadline: NodeJS.Timeout | undefined;
      outgoing.on('socket', (socket) => {
        if (!socket.connecting) {
          isConnected = true;
          return;
        }
        connectDeadline = setTimeout(
          () => giveUp(`no connection within ${this.connectTimeoutMs} ms`),
          this.connectTimeoutMs,
        );
        socket.once('connect', () => {
          isConnected = true;
          clearTimeout(connectDeadline);
        });
      });
      outgoing.on('error', (error) => giveUp(messageOf(error) || 'connection failed'));
      outgoing.on('response', (incoming) => {
        readAnswer(incoming, (error, text) => {
          if (error !== undefined) giveUp(error);
          else settle({ kind: 'answered', status: incoming.statusCode ?? 0, body: decode(incoming, text) });
        });
      });
      outgoing.end(payload);
    });
  }
}

/** Requests to wherever `addressOf` says that a node is now: asked anew for every request. */
export function httpRequests(addressOf: AddressOf, options?: HttpRequestsOptions): HttpRequests {
  return new HttpRequests(addressOf, options);
}

function readAnswer(incoming: IncomingMessage, done: (error: string | undefined, text: string) => void): void {
  let text = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > MAX_ANSWER_BYTES) done(`the answer exceeds ${MAX_ANSWER_BYTES} bytes`, '');
  });
  incoming.on('end', () => {
    if (incoming.complete) done(undefined, text);
    else done('the answer broke off', '');
  });
  incoming.on('error', (error) => done(messageOf(error), ''));
}

/** JSON where it is JSON, undefined where there is no body, else the text as it came. */
function decode(incoming: IncomingMessage, text: string): unknown {
  if (text.length === 0) return undefined;
  if (!incoming.headers['content-type']?.includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
