import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { NodeId } from '../../kernel/ids.js';
import type { ProbeResult } from '../../ports/faults.js';
import type { Requests } from '../../ports/requests.js';
import type { NodeContainer } from './node-container.js';
import { patiently } from './patience.js';

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

/** How far the engine's wall clock may be from the harness's when the engine runs in a virtual machine. */
const JUMP_TOLERANCE_MS = 200;

/** Of a hosted node's status; see src/README.md. */
const clockSchema = z.object({
  clock: z.object({ localUs: z.number(), monotonicUs: z.number(), machineUs: z.number() }),
});
type Clocks = z.output<typeof clockSchema>['clock'];

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

  private applyOffset(): Promise<ProbeResult> {
    return patiently(() => this.tryOffset());
  }

  private async tryOffset(): Promise<ProbeResult> {
    const seconds = (this.offsetMs / 1000).toFixed(3);
    const text = this.offsetMs < 0 ? seconds : `+${seconds}`;
    if ((await this.node.processState()) !== 'running') {
      await this.node.putFile(OFFSET_FOLDER, OFFSET_FILE, `${text}\n`);
      return { confirmed: true, detail: `${this.id} stands still; its clock file says ${text} s for when it goes on` };
    }
    // Renamed into place: the server never sees half a file.
    const file = `${OFFSET_FOLDER}/${OFFSET_FILE}`;
    const { exitCode, output } = await this.node.executeBesideServer([
      'sh',
      '-c',
      `echo '${text}' >${file}.new && mv ${file}.new ${file}`,
    ]);
    if (exitCode !== 0) return { confirmed: false, detail: `${this.id}: ${output.trim()}` };
    const wall = await this.readWall();
    if (!wall) return { confirmed: false, detail: `${this.id} does not tell its wall clock` };
    const offMs = Math.round(wall.offMs);
    return {
      confirmed: Math.abs(offMs - this.offsetMs) <= wall.doubtMs + JUMP_TOLERANCE_MS,
      detail: `${this.id}: ${wall.teller} is off by ${offMs} ms`,
    };
  }

  /**
   * How far the wall clock is from the harness's: by the server's own word where it tells it, else by a program that
   * is started in the server's container and environment.
   */
  private async readWall(): Promise<{ offMs: number; doubtMs: number; teller: string } | undefined> {
    let beganMs = Date.now();
    let teller = 'its own wall clock';
    let wallMs = await this.readClocks().then((clocks) => clocks && clocks.localUs / 1000);
    if (wallMs === undefined) {
      beganMs = Date.now();
      teller = 'the wall clock beside it';
      const { exitCode, output } = await this.node.executeBesideServer(['date', '+%s%3N']);
      if (exitCode !== 0) return undefined;
      wallMs = Number(output.trim());
    }
    const tookMs = Date.now() - beganMs;
    return { offMs: wallMs - beganMs - tookMs / 2, doubtMs: tookMs / 2, teller };
  }

  private applyRate(): Promise<ProbeResult> {
    return patiently(() => this.tryRate());
  }

  private async tryRate(): Promise<ProbeResult> {
    const { rate } = this;
    const state = await this.node.processState();
    if (state !== 'running') {
      // A process that is started anew begins at rate 1, and `afterStart` sets what is wanted then. One that was
      // paused goes on at the old rate.
      const confirmed = state === 'stopped' && rate === 1;
      return { confirmed, detail: `${this.id} is ${state}; its clock is to run at rate ${rate}` };
    }
    const refusal = await this.setRate();
    if (refusal !== undefined) return { confirmed: false, detail: refusal };
    const before = await this.readClocks();
    await wait(300);
    const after = await this.readClocks();
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

  private async readClocks(): Promise<Clocks | undefined> {
    const reply = await this.requests.request(this.id, { method: 'GET', path: '/status', timeoutMs: 2000 });
    const parsed = reply.kind === 'answered' ? clockSchema.safeParse(reply.body) : undefined;
    return parsed?.data?.clock;
  }
}
