import { describe, expect, it } from 'vitest';
import type { DurableRecord, Effect, Input, Protocol, ProtocolStatus } from '../../../src/consensus/protocol.js';
import { AssayError } from '../../../src/kernel/errors.js';
import { Host, type HostPorts } from '../../../src/node/host.js';
import { encodeRecord } from '../../../src/node/wal.js';
import { bytesOf } from '../../../src/ports/disk.js';

type Step = (input: Input<unknown>) => Effect<unknown>[];

/** A host in a world that is turned by hand: syncs complete, timers expire and messages come when the test says so. */
class Bench {
  readonly happened: string[] = [];
  readonly inputs: Input<unknown>[] = [];
  readonly timers: { atUs: number; fire: () => void }[] = [];
  readonly syncs: ((error?: Error) => void)[] = [];
  readonly answers: [number, unknown][] = [];
  file: Buffer | undefined;
  fatal: Error | undefined;
  nowUs = 0;
  bugEffects: number | undefined;
  misdeeds: number | undefined;
  recovered: readonly DurableRecord[] = [];
  receive: (from: string, message: unknown) => void = () => {};
  readonly host: Host;

  constructor(step: Step, start: Effect<unknown>[] = [], turn?: Protocol<unknown>['turn']) {
    const protocol: Protocol<unknown> = {
      ...(turn && { turn }),
      start: (recovered) => {
        this.recovered = recovered;
        return start;
      },
      step: (input) => {
        this.inputs.push(input);
        return step(input);
      },
      status: (): ProtocolStatus => ({
        up: true,
        term: 7,
        ...(this.bugEffects !== undefined && { bugEffects: this.bugEffects }),
        ...(this.misdeeds !== undefined && { misdeeds: this.misdeeds }),
        metrics: { raft_term: 7, 'lag{peer="n2"}': 3 },
      }),
    };
    const ports: HostPorts = {
      clock: {
        nowUs: () => this.nowUs,
        wallMs: () => 1000,
        setTimer: (afterUs, fire) => {
          const timer = { atUs: this.nowUs + afterUs, fire };
          this.timers.push(timer);
          return timer;
        },
        clearTimer: (handle) => {
          this.timers.splice(this.timers.indexOf(handle as (typeof this.timers)[number]), 1);
        },
      },
      network: {
        send: (to, message) => this.happened.push(`send ${to} ${message}`),
        onReceive: (receive) => {
          this.receive = receive;
        },
      },
      disk: {
        read: () => this.file,
        append: (_, write) => this.happened.push(`append ${Buffer.from(bytesOf(write)).subarray(12)}`),
        sync: (_, done) => {
          this.happened.push('sync');
          this.syncs.push(done);
        },
        replace: (_, write, done) => {
          this.happened.push(`replace ${Buffer.from(bytesOf(write)).subarray(12)}`);
          this.syncs.push(done);
        },
        truncate: () => {},
      },
      trace: (traced) => this.happened.push(`trace ${traced.name}`),
      note: (text) => this.happened.push(`note ${text}`),
      fatal: (error) => {
        this.fatal = error;
      },
    };
    this.host = new Host(protocol, ports);
  }

  booted(): this {
    this.host.boot();
    return this;
  }

  /** Everything that happened since the last call. */
  take(): string[] {
    return this.happened.splice(0);
  }

  operation(body: unknown = { operation: { f: 'read' } }): void {
    this.host.handle({ method: 'POST', path: '/operation', body }, (status, answer) =>
      this.answers.push([status, answer]),
    );
  }

  /** Time passes; due timers fire. */
  elapse(us: number): void {
    const untilUs = this.nowUs + us;
    for (;;) {
      this.timers.sort((left, right) => left.atUs - right.atUs);
      const next = this.timers[0];
      if (!next || next.atUs > untilUs) break;
      this.timers.shift();
      this.nowUs = next.atUs;
      next.fire();
    }
    this.nowUs = untilUs;
  }
}

const send = (to: string, message: string): Effect<unknown> => ({ kind: 'send', to, message });
const persist = (number: number, then: Effect<unknown>[], mode: 'append' | 'replace' = 'append'): Effect<unknown> => ({
  kind: 'persist',
  mode,
  records: [{ number }],
  then,
  token: number,
});

describe('the node host', () => {
  it('carries effects out in order, and those of a persist only when it is durable', () => {
    const bench = new Bench((input) =>
      input.kind === 'receive'
        ? [send('n2', 'before'), persist(1, [send('n2', 'durable')]), send('n2', 'at once')]
        : [{ kind: 'trace', step: { name: 'UpdateTerm', term: 1 } }],
    ).booted();
    bench.receive('n2', 'go');
    expect(bench.take()).toEqual(['send n2 before', 'append {"number":1}', 'send n2 at once', 'sync']);
    bench.syncs[0]?.();
    expect(bench.take()).toEqual(['send n2 durable', 'trace UpdateTerm']);
    expect(bench.inputs).toMatchObject([{ kind: 'receive' }, { kind: 'persisted', token: 1 }]);
  });

  it('lets records that come during a sync share the next one', () => {
    const bench = new Bench((input) =>
      input.kind === 'receive' ? [persist(Number(input.message), [send('n2', `durable ${input.message}`)])] : [],
    ).booted();
    for (const number of [1, 2, 3]) bench.receive('n2', number);
    expect(bench.take()).toEqual(['append {"number":1}', 'sync', 'append {"number":2}', 'append {"number":3}']);
    bench.syncs[0]?.();
    expect(bench.take()).toEqual(['send n2 durable 1', 'sync']);
    bench.syncs[1]?.();
    expect(bench.take()).toEqual(['send n2 durable 2', 'send n2 durable 3']);
    expect(bench.syncs).toHaveLength(2);
  });

  it('takes what was appended before a replacement for durable with it, and what came after only with the next sync', () => {
    const bench = new Bench((input) => {
      if (input.kind !== 'receive') return [];
      return [persist(1, [send('n2', '1')]), persist(2, [send('n2', '2')], 'replace'), persist(3, [send('n2', '3')])];
    }).booted();
    bench.receive('n2', 'go');
    expect(bench.take()).toEqual(['append {"number":1}', 'replace {"number":2}', 'append {"number":3}', 'sync']);
    bench.syncs[0]?.();
    expect(bench.take()).toEqual(['send n2 1', 'send n2 2']);
    bench.syncs[1]?.();
    expect(bench.take()).toEqual(['send n2 3']);
  });

  it('dies of a failed sync and never tries again', () => {
    const bench = new Bench((input) =>
      input.kind === 'receive' ? [persist(1, [send('n2', 'durable')])] : [],
    ).booted();
    bench.receive('n2', 'go');
    bench.take();
    bench.syncs[0]?.(new Error('EIO'));
    expect(bench.fatal?.message).toBe('EIO');
    bench.receive('n2', 'again');
    expect(bench.take()).toEqual([]);
  });

  it('dies of a protocol that throws', () => {
    const bench = new Bench(() => {
      throw new Error('the impossible');
    }).booted();
    bench.receive('n2', 'go');
    expect(bench.fatal?.message).toBe('the impossible');
  });

  it('starts the protocol with what it recovered', () => {
    const bench = new Bench(() => [], [send('n2', 'hello')]);
    bench.file = Buffer.concat([encodeRecord({ number: 1 }), encodeRecord({ number: 2 }).subarray(0, 10)]);
    bench.operation();
    expect(bench.answers).toEqual([[503, { error: 'the node is starting' }]]);
    bench.booted();
    expect(bench.take()).toEqual(["note cut 10 bytes of an unfinished write off the log's end", 'send n2 hello']);
    expect(bench.recovered).toEqual([{ number: 1 }]);
  });

  it('dies of a damaged log without starting the protocol', () => {
    const bench = new Bench(() => [], [send('n2', 'hello')]);
    bench.file = Buffer.concat([encodeRecord({ number: 1 }), encodeRecord({ number: 2 })]);
    bench.file[14] = 0;
    bench.booted();
    expect(bench.fatal).toBeInstanceOf(AssayError);
    expect(bench.take()).toEqual([]);
  });

  it('fires a timer once, when it was last set for, and not at all once cleared', () => {
    const bench = new Bench((input) => {
      if (input.kind !== 'receive') return [];
      if (input.message === 'clear') return [{ kind: 'clear-timer', timer: 'election' }];
      return [{ kind: 'set-timer', timer: 'election', afterUs: Number(input.message) }];
    }).booted();
    const firedAt = () => bench.inputs.filter(({ kind }) => kind === 'timer').length;
    bench.receive('n2', 100);
    bench.elapse(60);
    bench.receive('n2', 100);
    bench.elapse(99);
    expect(firedAt()).toBe(0);
    bench.elapse(1);
    expect(firedAt()).toBe(1);
    bench.receive('n2', 100);
    bench.receive('n2', 10);
    bench.elapse(10);
    expect(firedAt()).toBe(2);
    bench.receive('n2', 10);
    bench.receive('n2', 'clear');
    bench.elapse(1000);
    expect(firedAt()).toBe(2);
    expect(bench.timers).toEqual([]);
  });

  it("hands the protocol's own part of a request on, and answers what a node vouches for with 200", () => {
    const vouched = { type: 'vouched', outcome: { type: 'ok' }, voucher: { replica: 'n1', mac: 'm' } } as const;
    const bench = new Bench((input) =>
      input.kind === 'request' ? [{ kind: 'reply', id: input.id, response: vouched }] : [],
    ).booted();
    const extra = { kind: 'request', auth: { signature: 's' } };
    bench.operation({ operation: { f: 'read' }, session: { client: 'c1', serial: 1 }, extra });
    bench.operation({ operation: { f: 'read' }, extra: null });
    expect(bench.inputs).toMatchObject([
      { request: { operation: { f: 'read' }, session: { client: 'c1', serial: 1 }, extra } },
      { request: { operation: { f: 'read' }, extra: null } },
    ]);
    expect(bench.answers).toEqual([
      [200, vouched],
      [200, vouched],
    ]);
  });

  it('answers operations: an outcome with 200, a redirect with 421, nonsense with 400', () => {
    const bench = new Bench((input) =>
      input.kind !== 'request'
        ? []
        : [
            {
              kind: 'reply',
              id: input.id,
              response: input.request.session ? { type: 'ok', value: 5 } : { type: 'redirect', leader: 'n2' },
            },
          ],
    ).booted();
    bench.operation({ operation: { f: 'read', key: 'k' } });
    bench.operation({ operation: { f: 'write', key: 'k', value: 5 }, session: { client: 'c1', serial: 1 } });
    bench.operation({ operation: { key: 'k' } });
    bench.operation({ operation: { f: 'read', key: 3 } });
    bench.operation({ operation: { f: 'read' }, session: { client: 'c1', serial: 'one' } });
    bench.operation('read');
    expect(bench.answers).toEqual([
      [421, { type: 'redirect', leader: 'n2' }],
      [200, { type: 'ok', value: 5 }],
      [400, { error: 'operation.f is no string' }],
      [400, { error: 'operation.key is no string' }],
      [400, { error: 'session must be { client: string, serial: integer }' }],
      [400, { error: 'the body is no JSON object' }],
    ]);
    expect(bench.inputs).toMatchObject([
      { request: { operation: { f: 'read', key: 'k' } } },
      { request: { operation: { f: 'write', key: 'k', value: 5 }, session: { client: 'c1', serial: 1 } } },
    ]);
  });

  it('tells its status with its clocks, its metrics in Prometheus text, and 404 for the rest', () => {
    const bench = new Bench(() => []).booted();
    const ask = (method: string, path: string) =>
      bench.host.handle({ method, path, body: undefined }, (status, answer) => bench.answers.push([status, answer]));
    ask('GET', '/status?verbose');
    ask('GET', '/metrics');
    ask('GET', '/operation');
    expect(bench.answers).toEqual([
      [200, { up: true, term: 7, clock: { localUs: 1_000_000, monotonicUs: 0 } }],
      [
        200,
        '# TYPE raft_term gauge\nraft_term 7\n# TYPE lag gauge\nlag{peer="n2"} 3\n' +
          '# TYPE assay_wal_syncs_total counter\nassay_wal_syncs_total 0\n',
      ],
      [404, { error: 'there is no GET /operation' }],
    ]);
  });

  it('has the protocol lie, and carries out what that brings; one that cannot is not turned', () => {
    const turn: Protocol<unknown>['turn'] = (corruption) => [
      { kind: 'trace', step: { name: 'Turn', behaviour: corruption?.behaviour ?? null } },
      {
        kind: 'persist',
        mode: 'append',
        records: [{ lies: true }],
        then: [{ kind: 'send', to: 'n2', message: 'lie' }],
      },
    ];
    const bench = new Bench(() => [], [], turn).booted();
    expect(bench.host.turn({ behaviour: 'silent', against: [] })).toBe(true);
    expect(bench.take()).toEqual(['trace Turn', 'append {"lies":true}', 'sync']);
    bench.syncs.shift()?.();
    expect(bench.take()).toEqual(['send n2 lie']);
    expect(new Bench(() => []).booted().host.turn({ behaviour: 'silent', against: [] })).toBe(false);
  });

  it('tells how often it lied, where it was made to', () => {
    const bench = new Bench(() => []).booted();
    bench.misdeeds = 3;
    const ask = (path: string) =>
      bench.host.handle({ method: 'GET', path, body: undefined }, (_, answer) => bench.answers.push([200, answer]));
    ask('/status');
    ask('/metrics');
    expect(bench.answers).toEqual([
      [200, expect.objectContaining({ misdeeds: 3 })],
      [200, expect.stringContaining('# TYPE assay_misdeeds_total counter\nassay_misdeeds_total 3\n')],
    ]);
  });

  it('tells how often a known bug took effect, where one is on', () => {
    const bench = new Bench(() => []).booted();
    bench.bugEffects = 4;
    const ask = (path: string) =>
      bench.host.handle({ method: 'GET', path, body: undefined }, (status, answer) =>
        bench.answers.push([status, answer]),
      );
    ask('/status');
    ask('/metrics');
    expect(bench.answers).toEqual([
      [200, expect.objectContaining({ bugEffects: 4 })],
      [200, expect.stringContaining('# TYPE assay_bug_effects_total counter\nassay_bug_effects_total 4\n')],
    ]);
  });

  it('stops when the sync under way is done, and leaves open requests with an unknown outcome', () => {
    const bench = new Bench((input) => (input.kind === 'request' ? [persist(1, [])] : [])).booted();
    bench.operation();
    let stopped = false;
    bench.host.stop(() => {
      stopped = true;
    });
    expect(stopped).toBe(false);
    bench.operation();
    expect(bench.answers).toEqual([[200, { type: 'fail', error: 'the node is stopping' }]]);
    bench.syncs[0]?.();
    expect(stopped).toBe(true);
    expect(bench.answers[1]).toEqual([200, { type: 'info', error: 'the node stopped' }]);
  });
});
