import type { RunEvent } from '../history/events.js';
import type { NodeId } from '../kernel/ids.js';
import type { NodeWords } from '../plugin/node-words.js';
import { byNumber } from './describe-fault.js';
import { ThinnedSteps } from './thinning.js';
import type { NodeSpan, NodeState, NodeView } from './view.js';

/** Steps of the trace that say what a node is, how far it has come, in which term or view. */
const STEPS: ReadonlySet<string> = new Set([
  'InitState',
  'UpdateTerm',
  'BecomeFollower',
  'BecomePreCandidate',
  'BecomeCandidate',
  'BecomeLeader',
  'AdvanceCommit',
  'InitReplica',
  'StartViewChange',
  'EnterView',
  'Execute',
  'InstallState',
]);

/** Whether a step of that name is one of them. */
export function isNodeStep(name: string): boolean {
  return STEPS.has(name);
}

const MAX_CHANGES = 4000;
const MAX_COMMITS = 1200;

interface Change {
  readonly timeUs: number;
  readonly state?: NodeState;
  readonly term?: number;
}

interface Track {
  /** From the trace: exact, but silent while the node is down. */
  readonly traced: Change[];
  /** From the polls: a few a second, for every system. */
  readonly polled: Change[];
  readonly tracedCommit: ThinnedSteps;
  readonly polledCommit: ThinnedSteps;
  dropped: number;
}

/** What each node was over time: from its trace where there is one, else from what it answered when asked. */
export class NodeTracks {
  private readonly tracks = new Map<NodeId, Track>();

  constructor(
    private readonly nodes: readonly NodeId[],
    private readonly words: NodeWords,
  ) {
    for (const node of nodes) this.track(node);
  }

  observe(event: RunEvent): void {
    if (event.kind === 'status') {
      const track = this.track(event.node);
      const { up, role, term, commitIndex } = event.status;
      const state: NodeState = up ? (role ?? 'unknown') : 'down';
      this.change(track, track.polled, { timeUs: event.timeUs, state, ...(term !== undefined && { term }) });
      if (commitIndex !== undefined) track.polledCommit.add(event.timeUs, commitIndex);
    } else if (event.kind === 'trace') {
      const track = this.track(event.node);
      const { timeUs } = event;
      switch (event.name) {
        case 'InitState':
        case 'BecomeFollower':
          this.change(track, track.traced, { timeUs, state: 'follower', term: event.term });
          return;
        case 'BecomePreCandidate':
        case 'BecomeCandidate':
          this.change(track, track.traced, { timeUs, state: 'candidate', term: event.term });
          return;
        case 'BecomeLeader':
          this.change(track, track.traced, { timeUs, state: 'leader', term: event.term });
          return;
        case 'UpdateTerm':
          this.change(track, track.traced, { timeUs, term: event.term });
          return;
        case 'AdvanceCommit':
          track.tracedCommit.add(timeUs, event.commitIndex);
          return;
        case 'InitReplica':
          this.inView(track, event, event.active);
          return;
        case 'StartViewChange':
          this.inView(track, event, false);
          return;
        case 'EnterView':
          this.inView(track, event, true);
          return;
        case 'Execute':
        case 'InstallState':
          track.tracedCommit.add(timeUs, event.sequence);
      }
    }
  }

  private inView(
    track: Track,
    { timeUs, node, view }: { timeUs: number; node: NodeId; view: number },
    active: boolean,
  ) {
    const isPrimary = node === primaryOf(view, this.nodes);
    this.change(track, track.traced, {
      timeUs,
      state: active ? (isPrimary ? 'leader' : 'follower') : 'candidate',
      term: view,
    });
  }

  views(endUs: number): NodeView[] {
    return [...this.tracks]
      .sort(([a], [b]) => byNumber(a, b))
      .map(([id, track]) => {
        const commit = track.tracedCommit.timeUs.length > 0 ? track.tracedCommit : track.polledCommit;
        return { id, spans: spansOf(track, endUs), commit: { timeUs: commit.timeUs, index: commit.value } };
      });
  }

  omissions(): string[] {
    const tracks = [...this.tracks.values()];
    const dropped = tracks.reduce((sum, track) => sum + track.dropped, 0);
    const spacingUs = Math.max(0, ...tracks.map(({ tracedCommit }) => tracedCommit.spacingUs));
    return [
      ...(dropped > 0
        ? [`${dropped} changes of nodes' roles and ${this.words.term}s after the first ${MAX_CHANGES} a node`]
        : []),
      ...(spacingUs > 0
        ? [`steps of how far nodes were (${this.words.progress}) less than ${Math.ceil(spacingUs / 1000)} ms apart`]
        : []),
    ];
  }

  private track(node: NodeId): Track {
    let track = this.tracks.get(node);
    if (!track) {
      const tracedCommit = new ThinnedSteps(MAX_COMMITS);
      track = { traced: [], polled: [], tracedCommit, polledCommit: new ThinnedSteps(MAX_COMMITS), dropped: 0 };
      this.tracks.set(node, track);
    }
    return track;
  }

  private change(track: Track, list: Change[], change: Change): void {
    const last = list.at(-1);
    if (last && last.state === (change.state ?? last.state) && last.term === (change.term ?? last.term)) return;
    if (list.length >= MAX_CHANGES) track.dropped++;
    else list.push({ ...last, ...change });
  }
}

/** Views go round the replicas (PBFT §4.1). */
export function primaryOf(view: number, nodes: readonly NodeId[]): NodeId {
  return nodes[view % nodes.length] ?? '';
}

/** Polls decide whether a node is up; the trace, where there is one, what it is then. */
function spansOf(track: Track, endUs: number): NodeSpan[] {
  const traced = track.traced.length > 0;
  const changes = [
    ...track.traced.map((change) => ({ ...change, traced: true })),
    ...track.polled.map((change) => ({ ...change, traced: false })),
  ].sort((a, b) => a.timeUs - b.timeUs);
  const spans: NodeSpan[] = [];
  let role: NodeState = 'unknown';
  let term: number | undefined;
  let down = false;
  for (const [index, change] of changes.entries()) {
    if (change.traced) {
      role = change.state ?? role;
      term = change.term ?? term;
      // Whoever takes a step is up, whatever the last poll said.
      down = false;
    } else {
      down = change.state === 'down';
      if (!traced && !down) {
        role = change.state ?? role;
        term = change.term ?? term;
      }
    }
    const toUs = changes[index + 1]?.timeUs ?? endUs;
    const last = spans.at(-1);
    const state = down ? 'down' : role;
    if (toUs <= change.timeUs) continue;
    if (last && last.state === state && last.term === term) spans[spans.length - 1] = { ...last, toUs };
    else spans.push({ state, ...(term !== undefined && { term }), fromUs: change.timeUs, toUs });
  }
  return spans;
}
