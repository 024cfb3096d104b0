import type { NodeId } from '../kernel/ids.js';

export interface Request {
  readonly method: 'GET' | 'POST';
  /** Absolute path with its query, such as `/status`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly timeoutMs: number;
}

/** What became of a request. Three outcomes, never two: answered, surely never delivered, nobody knows. */
export type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'refused'; readonly error: string }
  | { readonly kind: 'lost'; readonly error: string };

/** The way from a client to a node's client port: HTTP with JSON bodies, or the simulator's stand-in for it. */
export interface Requests {
  request(node: NodeId, request: Request): Promise<Reply>;
}
