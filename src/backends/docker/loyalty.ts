import type { NodeId } from '../../kernel/ids.js';
import type { Corruption } from '../../ports/corruption.js';
import type { ProbeResult } from '../../ports/faults.js';
import type { Requests } from '../../ports/requests.js';
import { judgeBehaviour } from '../corruption.js';
import type { NodeContainer } from './node-container.js';
import { patiently } from './patience.js';

const TIMEOUT_MS = 2000;

/** How one node lies, by all faults that are in force together: the latest decides. */
export class NodeLoyalty {
  private readonly corruptions = new Map<symbol, Corruption>();

  constructor(
    private readonly node: NodeContainer,
    private readonly requests: Requests,
  ) {}

  private get id(): NodeId {
    return this.node.id;
  }

  private get corruption(): Corruption | undefined {
    return [...this.corruptions.values()].at(-1);
  }

  async corrupt(corruption: Corruption): Promise<{ token: symbol; probe: ProbeResult }> {
    const token = Symbol(corruption.behaviour);
    this.corruptions.set(token, corruption);
    return { token, probe: await this.apply() };
  }

  async restore(token: symbol): Promise<ProbeResult> {
    this.corruptions.delete(token);
    return await this.apply();
  }

  /** After the process was started anew: it began honestly. */
  async afterStart(): Promise<void> {
    if (this.corruption !== undefined) await this.tell();
  }

  private apply(): Promise<ProbeResult> {
    return patiently(() => this.attempt());
  }

  private async attempt(): Promise<ProbeResult> {
    const state = await this.node.processState();
    if (state !== 'running') {
      // One that is started anew begins honestly, and `afterStart` turns it. One that was paused goes on as it was.
      return { confirmed: state === 'stopped', detail: `${this.id} is ${state}; it will ${this.intention}` };
    }
    const refusal = await this.tell();
    if (refusal !== undefined) return { confirmed: false, detail: `${this.id} ${refusal}` };
    const status = await this.requests.request(this.id, { method: 'GET', path: '/status', timeoutMs: TIMEOUT_MS });
    const judged = judgeBehaviour(status, this.corruption?.behaviour);
    return { ...judged, detail: `${this.id} ${judged.detail}` };
  }

  private get intention(): string {
    return this.corruption === undefined ? 'be honest' : `lie (${this.corruption.behaviour})`;
  }

  /** Undefined when it was done, else why not. */
  private async tell(): Promise<string | undefined> {
    const reply = await this.requests.request(this.id, {
      method: 'POST',
      path: '/faults/byzantine',
      body: this.corruption ?? { behaviour: null },
      timeoutMs: TIMEOUT_MS,
    });
    if (reply.kind !== 'answered') return `could not be told: ${reply.error}`;
    return reply.status < 300 ? undefined : `refused with status ${reply.status}`;
  }
}
