import type { NodeId, Outcome, Reply } from 'assay/plugin';
import { replyText, type Voucher } from '../../consensus/pbft/index.js';
import type { Keyring } from '../../ports/keys.js';

/** An outcome that enough replicas vouch for. */
export interface Vouched {
  readonly outcome: Outcome;
  /** No later than the view of some correct replica among them: each may lie about its own, but not all do. */
  readonly view: number;
}

/**
 * Who vouches for which outcome of one request. A replica counts once for each outcome, and only for itself: its voucher
 * carries a MAC that it alone could make, and came from itself.
 */
export class Vouchers {
  /** By the outcome's text: the view that each replica names. */
  private readonly views = new Map<string, Map<NodeId, number>>();
  private readonly heard = new Set<NodeId>();

  constructor(
    private readonly keys: Keyring,
    private readonly timestamp: number,
    /** How many replicas must vouch for the same. */
    private readonly needed: number,
  ) {}

  /** Takes an answer into account, if it is one; the outcome that enough vouch for now. */
  add(node: NodeId, reply: Reply): Vouched | undefined {
    const answer = reply.kind === 'answered' && reply.status === 200 ? vouchedAnswer(reply.body) : undefined;
    if (answer === undefined) return undefined;
    const { outcome, voucher } = answer;
    if (voucher.replica !== node) return undefined;
    const text = JSON.stringify(outcome);
    const request = { client: this.keys.owner, timestamp: this.timestamp };
    if (!this.keys.verifyMac(node, replyText(request, voucher.view, text), voucher.mac)) return undefined;
    let views = this.views.get(text);
    if (views === undefined) {
      views = new Map();
      this.views.set(text, views);
    }
    views.set(node, voucher.view);
    this.heard.add(node);
    return views.size < this.needed ? undefined : { outcome, view: Math.min(...views.values()) };
  }

  /** Whether this replica vouches for something already. */
  has(node: NodeId): boolean {
    return this.heard.has(node);
  }

  /** Whether enough may yet agree, if so many more replicas answer. */
  mayAgree(more: number): boolean {
    const most = Math.max(0, ...[...this.views.values()].map(({ size }) => size));
    return most + more >= this.needed;
  }
}

// Read by hand: several an operation, for which a schema would cost more than all else that the client does.

function vouchedAnswer(body: unknown): { readonly outcome: Outcome; readonly voucher: Voucher } | undefined {
  if (!isObject(body) || body.type !== 'vouched') return undefined;
  const { outcome, voucher } = body;
  if (!isObject(outcome) || !isObject(voucher)) return undefined;
  const isOutcome = outcome.type === 'ok' || (outcome.type === 'fail' && typeof outcome.error === 'string');
  const { replica, view, mac } = voucher;
  if (!isOutcome || typeof replica !== 'string' || typeof mac !== 'string') return undefined;
  if (typeof view !== 'number' || !Number.isSafeInteger(view) || view < 0) return undefined;
  return { outcome: outcome as Outcome, voucher: { replica, view, mac } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
