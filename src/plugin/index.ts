/** The only door for plugins: workloads, nemeses and systems, ours and yours. */

export { z } from 'zod';
export { availability } from '../checkers/availability.js';
export { ledgers } from '../checkers/ledgers/index.js';
export { linearizability } from '../checkers/linearizability.js';
export { transactions } from '../checkers/transactions/index.js';
export type * from '../consensus/protocol.js';
export { Arrivals } from '../generator/arrivals.js';
export { mix } from '../generator/mix.js';
export { RotatingKeys } from '../generator/rotating-keys.js';
export type * from '../history/events.js';
export type * from '../history/trace.js';
export { AssayError } from '../kernel/errors.js';
export { majority, mostTraitors, type NodeId, nodeIds } from '../kernel/ids.js';
export { Random } from '../kernel/random.js';
export { formatDuration, type Micros, msFromUs, usFromMs } from '../kernel/units.js';
export { type Clock, sleep } from '../ports/clock.js';
export { BEHAVIOURS, type Behaviour, type Corruption } from '../ports/corruption.js';
export { allLinks, FAULT_KINDS, type Fault, type FaultKind, type Link, linksBetween } from '../ports/faults.js';
export type { Identities, Keyring, Principal } from '../ports/keys.js';
export type { Reply, Request, Requests } from '../ports/requests.js';
export * from './checker.js';
export type * from './coverage.js';
export * from './nemesis.js';
export * from './options.js';
export * from './system.js';
export * from './targets.js';
export * from './workload.js';
