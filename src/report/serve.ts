import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AssayError, messageOf } from '../kernel/errors.js';
import { CAMPAIGN_FILES } from '../store/campaign-record.js';
import { HISTORY_FILE, REPORT_FILE, type ResultsStore, RUN_RECORD_FILE, TRACE_FILE } from '../store/results.js';
import { appScript } from './app-bundle.js';
import { renderHtml } from './html.js';
import { renderListPage } from './list-html.js';
import { listResults } from './list-results.js';

export interface ServeOptions {
  readonly store: ResultsStore;
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1: results may hold what a system under test said, and nobody else need see it. */
  readonly host?: string;
}

export interface ResultsServer {
  /** "http://127.0.0.1:7300/" */
  readonly url: string;
  close(): Promise<void>;
}

/** The files of a folder that can be asked for, and what each is. Nothing else is ever opened. */
const SERVED: Readonly<Record<string, string>> = {
  [REPORT_FILE]: 'text/html; charset=utf-8',
  [RUN_RECORD_FILE]: 'application/json; charset=utf-8',
  [HISTORY_FILE]: 'application/x-ndjson; charset=utf-8',
  [TRACE_FILE]: 'application/x-ndjson; charset=utf-8',
  [CAMPAIGN_FILES.html]: 'text/html; charset=utf-8',
  [CAMPAIGN_FILES.json]: 'application/json; charset=utf-8',
  [CAMPAIGN_FILES.junit]: 'application/xml; charset=utf-8',
};

/**
 * Serves a results folder: a list of runs and campaigns at `/`, and their files at `/<id>/<file>`, the same relative
 * places as on disk, so that the links of a campaign's page lead to its runs in both.
 *
 * @throws AssayError `port-taken` or `bad-argument`
 */
export async function serveResults(options: ServeOptions): Promise<ResultsServer> {
  const { store, port, host = '127.0.0.1' } = options;
  const server = createServer((request, response) => {
    answer(store, request, response).catch((error) => fail(response, error));
  });
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(store: ResultsStore, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'text/plain; charset=utf-8', 'Only GET.\n');
  }
  const segments = pathSegments(request.url ?? '/');
  const [id, file, ...rest] = segments ?? [];
  if (segments?.length === 0) {
    const page = renderListPage(store.path, await listResults(store), await appScript('list'));
    return send(response, 200, 'text/html; charset=utf-8', page);
  }
  // By name from the list of folders, never by path: what is asked for cannot lead out of the results.
  if (id === undefined || file === undefined || rest.length > 0 || !store.names().includes(id) || !(file in SERVED)) {
    return send(response, 404, 'text/plain; charset=utf-8', 'There is no such page. The list of results is at /.\n');
  }
  const path = join(store.path, id, file);
  const type = SERVED[file] ?? 'text/plain';
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile()) {
    response.writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': info.size });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(path, { end: Math.max(0, info.size - 1) }), response);
    return;
  }
  if (file === REPORT_FILE) {
    // A run that goes on, or whose harness was killed, has no report yet: what there is can be shown all the same.
    return send(response, 200, type, await renderHtml(join(store.path, id)));
  }
  return send(response, 404, 'text/plain; charset=utf-8', `${id} has no ${file}.\n`);
}

/** The decoded parts of a request's path; undefined for one that is no path at all. */
function pathSegments(url: string): string[] | undefined {
  try {
    const { pathname } = new URL(url, 'http://results');
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

const HEADERS = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const wayOut = error instanceof AssayError && error.wayOut !== undefined ? `\n${error.wayOut}` : '';
  send(
    response,
    error instanceof AssayError ? 404 : 500,
    'text/plain; charset=utf-8',
    `${messageOf(error)}${wayOut}\n`,
  );
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(
          new AssayError(
            'port-taken',
            `port ${port} of ${host} is in use`,
            'Name another with --port, or take any free one with --port 0.',
            { cause: error },
          ),
        );
      } else {
        reject(
          new AssayError(
            'bad-argument',
            `cannot listen at ${host}:${port}: ${error.message}`,
            'Name another port with --port.',
            { cause: error },
          ),
        );
      }
    });
    server.listen(port, host, () => resolve());
  });
}
