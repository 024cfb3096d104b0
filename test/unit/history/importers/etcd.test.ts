import { describe, expect, it } from 'vitest';
import { imported } from './import.js';

const operation = (client: number, call: number, returned: number, error = '') =>
  JSON.stringify({
    ClientId: client,
    Input: { Type: 'range', Range: { Start: `k${call}`, End: '', Limit: 0, Revision: 0 } },
    Call: call,
    Output: { Range: { KVs: [], Count: 0 }, Revision: 1, Error: error },
    Return: returned,
  });

const told = (text: string) =>
  imported(text).events.map((event) =>
    event.kind === 'invoke' || event.kind === 'ok' ? `${event.timeUs} ${event.process} ${event.kind} ${event.f}` : '',
  );

describe('operations.json of etcd', () => {
  it('are objects one after another, with or without lines, put in the order of time', () => {
    const expected = ['1 1 invoke range', '2 2 invoke range', '3 1 ok range', '4 2 ok range'];
    expect(told(`${operation(2, 2000, 4000)}\n${operation(1, 1000, 3000)}\n`)).toEqual(expected);
    expect(told(operation(2, 2000, 4000) + operation(1, 1000, 3000))).toEqual(expected);
  });

  it('with an error have an unknown outcome, and their client goes on under another number', () => {
    expect(told(operation(1, 1000, 0, 'timeout') + operation(1, 5000, 6000))).toEqual([
      '1 1 invoke range',
      '5 2 invoke range',
      '6 2 ok range',
    ]);
  });

  it('that are malformed are named', () => {
    expect(() => imported(`${operation(1, 1000, 2000)}\n{"ClientId":1,"Call":5}`)).toThrow(/line 2, column 1: .*Input/);
    expect(() => imported(operation(1, 5000, 2000))).toThrow(/not before its Call/);
  });
});
