import { nodeName } from '../specification.js';
import { type Extension, extend, type RaftAction, type Setting } from './extend.js';
import type { RaftSpecification } from './raft.js';
import type { Entry, Server } from './server.js';
import { snapshotIndexOf } from './snapshots.js';
import { valueName } from './words.js';

export interface StateMachineVariables {
  readonly lastApplied: number;
  /** The state of the state machine: what it executed, in this order. */
  readonly executed: readonly number[];
  /** Whose answers it remembers: each value is the one request of a session of its own. In ascending order. */
  readonly sessions: readonly number[];
}

export interface SessionsBookkeeping {
  /** How often clients asked again. */
  readonly retries: number;
}

type StateMachine = Pick<StateMachineVariables, 'executed' | 'sessions'>;

const EMPTY: StateMachine = { executed: [], sessions: [] };

/** Client sessions (thesis §6.3), and the state machine that keeps them: a request that is sent again is executed once. */
export function sessions(base: RaftSpecification, { bounds, defect }: Setting): RaftSpecification {
  const { retries = 1 } = bounds;
  const deduplicates = defect !== 'no-deduplication' && defect !== 'deduplicates-on-append';

  const execute = ({ executed, sessions }: StateMachine, { value }: Entry): StateMachine => {
    if (sessions.includes(value))
      return deduplicates ? { executed, sessions } : { executed: [...executed, value], sessions };
    return { executed: [...executed, value], sessions: [...sessions, value].sort((left, right) => left - right) };
  };

  /** As a snapshot of it says. */
  const restored = (node: Server): StateMachineVariables => {
    const lastApplied = snapshotIndexOf(node);
    const { executed, sessions } = node.log.slice(0, lastApplied).reduce(execute, EMPTY);
    return { lastApplied, executed, sessions: defect === 'snapshot-omits-sessions' ? [] : sessions };
  };

  const apply: RaftAction = {
    name: 'Apply',
    section: 'Figure 2, §5.3',
    statement: 'If commitIndex > lastApplied: increment lastApplied, apply log[lastApplied] to the state machine.',
    steps(node) {
      const { lastApplied = 0, commitIndex, log } = node;
      const next = log[lastApplied];
      if (lastApplied >= commitIndex || next === undefined) return [];
      return [{ node: { ...node, lastApplied: lastApplied + 1, ...execute(machineOf(node), next) } }];
    },
  };

  const clientRetry: RaftAction = {
    name: 'ClientRetry',
    section: '§8, thesis §6.3',
    statement: 'A leader appends a value once more, because a client that had no answer asks again.',
    steps(node, _, shared) {
      const { retries: used = 0, acked } = shared;
      if (node.state !== 'Leader' || used >= retries) return [];
      return acked.flatMap((known, value) => {
        if (known === null) return [];
        if (defect === 'deduplicates-on-append' && machineOf(node).sessions.includes(value)) return [];
        return [
          {
            node: { ...node, log: [...node.log, { term: node.currentTerm, value }] },
            shared: { ...shared, retries: used + 1 },
            choice: valueName(value),
          },
        ];
      });
    },
  };

  const hasSnapshots = base.handlers.some(({ name }) => name === 'InstallSnapshot');
  const extension: Extension = {
    restarted: restored,
    shared: { retries: 0 },
    actions: [apply, clientRetry],
    changedHandlers: {
      // Else a log could be applied further than it is known to be committed.
      AcceptAppendEntriesRequest: (handle) => (node, message) => {
        const handled = handle(node, message);
        if (handled === undefined) return undefined;
        return {
          ...handled,
          node: { ...handled.node, commitIndex: Math.max(node.commitIndex, handled.node.commitIndex) },
        };
      },
      ...(hasSnapshots && {
        InstallSnapshot: (handle) => (node, message) => {
          const handled = handle(node, message);
          if (handled === undefined || handled.node.snapshotIndex === node.snapshotIndex) return handled;
          return { ...handled, node: { ...handled.node, ...restored(handled.node) } };
        },
      }),
    },
    invariants: [
      {
        name: 'ExactlyOnce',
        section: 'thesis §6.3',
        statement: 'No state machine executes a request twice, however often it is in the log.',
        violation({ nodes }) {
          for (const [server, { executed = [] }] of nodes.entries()) {
            const twice = executed.find((value, place) => executed.indexOf(value) < place);
            if (twice !== undefined) return `${nodeName(server)} executed ${valueName(twice)} twice`;
          }
          return undefined;
        },
      },
      {
        name: 'AppliedStatesAgree',
        section: '§5.4.3',
        statement: 'State machines that applied equally many entries are in the same state.',
        violation({ nodes }) {
          for (const [server, node] of nodes.entries()) {
            const other = nodes.findIndex(
              (each) =>
                each.lastApplied === node.lastApplied &&
                (`${each.executed}` !== `${node.executed}` || `${each.sessions}` !== `${node.sessions}`),
            );
            if (other < 0) continue;
            return `${nodeName(server)} and ${nodeName(other)} applied ${node.lastApplied} entries and are in different states`;
          }
          return undefined;
        },
      },
    ],
    words: {
      node: ({ lastApplied, executed = [], sessions = [] }) => ({
        lastApplied: `${lastApplied}`,
        executed: executed.map(valueName).join(' ') || 'nothing',
        sessions: sessions.map(valueName).join(' ') || 'none',
      }),
    },
  };
  return extend(base, extension);
}

function machineOf({ executed = [], sessions = [] }: Server): StateMachine {
  return { executed, sessions };
}
