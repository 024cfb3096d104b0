import type { TraceEvent } from '../../src/history/trace.js';
import type { TraceLine } from './partial-traces.js';

interface Node {
  term: number;
  vote: string | null;
  commit: number;
  applied: number;
  role: string;
  log: number;
}

interface Message {
  readonly type: string;
  readonly term: number;
  readonly preVote?: boolean;
  readonly granted?: boolean;
  readonly lastLogIndex?: number;
  readonly lastLogTerm?: number;
  readonly prevLogIndex?: number;
  readonly prevLogTerm?: number;
  readonly entries?: readonly unknown[];
  readonly leaderCommit?: number;
  readonly success?: boolean;
  readonly matchIndex?: number;
  readonly lastIncludedIndex?: number;
  readonly installed?: boolean;
}

const numberOf = (node: string | null) => (node === null ? '0' : node.slice(1));

/**
 * A trace of ours as etcd-io/raft would have written it: the same steps at the same moments, as far as it records them
 * (its `state_trace.go` and where `raft.go` calls it), wrapped as the logger of its `tla/README.md` wraps them.
 */
export function asEtcd(lines: readonly TraceEvent[]): TraceLine[] {
  const ids = [...new Set(lines.map(({ node }) => node))].sort();
  const conf = [ids.map(numberOf), []];
  const nodes = new Map<string, Node>();
  const written: TraceLine[] = [];
  for (const line of lines) {
    const node = nodes.get(line.node) ?? { term: 0, vote: null, commit: 0, applied: 0, role: 'StateFollower', log: 0 };
    nodes.set(line.node, node);
    const write = (name: string, over: Partial<Node> = {}, more: object = {}) => {
      const { term, vote, commit, role, log, applied } = { ...node, ...over };
      const state = { term, vote: numberOf(vote), commit };
      const event = { name, nid: numberOf(line.node), state, role, log, applied, conf, ...more };
      written.push({ level: 'debug', ts: 1_719_889_274 + line.timeUs / 1e6, msg: 'trace', tag: 'trace', event });
    };
    switch (line.name) {
      case 'InitState': {
        const log = line.snapshotIndex + line.log.length;
        write('InitState', { term: 0, vote: null, commit: 0, applied: 0, role: 'StateFollower', log });
        const { term, votedFor: vote, snapshotIndex } = line;
        Object.assign(node, { term, vote, commit: snapshotIndex, applied: snapshotIndex, role: 'StateFollower', log });
        write('BecomeFollower');
        break;
      }
      case 'UpdateTerm':
        Object.assign(node, { term: line.term, vote: null, role: 'StateFollower' });
        write('BecomeFollower');
        break;
      case 'BecomeFollower':
        node.role = 'StateFollower';
        write('BecomeFollower');
        break;
      case 'BecomePreCandidate':
        node.role = 'StatePreCandidate';
        break;
      case 'BecomeCandidate':
        Object.assign(node, { term: line.term, vote: line.node, role: 'StateCandidate' });
        write('BecomeCandidate');
        break;
      case 'BecomeLeader':
        node.role = 'StateLeader';
        write('BecomeLeader');
        break;
      case 'Vote':
        node.vote = line.candidate;
        break;
      case 'Append':
        if (node.role === 'StateLeader') for (const _ of line.entries) write('Replicate');
        node.log = line.from + line.entries.length - 1;
        break;
      case 'AdvanceCommit':
        node.commit = line.commitIndex;
        if (node.role === 'StateLeader') write('Commit');
        break;
      case 'Apply':
        node.applied = line.from + line.entries.length - 1;
        write('Advance');
        break;
      case 'Durable':
        write('Ready');
        break;
      case 'InstallSnapshot':
        Object.assign(node, { commit: line.index, applied: line.index, log: line.index + line.log.length });
        break;
      case 'Send':
      case 'Receive': {
        const [from, to] = line.name === 'Send' ? [line.node, line.to] : [line.from, line.node];
        const message = etcdMessage(line.message as Message, numberOf(from), numberOf(to));
        if (message === undefined) break;
        const kind = /MsgVote/.test(message.type) ? 'RequestVote' : 'AppendEntries';
        write(`${line.name}${kind}${message.type.endsWith('Resp') ? 'Response' : 'Request'}`, {}, { msg: message });
        break;
      }
      default:
        break;
    }
  }
  return written;
}

function etcdMessage(message: Message, from: string, to: string) {
  const made = (type: string, more: object) => ({
    type,
    term: message.term,
    from,
    to,
    entries: 0,
    logTerm: 0,
    index: 0,
    commit: 0,
    vote: '0',
    reject: false,
    rejectHint: 0,
    ...more,
  });
  switch (message.type) {
    case 'RequestVote':
      if (message.preVote) return undefined;
      return made('MsgVote', { index: message.lastLogIndex, logTerm: message.lastLogTerm });
    case 'RequestVoteResponse':
      return message.preVote ? undefined : made('MsgVoteResp', { reject: !message.granted });
    case 'AppendEntries':
      return made('MsgApp', {
        index: message.prevLogIndex,
        logTerm: message.prevLogTerm,
        entries: message.entries?.length,
        commit: message.leaderCommit,
      });
    case 'AppendEntriesResponse':
      return message.success
        ? made('MsgAppResp', { index: message.matchIndex })
        : made('MsgAppResp', { index: message.prevLogIndex, reject: true });
    case 'InstallSnapshot':
      return made('MsgSnap', { entries: message.lastIncludedIndex });
    case 'InstallSnapshotResponse':
      return message.installed ? made('MsgAppResp', { index: message.lastIncludedIndex }) : undefined;
    default:
      return undefined;
  }
}
