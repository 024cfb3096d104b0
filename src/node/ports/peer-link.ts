import { connect, type Socket } from 'node:net';
import type { NodeId } from '../../kernel/ids.js';
import type { Log } from '../log.js';
import { cachedLookup } from './cached-lookup.js';
import { monotonicUs } from './clock.js';

/** The longest line that a node sends or accepts, in characters. */
export const MAX_LINE_LENGTH = 32 * 1024 * 1024;
/** Messages kept while the peer is unreachable or slow; beyond that the oldest go. */
const MAX_QUEUED = 256;
/** While the socket holds this much unsent, messages wait in the queue, where old ones can still be dropped. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;

/**
 * How soon a link notices things, in real milliseconds. After a partition heals, a fresh attempt must succeed within
 * about a second: TCP's own retransmission waits twice as long after each loss, so a connection that has been black-
 * holed for a minute would stay mute for another.
 */
export interface LinkTiming {
  /** For the TCP connection, and again for the welcome. Above the round trip of any delay worth injecting. */
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  /** A connection whose peer has been silent this long is given up. */
  readonly silenceTimeoutMs: number;
  /** Between attempts: the first pause, doubling up to the longest. */
  readonly firstBackOffMs: number;
  readonly longestBackOffMs: number;
}

export const DEFAULT_LINK_TIMING: LinkTiming = {
  connectTimeoutMs: 1000,
  pingIntervalMs: 300,
  silenceTimeoutMs: 1500,
  firstBackOffMs: 20,
  longestBackOffMs: 250,
};

export interface PeerLinkOptions {
  readonly self: NodeId;
  readonly peer: NodeId;
  readonly host: string;
  readonly port: number;
  readonly timing: LinkTiming;
  readonly log: Log;
}

/** The outgoing connection to one peer, made again whenever it breaks. */
export class PeerLink {
  private readonly lookup = cachedLookup();
  private queue: unknown[] = [];
  private dropped = 0;
  private socket: Socket | undefined;
  /** The peer said welcome: messages may go. */
  private isUp = false;
  private backOffMs: number;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** Whether the last thing logged was that the link is down: one line a change, not one an attempt. */
  private isReportedDown = false;

  constructor(private readonly options: PeerLinkOptions) {
    this.backOffMs = options.timing.firstBackOffMs;
  }

  open(): void {
    const { self, peer, host, port, timing } = this.options;
    const socket = connect({ host, port, noDelay: true, lookup: this.lookup });
    this.socket = socket;
    let heardUs = monotonicUs();
    let pingedUs = heardUs;
    let failure = 'closed by the peer';
    const giveUp = (reason: string) => {
      failure = reason;
      socket.destroy();
    };
    const attemptTimer = setTimeout(
      () => giveUp(`no connection within ${timing.connectTimeoutMs} ms`),
      timing.connectTimeoutMs,
    );
    socket.setEncoding('latin1');
    socket.on('connect', () => {
      attemptTimer.refresh();
      socket.write(`H${JSON.stringify({ from: self, to: peer })}\n`);
    });
    socket.on('data', () => {
      // Only W and A come this way, and either says: I am alive.
      heardUs = monotonicUs();
      if (this.isUp) return;
      clearTimeout(attemptTimer);
      this.isUp = true;
      this.backOffMs = timing.firstBackOffMs;
      if (this.isReportedDown) this.options.log('info', `connected to ${peer}`, { peer, dropped: this.dropped });
      this.isReportedDown = false;
      this.dropped = 0;
      this.flush();
    });
    socket.on('drain', () => this.flush());
    socket.on('error', (error) => {
      failure = error.message;
    });
    const watch = setInterval(() => {
      const nowUs = monotonicUs();
      // We may have stood still ourselves (SIGSTOP, a busy machine): then the peer gets another chance to be heard.
      const wasStalled = nowUs - pingedUs > 2000 * timing.pingIntervalMs;
      pingedUs = nowUs;
      if (!this.isUp) return;
      if (wasStalled) heardUs = nowUs;
      if (nowUs - heardUs > 1000 * timing.silenceTimeoutMs) giveUp(`silent for ${timing.silenceTimeoutMs} ms`);
      else socket.write('P\n');
    }, timing.pingIntervalMs);
    socket.on('close', () => {
      clearTimeout(attemptTimer);
      clearInterval(watch);
      this.isUp = false;
      if (this.isClosed) return;
      if (!this.isReportedDown) this.options.log('warn', `no connection to ${peer}: ${failure}`, { peer });
      this.isReportedDown = true;
      this.timer = setTimeout(() => this.open(), this.backOffMs);
      this.backOffMs = Math.min(this.backOffMs * 2, timing.longestBackOffMs);
    });
  }

  /** Keeps the message for the next `flush`. */
  enqueue(message: unknown): void {
    this.queue.push(message);
    if (this.queue.length <= MAX_QUEUED) return;
    this.queue.shift();
    this.dropped++;
  }

  /** Sends what waits, if the peer takes it; otherwise it goes on waiting. */
  flush(): void {
    const { socket } = this;
    if (!this.isUp || !socket || this.queue.length === 0) return;
    let batch = '';
    let sent = 0;
    while (sent < this.queue.length && socket.writableLength + batch.length < MAX_UNSENT_BYTES) {
      const line = `M${JSON.stringify(this.queue[sent++])}\n`;
      if (line.length <= MAX_LINE_LENGTH) batch += line;
      else this.options.log('error', `a message of ${line.length} characters was dropped: too long for the wire`);
    }
    this.queue = this.queue.slice(sent);
    if (batch.length > 0) socket.write(batch);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }
}
