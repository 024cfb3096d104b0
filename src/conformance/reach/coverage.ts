import type { TraceEvent } from '../../history/trace.js';
import type { Micros } from '../../kernel/units.js';
import type { CoverageClass, Reached } from '../../plugin/coverage.js';
import type { StepNode } from '../steps/node.js';
import { ACTIONS, type When } from './actions.js';
import { type Leadership, Leaderships } from './leaderships.js';
import { OUTCOMES } from './outcomes.js';
import { STATES } from './states.js';
import { Terms } from './terms.js';

/** What a trace of Raft may come upon, in the order of reports: what is hardest to reach first. */
export const CLASSES = { ...STATES, ...OUTCOMES, ...ACTIONS } as const;

export type CoverageKey = keyof typeof CLASSES;

type RecoveredState = TraceEvent & { readonly name: 'InitState' };

/**
 * What a trace came upon: a number a class, and what {@link Terms} and {@link Leaderships} remember of the last terms.
 * A verdict of a campaign means little about what none of its runs came upon.
 */
export class Coverage {
  readonly times = Object.fromEntries(Object.keys(CLASSES).map((key) => [key, 0])) as Record<CoverageKey, number>;
  readonly terms: Terms;
  readonly leaderships = new Leaderships();

  constructor(
    private readonly cluster: { readonly size: number; readonly preVote: boolean; readonly stickToLeader: boolean },
  ) {
    this.terms = new Terms(cluster.size);
  }

  campaigns(node: StepNode): void {
    const { term, log } = node;
    this.times.requestVote++;
    this.terms.candidate(term, log.lastIndex, log.lastTerm);
  }

  /** Before its role, or its term, changes. */
  endsCandidacy(node: StepNode, how: CoverageKey, majority: number): void {
    this.times[how]++;
    if (1 + node.grants() === majority - 1) this.times.oneShort++;
  }

  /** Before it appends anything. */
  leads(node: StepNode, timeUs: Micros): void {
    this.times.becomeLeader++;
    this.terms.led(node.term);
    node.leadership = this.leaderships.begin(node.place, node.term, node.log.lastIndex + 1, timeUs);
  }

  /** A process follows another of its node, which may have led until its last event. Before the node changes. */
  restarts(node: StepNode, found: RecoveredState): void {
    const { times } = this;
    this.leadsNoMore(node, node.lastUs);
    times.restart++;
    if (found.snapshotIndex + found.log.length < node.log.lastIndex) times.restartShort++;
    else times.restartWhole++;
    if (found.term < node.term || (found.term === node.term && found.votedFor === null && node.votedFor !== null)) {
      times.restartForgets++;
    }
    if (found.votedFor !== null) times.restartVoted++;
    if (found.snapshotIndex > 0) times.restartFromSnapshot++;
  }

  /** It leads no more, if it did; `toUs` is the last time when it is known to have led. Before its log changes. */
  leadsNoMore(node: StepNode, toUs: Micros): void {
    const { leadership, log, commitIndex } = node;
    if (leadership === undefined) return;
    if (log.lastIndex > commitIndex) this.times.uncommittedSuffix++;
    if (leadership.committed > leadership.told) this.times.commitUntold++;
    this.close(node, leadership, toUs);
  }

  /** A leader learnt what its followers, or its disk, hold. */
  heldByLeader(node: StepNode, majority: number): void {
    const { leadership, commitIndex } = node;
    if (leadership === undefined || leadership.formerOnMajority || commitIndex >= leadership.firstOwn - 1) return;
    const agreed = node.agreedIndex(majority);
    if (agreed <= commitIndex || agreed >= leadership.firstOwn) return;
    leadership.formerOnMajority = true;
    this.times.formerOnMajority++;
  }

  /** Called once, after the last event. */
  conclude(nodes: readonly StepNode[]): Reached[] {
    const { times, terms, leaderships, cluster } = this;
    for (const node of nodes) if (node.leadership !== undefined) this.close(node, node.leadership, node.lastUs);
    terms.conclude();
    times.splitVote = terms.splitVotes;
    times.staleCandidate = terms.staleCandidates;
    times.twoLeaders = leaderships.beside;
    times.leaderChange = Math.max(0, times.becomeLeader - 1);
    const listed: [string, CoverageClass & { readonly when?: When }][] = Object.entries(CLASSES);
    return listed.flatMap(([key, { when, rarity, by, ...told }]) => {
      const of = times[key as CoverageKey];
      if (when === 'seen' ? of === 0 : when !== undefined && !cluster[when]) return [];
      const expected =
        cluster.size >= SMALLEST && rarity !== undefined ? { rarity, ...(by !== undefined && { by }) } : {};
      return [{ ...told, ...expected, times: of }];
    });
  }

  private close(node: StepNode, leadership: Leadership, toUs: Micros): void {
    node.leadership = undefined;
    this.terms.committed(leadership.term, leadership.committed);
    this.leaderships.end(leadership, toUs);
  }
}

/** Two nodes cannot go on without each other, so little of what matters can happen to them. */
const SMALLEST = 3;
