import type { PartialMessage, PartialStep, PartialTraceEvent } from '../../history/traces/schema.js';
import { entriesOf } from '../steps/describe-step.js';
import { ANYTHING, type Candidate, ROLES } from './candidate.js';
import { contradict, type PartialContext, take } from './context.js';
import { termOf } from './elections.js';
import { KnownLog } from './known-log.js';
import type { PartialNode } from './node.js';
import { atLeast, exactly, includes, inWords } from './range.js';
import { PARTIAL_RULES } from './rules.js';

export type AppendEntries = Extract<PartialMessage, { readonly type: 'AppendEntries' }>;
type Step<Name> = Extract<PartialStep, { readonly name: Name }>;
type Entries = readonly { readonly term?: number | undefined; readonly digest?: number | undefined }[];

const leadsOnly = ({ roles }: Candidate) => roles.every((role) => role === 'leader');

/** Where the entries of a message end; undefined where that was not recorded, as in etcd's heartbeats. */
export function endOf({ prevLogIndex, entries }: AppendEntries): number | undefined {
  return prevLogIndex === undefined || entries === undefined ? undefined : prevLogIndex + entries.length;
}

/**
 * §5.3: the states in which a follower may be whose log has become another one by the message's entries. Where nothing
 * conflicts and nothing is new it stays as it was, and where it must reject them.
 */
function accepting(state: Candidate, { prevLogIndex, prevLogTerm, entries }: AppendEntries): Candidate[] {
  if (prevLogIndex === undefined || entries === undefined) return [opened(state)];
  const committed = state.commit.from;
  const end = prevLogIndex + entries.length;
  const matched = reachingBack(state.log, prevLogIndex, prevLogTerm);
  if (matched === undefined || end <= committed || holds(matched, prevLogIndex + 1, entries)) return [];
  // What conflicts is dropped, with all that follows it.
  const kept = matched.open(Math.max(prevLogIndex, committed), exactly(end));
  const log = withEntries(kept, prevLogIndex, entries);
  return log === undefined ? [] : [{ ...state, log }];
}

/** Whether it surely has all these entries, from this index on. */
function holds(log: KnownLog, from: number, entries: Entries): boolean {
  return entries.every(({ term }, place) => term !== undefined && log.has({ index: from + place, term }));
}

/** The states in which a follower may be that has taken what a leader's message brought. */
export function taking(before: Candidate, message: PartialMessage): Candidate[] {
  const state = { ...before, pending: false };
  const leads = leadsOnly(state) && message.term <= state.term.from;
  if (leads || message.term < state.term.from) return [];
  if (message.type === 'InstallSnapshot') return installing(state, message);
  return message.type === 'AppendEntries' ? accepting(state, message) : [];
}

/** Figure 13. */
function installing(
  state: Candidate,
  { lastIncludedIndex: index, lastIncludedTerm: term }: PartialMessage & { readonly type: 'InstallSnapshot' },
): Candidate[] {
  if (index === undefined)
    return [
      {
        ...state,
        log: state.log.open(state.commit.from, atLeast(state.commit.from)),
        commit: atLeast(state.commit.from),
      },
    ];
  if (index <= state.commit.from) return [];
  const commit = exactly(index);
  const applied = { from: state.applied.from, to: Math.max(state.applied.to, index) };
  const fresh = state.log.open(state.commit.from, exactly(index));
  // What follows its last entry is retained where the log has that.
  return [fresh, state.log].flatMap((before) => {
    const log = reachingBack(before, index, term);
    return log === undefined ? [] : [{ ...state, log, commit, applied }];
  });
}

/** The same, known to reach `index`, with an entry of `term` there; undefined where it does not. */
function reachingBack(log: KnownLog, index: number, term: number | undefined): KnownLog | undefined {
  if (term !== undefined) return log.withPoint(index, term);
  return index > log.lastIndex.to ? undefined : log.reaching(index);
}

function withEntries(log: KnownLog, before: number, entries: Entries): KnownLog | undefined {
  let known: KnownLog | undefined = log;
  entries.forEach(({ term }, place) => {
    if (term !== undefined) known = known?.withPoint(before + 1 + place, term);
  });
  return known;
}

/** Nothing is known of the log but what is committed. */
function opened(state: Candidate): Candidate {
  return { ...state, log: state.log.open(state.commit.from, atLeast(state.commit.from)) };
}

/** The log changes: a leader adds entries of its term at the end, a follower what its leader sent it. */
export function append(context: PartialContext, node: PartialNode, event: PartialTraceEvent & Step<'Append'>): void {
  const { from, entries } = event;
  if (from === undefined || entries === undefined) {
    node.states = node.states.map(opened);
    return;
  }
  noteEntries(context, node, event, from, entries);
  const end = from + entries.length - 1;
  const claim = (state: Candidate): Candidate => ({
    ...state,
    log: replaced(state.log, from, entries) ?? KnownLog.unknown.open(0, exactly(end)),
  });
  if (node.durable?.lastIndex !== undefined && from <= node.durable.lastIndex) node.durable.lastIndex = from - 1;
  const receives = node.receives && context.observations.messagesTell('AppendEntries');
  const to = (state: Candidate): readonly Candidate[] | string => {
    const { roles, log } = state;
    const after: Candidate[] = [];
    const instead: string[] = [];
    if (roles.includes('leader')) {
      const longer = grown(state, from, entries);
      if (longer !== undefined) after.push({ ...state, log: longer });
      else
        instead.push(
          `a leader to append entries of its term from index ${inWords({ from: log.lastIndex.from + 1, to: log.lastIndex.to + 1 })} on`,
        );
    }
    if (roles.some((role) => role !== 'leader')) {
      const refusal = refusedAppend(node, state, from, entries, receives);
      if (refusal === undefined) after.push(claim(state));
      else instead.push(refusal);
    }
    return after.length > 0 ? after : instead.join(', or ');
  };
  const refused = (state: Candidate) => typeof to(state) === 'string';
  // Where neither role nor term is told it may lead no more, or lead a later term by now.
  if (event.term === undefined && !node.observed.has('roles') && node.states.every(refused)) {
    const changed = node.states.map(changedUnseen);
    if (!changed.every(refused)) node.become(changed);
  }
  const leading = node.states.every(leadsOnly);
  take(context, node, event, {
    rule: leading ? PARTIAL_RULES.clientRequest : PARTIAL_RULES.accept,
    binds: leading || receives || node.states.some(({ commit }) => commit.from > 0),
    did: `put ${entriesOf(entries.length)} at index ${from} of its log`,
    to,
    claim,
  });
}

/** In a later term than it told, and in any role: where its log changes in the same term, its role is the same. */
function changedUnseen(state: Candidate): Candidate {
  return { ...state, roles: ROLES, term: atLeast(state.term.from + 1), vote: undefined };
}

/** Why a follower may not do so in this state. It may take several messages at once, or a part of one. */
function refusedAppend(
  { waiting, offered }: PartialNode,
  { log, commit }: Candidate,
  from: number,
  entries: Entries,
  receives: boolean,
): string | undefined {
  const end = from + entries.length - 1;
  if (from <= commit.from) return `its log up to index ${commit.from}, which is committed, to stay`;
  if (from > log.lastIndex.to + 1) return `no gap after index ${log.lastIndex.to}`;
  if (keeps(log, from, entries))
    return `its log up to index ${log.lastIndex.from} to stay, for nothing in it conflicts`;
  if (replaced(log, from, entries) === undefined) return 'entries whose terms do not fall along its log';
  if (!receives) return undefined;
  const most = Math.max(0, ...offered.values());
  if (end > most) return `no entries after index ${most}, where those end that came from a leader`;
  if (waiting === undefined) return undefined;
  const told = waiting.flatMap(({ prevLogIndex, prevLogTerm }) =>
    prevLogIndex === undefined ? [] : [{ index: prevLogIndex, term: prevLogTerm }],
  );
  if (told.length < waiting.length) return undefined;
  const matching = told.filter(({ index, term }) => reachingBack(log, index, term) !== undefined);
  // What conflicts may be dropped where the leader's message does not match, too.
  if (entries.length === 0 || matching.some(({ index }) => from > index)) return undefined;
  if (matching.length > 0) {
    return `to append what was sent to it, from index ${Math.min(...matching.map(({ index }) => index)) + 1} on`;
  }
  const lacked = told.map(({ index, term }) => `${index}${term === undefined ? '' : ` of term ${term}`}`);
  return `to reject what follows index ${lacked.at(-1)}, which its log lacks`;
}

/** A log in which these entries stand from an index on, and nothing after them; undefined where they cannot. */
function replaced(log: KnownLog, from: number, entries: Entries): KnownLog | undefined {
  return withEntries(log.open(from - 1, exactly(from - 1 + entries.length)), from - 1, entries);
}

/** §5.3: whether the log becomes shorter, though it holds all that is put there. */
function keeps(log: KnownLog, from: number, entries: Entries): boolean {
  const end = from + entries.length - 1;
  return entries.length > 0 && log.lastIndex.from > end && holds(log, from, entries);
}

/** A leader's log that is longer now by entries of its term; undefined where these cannot follow. */
function grown({ log, term: own }: Candidate, from: number, entries: Entries): KnownLog | undefined {
  if (!includes(log.lastIndex, from - 1)) return undefined;
  if (entries.some(({ term }) => term !== undefined && !includes(own, term))) return undefined;
  const known = own.from === own.to ? own.from : undefined;
  const added = entries.map(({ term = known }) => ({ term }));
  return withEntries(log.grownTo(from - 1 + entries.length), from - 1, added);
}

/** A node says where its log ends. */
export function endsAt(context: PartialContext, node: PartialNode, event: PartialTraceEvent, index: number): void {
  const leading = node.states.every(leadsOnly);
  take(context, node, event, {
    rule: leading ? PARTIAL_RULES.clientRequest : PARTIAL_RULES.accept,
    binds: node.states.some(
      ({ log, commit }) => log.lastIndex.to !== Number.POSITIVE_INFINITY || log.lastIndex.from + commit.from > 0,
    ),
    did: `had a log to index ${index}`,
    to: (state) => {
      const { log } = state;
      const ending = log.endingAt(index);
      return ending === undefined ? `a log to index ${inWords(log.lastIndex)}` : { ...state, log: ending };
    },
    claim: (state) => ({ ...state, log: state.log.open(state.commit.from, exactly(index)) }),
  });
}

/** A node says of which term its last entry is. */
export function endsWith(context: PartialContext, node: PartialNode, event: PartialTraceEvent, term: number): void {
  take(context, node, event, {
    rule: PARTIAL_RULES.accept,
    binds: node.states.some(({ log }) => log.points.length > 0),
    did: `had a log that ends with an entry of term ${term}`,
    to: (state) => {
      const { from, to } = state.log.lastIndex;
      const last = state.log.lastTerm(state.term.to);
      if (!includes(last, term)) return `its last entry to be of term ${inWords(last)}`;
      return from === to ? { ...state, log: state.log.withPoint(from, term) ?? state.log } : state;
    },
    claim: (state) => ({ ...state, log: KnownLog.unknown }),
  });
}

/** The commit index is `index`: it was, or it advanced (§5.3, §5.4.2), which `advanced` says for sure. */
export function committed(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  index: number,
  { advanced = false } = {},
): void {
  const { observations, findings } = context;
  const { observed, states } = node;
  const fell = states.every(({ commit }) => index < commit.from);
  const rises = ({ commit }: Candidate) => index > (advanced ? commit.from : commit.to);
  const rose = states.every(rises);
  const leading = states.every(leadsOnly);
  const term = termOf(node);
  // What it learnt as a follower it may tell as a leader.
  const byCounting = advanced || (term !== undefined && node.committedIn === term);
  const counts = node.receives && observations.messagesTell('matchIndex');
  const told = node.receives && observations.messagesTell('AppendEntries');
  if (states.some(({ commit }) => commit.from > 0)) findings.checked(PARTIAL_RULES.commitMonotonic);
  const allowed = take(context, node, event, {
    rule: fell
      ? PARTIAL_RULES.commitMonotonic
      : leading
        ? PARTIAL_RULES.advanceCommitIndex
        : PARTIAL_RULES.followerCommit,
    binds: rose && (leading ? counts && byCounting : told),
    did: `had the commit index ${index}`,
    to: (state) => {
      if (index < state.commit.from) return `its commit index to stay at ${inWords(state.commit)}`;
      if (index > state.log.lastIndex.to)
        return `a commit index of at most ${state.log.lastIndex.to}, where its log ends`;
      if (!rises(state)) return [reaching(state, index)];
      const after: Candidate[] = [];
      const instead: string[] = [];
      if (state.roles.includes('leader')) {
        const refusal = byCounting ? refusedCommit(node, state, index, counts) : undefined;
        if (refusal === undefined) after.push(reaching(state, index));
        else instead.push(refusal);
      }
      if (state.roles.some((role) => role !== 'leader')) {
        // A process may recover its commit index, before anything comes to it.
        const recovers = index <= state.commit.to && node.inbox === null;
        if (!told || recovers || index <= node.toldCommit) after.push(reaching(state, index));
        else instead.push(`a commit index of at most ${node.toldCommit}, by what its leaders sent it`);
      }
      return after.length > 0 ? after : instead.join(', or ');
    },
    claim: (state) => reaching(observed.has('starts') ? state : ANYTHING, index),
  });
  takenForCommitted(context, node, event, index);
  if (leading && term !== undefined) {
    node.committedIn = term;
    if (allowed && rose && byCounting) leaderCommitted(context, node, event, index, term);
  }
}

function reaching(state: Candidate, index: number): Candidate {
  return { ...state, commit: exactly(index), log: state.log.reaching(index) };
}

function refusedCommit(node: PartialNode, state: Candidate, index: number, counts: boolean): string | undefined {
  const { term, log } = state;
  const at = log.termAt(index, term.to);
  if (term.from === term.to && !includes(at, term.from)) {
    return `a leader of term ${term.from} to count for entries of its term only; that at index ${index} is of term ${inWords(at)}`;
  }
  if (!counts || term.from !== term.to) return undefined;
  const acknowledged = node.acknowledged.get(term.from);
  const own =
    acknowledged?.get(node.id) ??
    (node.observed.has('durability') ? node.durable?.lastIndex : undefined) ??
    log.lastIndex.to;
  const has = (peer: string) => (peer === node.id ? own : (acknowledged?.get(peer) ?? 0)) >= index;
  if (node.isQuorum(has)) return undefined;
  const holders = [...new Set(node.voters?.flat())].filter(has).join(', ') || 'nobody';
  return `a commit index that a majority acknowledged; index ${index} was, as far as it knows, by ${holders}`;
}

/** What a leader commits by counting is an entry of its own term, and all later leaders have it. */
function leaderCommitted(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  index: number,
  term: number,
): void {
  const { cluster, findings } = context;
  cluster.commits.set(term, { index, node: node.id });
  if (cluster.leaders.size > 1) findings.checked(PARTIAL_RULES.leaderCompleteness);
  const lacking = cluster.lacking(term, index);
  if (lacking !== undefined) {
    contradict(context, node, event, {
      rule: PARTIAL_RULES.leaderCompleteness,
      allowed: `nothing of term ${term} to be committed after index ${lacking.lastIndex}, where the log of ${lacking.node} ended when it became leader of term ${lacking.term}`,
      did: `committed index ${index} in term ${term}`,
    });
  }
  const other = cluster.committedTerm.get(index);
  if (other === undefined) cluster.committedTerm.set(index, { term, node: node.id });
  else if (other.term !== term) {
    contradict(context, node, event, {
      rule: PARTIAL_RULES.stateMachineSafety,
      allowed: `index ${index} to hold the entry of term ${other.term} that ${other.node} committed`,
      did: `committed an entry of its own term ${term} at index ${index}`,
    });
  }
}

/** What a node takes for committed is what a leader committed there, as far as terms are known. */
function takenForCommitted(context: PartialContext, node: PartialNode, event: PartialTraceEvent, index: number): void {
  const leader = context.cluster.committedTerm.get(index);
  if (leader === undefined) return;
  const own = node.states.map(({ log, term }) => log.termAt(index, term.to));
  context.findings.checked(PARTIAL_RULES.stateMachineSafety);
  if (own.some((terms) => includes(terms, leader.term))) return;
  contradict(context, node, event, {
    rule: PARTIAL_RULES.stateMachineSafety,
    allowed: `the entry of term ${leader.term} at index ${index}, which ${leader.node} committed`,
    did: `took its entry of term ${own.map(inWords).join(' or ')} at index ${index} for committed`,
  });
}

export function applied(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  to: number,
  from?: number,
): void {
  // Where advances are not recorded there may have been one since the node last said how far it is.
  const strict = node.observed.has('commits') || (event.name === 'State' && event.commitIndex !== undefined);
  const known = node.states.some(
    ({ commit, applied: before }) => commit.to !== Number.POSITIVE_INFINITY || before.from > 0,
  );
  take(context, node, event, {
    rule: PARTIAL_RULES.apply,
    binds: known,
    did: from === undefined ? `had applied up to index ${to}` : `applied index ${from} to ${to}`,
    to: (state) => {
      if (strict && to > state.commit.to) return `to apply up to index ${state.commit.to}, where its commit index is`;
      if (from !== undefined && !includes(state.applied, from - 1)) {
        return `to apply from index ${inWords({ from: state.applied.from + 1, to: state.applied.to + 1 })} on`;
      }
      if (to < state.applied.from) return `what was applied up to index ${state.applied.from} to stay applied`;
      return {
        ...state,
        applied: exactly(to),
        commit: { from: Math.max(state.commit.from, to), to: Math.max(state.commit.to, to) },
      };
    },
    claim: (state) => ({ ...state, applied: exactly(to) }),
  });
}

export function appliedEntries(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent & Step<'Apply'>,
): void {
  const { from, entries } = event;
  if (from === undefined || entries === undefined) return;
  applied(context, node, event, from + entries.length - 1, from);
  noteEntries(context, node, event, from, entries);
  const { cluster, findings } = context;
  entries.forEach((entry, place) => {
    const index = from + place;
    for (const what of ['term', 'digest'] as const) {
      const value = entry[what];
      if (value === undefined) continue;
      const known = cluster.applied[what].get(index);
      if (known === undefined) {
        cluster.applied[what].set(index, { value, node: node.id });
        continue;
      }
      findings.checked(PARTIAL_RULES.stateMachineSafety);
      if (known.value === value) continue;
      contradict(context, node, event, {
        rule: PARTIAL_RULES.stateMachineSafety,
        allowed: `the entry of ${what} ${known.value} at index ${index}, which ${known.node} applied`,
        did: `applied an entry of ${what} ${value} at index ${index}`,
      });
      return;
    }
  });
}

/** Entries of one index and term are one entry, wherever they are seen (§5.3). */
export function noteEntries(
  context: PartialContext,
  node: PartialNode,
  event: PartialTraceEvent,
  from: number,
  entries: Entries,
): void {
  entries.forEach(({ term, digest }, place) => {
    if (term === undefined || digest === undefined) return;
    const index = from + place;
    const key = `${index} ${term}`;
    const known = context.cluster.digests.get(key);
    if (known === undefined) {
      context.cluster.digests.set(key, { digest, node: node.id });
      return;
    }
    context.findings.checked(PARTIAL_RULES.logMatching);
    if (known.digest === digest) return;
    contradict(context, node, event, {
      rule: PARTIAL_RULES.logMatching,
      allowed: `the entry of term ${term} at index ${index} that ${known.node} has, with digest ${known.digest}`,
      did: `had an entry of term ${term} at index ${index} with digest ${digest}`,
    });
  });
}
