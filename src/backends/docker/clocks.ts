import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { NodeId } from '../../kernel/ids.js';
import type { ProbeResult } from '../../ports/faults.js';
import type { Requests } from '../../ports/requests.js';
import type { NodeContainer } from './node-container.js';

/** libfaketime reads the wall clock's offset from here at every look at the clock. */
const OFFSET_FOLDER = '/assay/clock';
const OFFSET_FILE = 'offset';

/**
 * Environment of a server whose wall clock can be made to jump. The monotonic clock is left alone: under libfaketime
 * its backward jump aborts Node.
 */
export const CLOCK_ENVIRONMENT: Readonly<Record<string, string>> = {
  LD_PRELOAD: '/assay/libfaketime.so',
  FAKETIME_TIMESTAMP_FILE: `${OFFSET_FOLDER}/${OFFSET_FILE}`,
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  FAKETIME_NO_CACHE: '1',
};

/** How far a measured wall clock may be from where it should be: starting `date` takes its time on a busy machine. */
const JUMP_TOLERANCE_MS = 400;

const clockSchema = z.object({ clock: z.object({ monotonicUs: z.number(), machineUs: z.number() }) });

/** The clock faults of one node, all that are in force together. */
export class NodeClock {
  private readonly jumps = new Map<symbol, number>();
  private readonly rates = new Map<symbol, number>();

  constructor(
    private readonly node: NodeContainer,
    private readonly requests: Requests,
  ) {}

  get id(): NodeId {
    return this.node.id;
  }

  private get offsetMs(): number {
    return [...this.jumps.values()].reduce((sum, byMs) => sum + byMs, 0);
  }

  private get rate(): number {
    return [...this.rates.values()].reduce((product, rate) => product * rate, 1);
  }

  async jump(byMs: number): Promise<{ token: symbol; probe: ProbeResult }> {
    const token = Symbol('jump');
    this.jumps.set(token, byMs);
    return { token, probe: await this.applyOffset() };
  }

  async unjump(token: symbol): Promise<ProbeResult> {
    this.jumps.delete(token);
    return await this.applyOffset();
  }

  async skew(rate: number): Promise<{ token: symbol; probe: ProbeResult }> {
    const token = Symbol('rate');
    this.rates.set(token, rate);
    return { token, probe: await this.applyRate() };
  }

  async unskew(token: symbol): Promise<ProbeResult> {
    this.rates.delete(token);
    return await this.applyRate();
  }

  /** After the process was started anew: its clock began at rate 1. The wall clock's offset is in a file and stays. */
  async afterStart(): Promise<void> {
    if (this.rate !== 1) await this.setRate();
  }

  private async applyOffset(): Promise<ProbeResult> {
    const seconds = (this.offsetMs / 1000).toFixed(3);
    const text = this.offsetMs < 0 ? seconds : `+${seconds}`;
    if ((await this.node.processState()) !== 'running') {
      await this.node.putFile(OFFSET_FOLDER, OFFSET_FILE, `${text}\n`);
      return { confirmed: true, detail: `${this.id} stands still; its clock file says ${text} s for when it goes on` };
    }
    // Renamed into place: the server never sees half a file.
    const file = `${OFFSET_FOLDER}/${OFFSET_FILE}`;
    const beganMs = Date.now();
    const { exitCode, output } = await this.node.executeBesideServer([
      'sh',
      '-c',
      `echo '${text}' >${file}.new && mv ${file}.new ${file} && date +%s%3N`,
    ]);
    const endedMs = Date.now();
    if (exitCode !== 0) return { confirmed: false, detail: `${this.id}: ${output.trim()}` };
    const wallMs = Number(output.trim());
    const earliest = wallMs - endedMs;
    const latest = wallMs - beganMs;
    const confirmed = earliest - JUMP_TOLERANCE_MS <= this.offsetMs && this.offsetMs <= latest + JUMP_TOLERANCE_MS;
    return { confirmed, detail: `${this.id}: wall clock is off by ${Math.round((earliest + latest) / 2)} ms` };
  }

  private async applyRate(): Promise<ProbeResult> {
    const { rate } = this;
    if ((await this.node.processState()) !== 'running') {
      // A process that is started anew begins at rate 1, and `afterStart` sets what is wanted then.
      return { confirmed: rate === 1, detail: `${this.id} stands still; its clock will run at rate ${rate}` };
    }
    const refusal = await this.setRate();
    if (refusal !== undefined) return { confirmed: false, detail: refusal };
    const before = await this.readClock();
    await wait(300);
    const after = await this.readClock();
    if (!before || !after) return { confirmed: false, detail: `${this.id} does not tell its clock` };
    const measured = (after.monotonicUs - before.monotonicUs) / (after.machineUs - before.machineUs);
    const confirmed = Math.abs(measured - rate) <= 0.05 * rate;
    return { confirmed, detail: `${this.id}: clock runs at rate ${measured.toFixed(3)}` };
  }

  /** Undefined when it was done, else why not. */
  private async setRate(): Promise<string | undefined> {
    const body = { rate: this.rate };
    const reply = await this.requests.request(this.id, {
      method: 'POST',
      path: '/faults/clock-rate',
      body,
      timeoutMs: 2000,
    });
    if (reply.kind !== 'answered') return `${this.id} did not take the rate: ${reply.error}`;
    return reply.status < 300 ? undefined : `${this.id} refused the rate with status ${reply.status}`;
  }

  private async readClock(): Promise<{ monotonicUs: number; machineUs: number } | undefined> {
    const reply = await this.requests.request(this.id, { method: 'GET', path: '/status', timeoutMs: 2000 });
    const parsed = reply.kind === 'answered' ? clockSchema.safeParse(reply.body) : undefined;
    return parsed?.data?.clock;
  }
}
