import { createServer, type Server, type Socket } from 'node:net';
import { AssayError, messageOf } from '../../kernel/errors.js';
import type { NodeId } from '../../kernel/ids.js';
import type { Network } from '../../ports/network.js';
import type { Log } from '../log.js';
import { LineSplitter, MalformedStream } from './lines.js';
import { DEFAULT_LINK_TIMING, type LinkTiming, MAX_LINE_LENGTH, PeerLink } from './peer-link.js';

export interface TcpNetworkOptions {
  readonly self: NodeId;
  /** The other nodes, and where they listen. */
  readonly peers: ReadonlyMap<NodeId, { readonly host: string; readonly port: number }>;
  readonly log: Log;
  /** Called before bytes leave: what explains them must be written first. */
  readonly beforeSend?: () => void;
  readonly timing?: Partial<LinkTiming>;
}

/**
 * Messages between nodes over TCP. Each node connects to each other one and sends on that connection alone, so a
 * firewall rule on the receiver's peer port cuts exactly one direction. What cannot be delivered soon is dropped, the
 * oldest first: messages are unreliable by contract, and old ones are of no use.
 *
 * The wire: lines of text, the first character says what a line is.
 *
 * | line                        | by       | meaning                                         |
 * | --------------------------- | -------- | ----------------------------------------------- |
 * | `H{"from":"n1","to":"n2"}`  | sender   | who is calling whom, the first line             |
 * | `W`                         | receiver | welcome: messages may follow                    |
 * | `M…`                        | sender   | a message, as JSON                              |
 * | `P`                         | sender   | ping                                            |
 * | `A`                         | receiver | answer to a ping: the connection is alive       |
 */
export class TcpNetwork implements Network<unknown> {
  private readonly links: ReadonlyMap<NodeId, PeerLink>;
  private readonly incoming = new Set<Socket>();
  private readonly server: Server;
  private receive: ((from: NodeId, message: unknown) => void) | undefined;
  private isFlushDue = false;

  constructor(private readonly options: TcpNetworkOptions) {
    const timing = { ...DEFAULT_LINK_TIMING, ...options.timing };
    this.links = new Map(
      [...options.peers].map(([id, address]) => [
        id,
        new PeerLink({ self: options.self, peer: id, ...address, timing, log: options.log }),
      ]),
    );
    this.server = createServer({ noDelay: true }, (socket) => this.accept(socket));
  }

  /**
   * Listens for peers and begins to connect to them.
   *
   * @throws AssayError `port-taken` when the port cannot be had
   */
  async listen(host: string, port: number): Promise<void> {
    await listenOn(this.server, host, port, 'peers');
    this.server.on('error', (error) => this.options.log('error', `peer port: ${messageOf(error)}`));
    for (const link of this.links.values()) link.open();
  }

  send(to: NodeId, message: unknown): void {
    const link = this.links.get(to);
    if (!link) {
      this.options.log('error', `a message to ${to}, which is no peer, was dropped`);
      return;
    }
    link.enqueue(message);
    if (this.isFlushDue) return;
    // Not at once: what one turn of the event loop sends to one peer goes out in one write.
    this.isFlushDue = true;
    queueMicrotask(() => this.flush());
  }

  onReceive(receive: (from: NodeId, message: unknown) => void): void {
    this.receive = receive;
  }

  close(): void {
    this.server.close();
    for (const socket of this.incoming) socket.destroy();
    for (const link of this.links.values()) link.close();
  }

  private flush(): void {
    this.isFlushDue = false;
    this.options.beforeSend?.();
    for (const link of this.links.values()) link.flush();
  }

  /** One peer's incoming connection: a greeting, then messages and pings. */
  private accept(socket: Socket): void {
    this.incoming.add(socket);
    const lines = new LineSplitter(MAX_LINE_LENGTH);
    let from: NodeId | undefined;
    socket.setEncoding('utf8');
    // Peers ping several times a second. The limit is far above their patience, so that what a node finds in its
    // sockets after a pause still reaches it: late messages are what a pause is for.
    socket.setTimeout(60_000, () => socket.destroy());
    socket.on('error', () => undefined); // 'close' follows, and the peer connects anew.
    socket.on('close', () => this.incoming.delete(socket));
    socket.on('data', (chunk: string) => {
      try {
        for (const line of lines.push(chunk)) {
          if (socket.destroyed) return;
          if (from === undefined) {
            from = this.greet(line);
            socket.write('W\n');
          } else if (line === 'P') {
            socket.write('A\n');
          } else {
            this.deliver(from, line);
          }
        }
      } catch (error) {
        if (!(error instanceof MalformedStream)) throw error;
        this.options.log('warn', `closed a peer's connection: ${error.message}`, {
          peer: from,
          address: socket.remoteAddress,
        });
        socket.destroy();
      }
    });
  }

  private greet(line: string): NodeId {
    const greeting = line.startsWith('H') ? parseJson(line.slice(1)) : undefined;
    if (typeof greeting !== 'object' || greeting === null || !('from' in greeting) || !('to' in greeting)) {
      throw new MalformedStream(`it began with ${excerpt(line)} instead of a greeting`);
    }
    const { from, to } = greeting;
    if (to !== this.options.self) throw new MalformedStream(`it calls ${String(to)}, and this is ${this.options.self}`);
    if (typeof from !== 'string' || !this.links.has(from)) {
      throw new MalformedStream(`${String(from)} is no node of this cluster`);
    }
    return from;
  }

  private deliver(from: NodeId, line: string): void {
    if (!line.startsWith('M')) throw new MalformedStream(`${excerpt(line)} is no line of a peer`);
    this.receive?.(from, parseJson(line.slice(1)));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedStream(`${excerpt(text)} is not JSON (${messageOf(error)})`);
  }
}

function excerpt(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/**
 * Resolves when the server listens.
 *
 * @param what who comes in there, for the error
 * @throws AssayError `port-taken` when the port cannot be had
 */
export function listenOn(server: Server, host: string, port: number, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'another process listens there' : messageOf(error);
      reject(
        new AssayError(
          'port-taken',
          `cannot listen on ${host}:${port} for ${what}: ${reason}`,
          'Stop that process, or give the node another port.',
          { cause: error },
        ),
      );
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
