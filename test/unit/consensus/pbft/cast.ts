import { BugSwitches } from '../../../../src/consensus/bug-switches.js';
import { Authenticator, authenticRequest, type Statement } from '../../../../src/consensus/pbft/authentication.js';
import { NO_BUGS } from '../../../../src/consensus/pbft/bugs.js';
import { batchDigest } from '../../../../src/consensus/pbft/digests.js';
import type {
  Checkpoint,
  Commit,
  Decided,
  PbftMessage,
  Prepare,
  Proposal,
  Request,
  ViewChange,
} from '../../../../src/consensus/pbft/messages.js';
import type { AuthenticationMode } from '../../../../src/consensus/pbft/options.js';
import type { Operation } from '../../../../src/history/events.js';
import type { NodeId } from '../../../../src/kernel/ids.js';
import { TestKeyring } from './keys.js';

export const NODES = ['n1', 'n2', 'n3', 'n4'] as const;

/** What the replicas and clients of a cluster say, all of it authentic. */
export class Cast {
  constructor(readonly mode: AuthenticationMode = 'signatures') {}

  authenticator(node: NodeId): Authenticator {
    return new Authenticator(new TestKeyring(node), NODES, this.mode, new BugSwitches(NO_BUGS));
  }

  request(client: string, timestamp = 1, operation: Operation = { f: 'append', key: 'x', value: timestamp }): Request {
    const unsigned = { type: 'Request', client, timestamp, operation, readOnly: false } as const;
    return authenticRequest(new TestKeyring(client), NODES, this.mode, unsigned);
  }

  proposal(replica: NodeId, sequence: number, requests: readonly Request[], view = 0): Proposal {
    const digest = batchDigest(new TestKeyring(replica), requests);
    const unsigned = { type: 'PrePrepare', view, sequence, digest, replica, requests } as const;
    return this.authenticator(replica).authenticate<Proposal>(unsigned);
  }

  prepare(replica: NodeId, sequence: number, digest: string, view = 0): Prepare {
    const unsigned = { type: 'Prepare', view, sequence, digest, replica } as const;
    return this.authenticator(replica).authenticate<Prepare>(unsigned);
  }

  commit(replica: NodeId, sequence: number, digest: string, view = 0): Commit {
    const unsigned = { type: 'Commit', view, sequence, digest, replica } as const;
    return this.authenticator(replica).authenticate<Commit>(unsigned);
  }

  decided(replica: NodeId, sequence: number, digest: string): Decided {
    return this.authenticator(replica).authenticate<Decided>({ type: 'Decided', sequence, digest, replica });
  }

  checkpoint(replica: NodeId, sequence: number, digest: string): Checkpoint {
    return this.authenticator(replica).authenticate<Checkpoint>({ type: 'Checkpoint', sequence, digest, replica });
  }

  viewChange(replica: NodeId, view: number, prepared: ViewChange['prepared'] = []): ViewChange {
    const certificates = { stable: 0, proof: [], prepared, prePrepared: [] } as const;
    return this.authenticator(replica).sign<ViewChange>({ type: 'ViewChange', view, replica, ...certificates });
  }

  /** Whether `node` would take the statement for its author's. */
  isAuthenticTo(node: NodeId, message: PbftMessage): boolean {
    return 'replica' in message && this.authenticator(node).isAuthentic(message as Statement);
  }
}
