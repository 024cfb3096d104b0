export {
  type CheckOptions,
  type CheckResult,
  check,
  type Effort,
  type PartitionResult,
  type Undecided,
  type Verdict,
  type Violation,
} from './check.js';
export { type Model, type MonitoredHistory, type MonitorResult, NEVER, type Operation } from './model.js';
export { appendList, type ListInput, type ListOutput } from './models/append-list.js';
export { type Balances, type BankInput, type BankOutput, bank, REFUSALS, type Refusal } from './models/bank.js';
export { casRegister, type RegisterInput, type RegisterOutput, type Scalar } from './models/cas-register.js';
export { type CounterInput, type CounterOutput, counter } from './models/counter.js';
export {
  type FencedHolding,
  type FencedLockInput,
  type FencedLockOptions,
  type FencedLockOutput,
  fencedLock,
} from './models/fenced-lock.js';
export { fifoQueue, type QueueInput, type QueueOutput } from './models/fifo-queue.js';
export { type KeyValueInput, type KeyValueOutput, keyValue } from './models/key-value.js';
export { type MutexInput, type MutexOutput, mutex } from './models/mutex.js';
export { type Holding, type LockInput, type LockOutput, reentrantLock } from './models/reentrant-lock.js';
export { type SetInput, type SetOutput, set } from './models/set.js';
export { type StackInput, type StackOutput, stack } from './models/stack.js';
export { type NondeterministicModel, nondeterministic } from './nondeterministic.js';
export {
  LinearizabilityStream,
  type StreamedOperation,
  type StreamedPartition,
  type StreamHandle,
  type StreamOptions,
  type StreamResult,
} from './stream.js';
export { describeWeakerModels, type WeakerModelResult, weakerModels } from './weaker/weaker-models.js';
