import type { RaftMessage, RaftOptions } from '../../../src/consensus/raft/index.js';
import { READ_MODES } from '../../../src/consensus/raft/index.js';
import type { TraceStep } from '../../../src/history/trace.js';
import { type NodeId, nodeIds } from '../../../src/kernel/ids.js';
import { usFromMs } from '../../../src/kernel/units.js';
import { type InFlight, TestCluster } from '../../unit/consensus/cluster.js';

/**
 * Runs a transcript's commands on bare cores, in the manner of etcd-io/raft's `testdata`. A command's output is what
 * the nodes did because of it, one step a line.
 *
 * - `cluster COUNT [option=value…]`   starts n1…
 * - `campaign NODE`                   waits until its election timer is due, and fires it
 * - `stabilize [NODE…]`               delivers and syncs among these nodes until nothing moves; others hear nothing
 * - `deliver FROM->TO`, `drop FROM->TO`, `drop`  the messages under way on that link, or all
 * - `sync NODE`                       completes its oldest write
 * - `advance MS`                      lets time pass, without firing anything
 * - `heartbeat NODE`                  fires the leader's heartbeat timer
 * - `crash NODE`, `restart NODE`      power failure; start with what was synced
 * - `write NODE KEY VALUE`, `read NODE KEY`
 * - `status`                          every node: role, term, vote, commit index, log as index/term
 */
export class Interpreter {
  private cluster = new TestCluster([]);
  private output: string[] = [];
  private readonly votes = new Map<NodeId, string>();

  execute(command: string): string {
    const [name = '', ...args] = command.split(/\s+/);
    this.output = [];
    this.perform(name, args);
    return this.output.length > 0 ? this.output.join('\n') : 'ok';
  }

  private perform(name: string, args: readonly string[]): void {
    const { cluster } = this;
    const [first = '', second = '', third = ''] = args;
    switch (name) {
      case 'cluster':
        this.startCluster(Number(first), args.slice(1));
        break;
      case 'campaign':
        this.campaign(first);
        break;
      case 'stabilize':
        this.stabilize(args.length > 0 ? args : cluster.ids);
        break;
      case 'deliver': {
        const count = cluster.messages.filter((each) => onLink(each, first)).length;
        for (let n = 0; n < count; n++) cluster.deliver(cluster.messages.findIndex((each) => onLink(each, first)));
        break;
      }
      case 'drop':
        cluster.messages = cluster.messages.filter((each) => first !== '' && !onLink(each, first));
        break;
      case 'sync':
        cluster.sync(first);
        break;
      case 'advance':
        cluster.nowUs += usFromMs(Number(first));
        break;
      case 'heartbeat':
        cluster.fire(first, 'heartbeat');
        break;
      case 'crash':
        cluster.crash(first);
        break;
      case 'restart':
        cluster.start(first);
        break;
      case 'write':
        cluster.request(first, { operation: { f: 'write', key: second, value: third } });
        break;
      case 'read':
        cluster.request(first, { operation: { f: 'read', key: second } });
        break;
      case 'status':
        for (const id of cluster.ids) this.output.push(this.describe(id));
        break;
      default:
        throw new Error(`unknown command "${name}"`);
    }
  }

  private campaign(id: NodeId): void {
    const { cluster } = this;
    const before = this.output.length;
    // A timer that was postponed meanwhile only starts anew; then it is waited for again.
    for (let waits = 0; waits < 10 && this.output.length === before; waits++) {
      cluster.nowUs = Math.max(cluster.nowUs, cluster.node(id).timers.get('election') ?? 0);
      cluster.fire(id, 'election');
    }
  }

  private startCluster(count: number, settings: readonly string[]): void {
    const options: Record<string, number | boolean | string> = { snapshotEntries: 1000 };
    for (const setting of settings) {
      const [key = '', value = ''] = setting.split('=');
      const isWord = (READ_MODES as readonly string[]).includes(value);
      options[key] = isWord ? value : value === 'true' || (value !== 'false' && Number(value));
    }
    this.cluster = new TestCluster(nodeIds(count), options as Partial<RaftOptions>, 1);
    this.cluster.onTrace = (node, step) => {
      this.note(node.id, step);
      const line = describeStep(step);
      if (line !== undefined) this.output.push(`${node.id} ${line}`);
    };
    this.cluster.onReply = (node, _, response) => {
      this.output.push(`${node.id} answers the client: ${JSON.stringify(response)}`);
    };
    this.cluster.startAll();
  }

  private stabilize(ids: readonly NodeId[]): void {
    const { cluster } = this;
    const among = (each: InFlight) => ids.includes(each.from) && ids.includes(each.to) && cluster.node(each.to).up;
    for (;;) {
      let busy = false;
      for (const id of ids) busy = cluster.sync(id) || busy;
      const index = cluster.messages.findIndex(among);
      if (index >= 0) cluster.deliver(index);
      else if (!busy) return;
    }
  }

  /** The log as the trace tells it, for `status`. */
  private readonly logs = new Map<NodeId, { base: number; terms: number[] }>();

  private note(id: NodeId, step: TraceStep): void {
    const log = this.logs.get(id) ?? { base: 0, terms: [] };
    const terms = (entries: readonly { term: number }[]) => entries.map(({ term }) => term);
    if (step.name === 'InitState') this.logs.set(id, { base: step.snapshotIndex, terms: terms(step.log) });
    else if (step.name === 'InstallSnapshot') this.logs.set(id, { base: step.index, terms: terms(step.log) });
    else if (step.name === 'Append') {
      log.terms = [...log.terms.slice(0, step.from - 1 - log.base), ...terms(step.entries)];
    } else if (step.name === 'Compact') {
      this.logs.set(id, { base: step.index, terms: log.terms.slice(step.index - log.base) });
    } else if (step.name === 'Vote') this.votes.set(id, `${step.candidate} in ${step.term}`);
  }

  private describe(id: NodeId): string {
    const { core } = this.cluster.node(id);
    if (!core) return `${id}: down`;
    const { role, term, commitIndex } = core.status();
    const { base, terms } = this.logs.get(id) ?? { base: 0, terms: [] };
    const entries = terms.map((entryTerm, offset) => `${base + offset + 1}/${entryTerm}`).join(' ');
    const vote = this.votes.get(id) ?? 'none';
    const behind = base > 0 ? `(snapshot to ${base}) ` : '';
    return `${id}: ${role}, term ${term}, last vote ${vote}, commit ${commitIndex}, log ${behind}${entries || 'empty'}`;
  }
}

function onLink({ from, to }: InFlight, link: string): boolean {
  return `${from}->${to}` === link;
}

/** Undefined for what a reader would skip. */
function describeStep(step: TraceStep): string | undefined {
  switch (step.name) {
    case 'Receive':
    case 'Durable':
      return undefined;
    case 'InitState':
      return `starts in term ${step.term} with ${step.snapshotIndex + step.log.length} entries`;
    case 'UpdateTerm':
      return `enters term ${step.term}`;
    case 'BecomeFollower':
      return `becomes follower in term ${step.term} of ${step.leader ?? 'nobody'}`;
    case 'BecomePreCandidate':
      return `asks whether it could win term ${step.term + 1}`;
    case 'BecomeCandidate':
      return `becomes candidate of term ${step.term}`;
    case 'BecomeLeader':
      return `becomes leader of term ${step.term} by the votes of ${step.voters.join(' ')}`;
    case 'Vote':
      return `votes for ${step.candidate} in term ${step.term}`;
    case 'Append':
      return `appends ${range(step.from, step.entries)}`;
    case 'AdvanceCommit':
      return `commits to ${step.commitIndex}`;
    case 'Apply':
      return `applies ${range(step.from, step.entries)}`;
    case 'Compact':
      return `drops its log up to ${step.index}`;
    case 'InstallSnapshot':
      return `installs a snapshot of ${step.index}/${step.term}`;
    case 'Send':
      return `-> ${step.to}: ${describeMessage(step.message as RaftMessage)}`;
  }
}

function describeMessage(message: RaftMessage): string {
  const { type, term } = message;
  switch (type) {
    case 'RequestVote':
      return `${message.preVote ? 'pre-vote' : 'vote'} for term ${term}? log ends at ${message.lastLogIndex}/${message.lastLogTerm}`;
    case 'RequestVoteResponse':
      return `${message.preVote ? 'pre-vote' : 'vote'} ${message.granted ? 'granted' : 'refused'}, term ${term}`;
    case 'AppendEntries': {
      const entries = range(message.prevLogIndex + 1, message.entries) || 'nothing';
      return `AppendEntries term ${term}, after ${message.prevLogIndex}/${message.prevLogTerm}: ${entries}; commit ${message.leaderCommit}`;
    }
    case 'AppendEntriesResponse':
      return message.success
        ? `accepted, term ${term}, match ${message.matchIndex}`
        : `rejected, term ${term}, conflict of term ${message.conflictTerm} from ${message.conflictIndex}`;
    case 'InstallSnapshot':
      return `InstallSnapshot term ${term}, ${message.lastIncludedIndex}/${message.lastIncludedTerm}, from character ${message.offset}${message.done ? ', last chunk' : ''}`;
    case 'InstallSnapshotResponse':
      return `snapshot ${message.lastIncludedIndex} ${message.installed ? 'installed' : `wanted from character ${message.nextOffset}`}, term ${term}`;
  }
}

function range(from: number, entries: readonly { readonly term: number }[]): string {
  return entries.map(({ term }, offset) => `${from + offset}/${term}`).join(' ');
}
