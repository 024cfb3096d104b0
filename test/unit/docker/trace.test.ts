import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClockOffset, readTrace } from '../../../src/backends/docker/trace.js';
import type { TraceEvent } from '../../../src/history/trace.js';

describe("the offset of a node's machine clock", () => {
  it('is within its own doubt of the truth, however the delays fall', () => {
    const readings = fc.array(fc.record({ atUs: fc.nat(1e9), thereUs: fc.nat(5000), backUs: fc.nat(5000) }), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(readings, fc.integer({ min: -1e12, max: 1e12 }), (list, trueOffsetUs) => {
        const offset = new ClockOffset();
        for (const { atUs, thereUs, backUs } of list) {
          const machineUs = atUs + thereUs + trueOffsetUs;
          offset.observe({ askedUs: atUs, answeredUs: atUs + thereUs + backUs, machineUs });
        }
        expect(Math.abs((offset.offsetUs ?? Number.NaN) - trueOffsetUs)).toBeLessThanOrEqual(offset.doubtUs);
      }),
    );
  });

  it('is unknown before the first reading', () => {
    expect(new ClockOffset().offsetUs).toBeUndefined();
  });
});

describe("a node's trace", () => {
  async function read(text: string, cuts: readonly number[] = []) {
    const bytes = new TextEncoder().encode(text);
    const events: TraceEvent[] = [];
    async function* pieces() {
      const places = [...cuts, bytes.length].sort((a, b) => a - b);
      for (const [index, to] of places.entries()) yield bytes.subarray(places[index - 1] ?? 0, to);
    }
    const found = await readTrace({ node: 'n1', pieces: pieces(), offsetUs: 1000, onTrace: (e) => events.push(e) });
    return { ...found, events };
  }
  const line = (timeUs: number, node = 'n1') =>
    JSON.stringify({ kind: 'trace', timeUs, node, name: 'UpdateTerm', term: 3 });

  it('moves to the axis of the run', async () => {
    const { events, unreadable } = await read(`${line(5000)}\n${line(6000)}\n`, [10, 77]);
    expect(events.map(({ timeUs }) => timeUs)).toEqual([4000, 5000]);
    expect(unreadable).toBe(0);
  });

  it('loses a torn last line without a word', async () => {
    const { steps, unreadable } = await read(`${line(5000)}\n${line(6000).slice(0, 30)}`);
    expect({ steps, unreadable }).toEqual({ steps: 1, unreadable: 0 });
  });

  it('counts lines that cannot be read, and those of another node', async () => {
    const { steps, unreadable } = await read(`${line(5000)}\nrubbish\n${line(6000, 'n2')}\n${line(7000)}\n`);
    expect({ steps, unreadable }).toEqual({ steps: 2, unreadable: 2 });
  });
});
