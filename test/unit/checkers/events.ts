import type { FaultEvent, Phase, RunEvent, Value } from '../../../src/history/events.js';

type Extra = { readonly key?: string; readonly value?: Value; readonly error?: string };

/** Times are given in milliseconds. */
export const invoke = (atMs: number, process: number, f: string, extra: Extra = {}): RunEvent => ({
  kind: 'invoke',
  timeUs: atMs * 1000,
  process,
  f,
  ...extra,
});
const complete =
  (kind: 'ok' | 'fail' | 'info') =>
  (atMs: number, process: number, f: string, extra: Extra = {}): RunEvent => ({
    kind,
    timeUs: atMs * 1000,
    process,
    f,
    ...extra,
  });
export const ok = complete('ok');
export const fail = complete('fail');
export const info = complete('info');

export const phase = (atMs: number, name: Phase): RunEvent => ({ kind: 'phase', timeUs: atMs * 1000, phase: name });

export const kill = (atMs: number, id: number, act: FaultEvent['phase'], confirmed = true): RunEvent => ({
  kind: 'fault',
  timeUs: atMs * 1000,
  id,
  nemesis: 'kill',
  phase: act,
  fault: { kind: 'kill', nodes: ['n1'] },
  probe: { confirmed, detail: confirmed ? 'n1 is down' : 'n1 still answers' },
});

export const leads = (atMs: number, node: string, term: number): RunEvent => ({
  kind: 'status',
  timeUs: atMs * 1000,
  node,
  status: { up: true, role: 'leader', leader: node, term },
});

/** An operation that succeeds, from and to. */
export function done(fromMs: number, toMs: number, process: number, f: string, extra: Extra = {}): RunEvent[] {
  return [invoke(fromMs, process, f, extra), ok(toMs, process, f, extra)];
}
