import { describe, expect, it } from 'vitest';
import type { StateChunk } from '../../../../src/consensus/pbft/messages.js';
import { StateTransfer } from '../../../../src/consensus/pbft/state-transfer.js';
import { PbftWorld, type Sent } from './world.js';

const PEERS = ['n2', 'n3', 'n4'];

function piece(offset: number, data: string, of: Partial<StateChunk> = {}): StateChunk {
  return { type: 'StateChunk', sequence: 8, digest: 'd', proof: [], offset, data, done: false, ...of };
}

/** One that has asked n2, and whom it asks for what at each of so many looks. */
function asking() {
  const transfer = new StateTransfer(PEERS);
  const look = () => transfer.look(3);
  const looks = (count: number) => Array.from({ length: count }, look);
  return { transfer, look, looks, first: look() };
}

describe('the transfer of a state', () => {
  it('asks one for any later state, from its beginning, and then for the rest', () => {
    const { transfer, first } = asking();
    expect(first).toEqual({ from: 'n2', sequence: 4, offset: 0 });
    expect(transfer.take('n2', piece(0, 'abc'))).toBe(true);
    expect(transfer.rest()).toEqual({ from: 'n2', sequence: 8, offset: 3 });
    expect(transfer.take('n2', piece(3, 'de', { done: true }))).toBe(true);
    expect(transfer.end()).toBe('abcde');
    expect(transfer.rest()).toBeUndefined();
  });

  it('takes nothing before it asked', () => {
    expect(new StateTransfer(PEERS).take('n2', piece(0, 'abc'))).toBe(false);
  });

  it('asks the next at each look while no first piece comes', () => {
    expect(
      asking()
        .looks(3)
        .map((fetch) => fetch?.from),
    ).toEqual(['n3', 'n4', 'n2']);
  });

  it('waits a look for the next piece, asks again for it, and then asks the next replica for the whole', () => {
    const { transfer, looks } = asking();
    transfer.take('n2', piece(0, 'abc'));
    const again = { from: 'n2', sequence: 8, offset: 3 };
    expect(looks(4)).toEqual([undefined, again, again, { from: 'n3', sequence: 4, offset: 0 }]);
  });

  it('has as much patience again after each piece', () => {
    const { transfer, looks } = asking();
    transfer.take('n2', piece(0, 'abc'));
    looks(3);
    transfer.take('n2', piece(3, 'd'));
    expect(looks(3).map((fetch) => fetch?.from)).toEqual([undefined, 'n2', 'n2']);
  });

  it('takes pieces of the replica that it asked alone, in their order, each once', () => {
    const { transfer } = asking();
    expect(transfer.take('n3', piece(0, 'xyz'))).toBe(false);
    expect(transfer.take('n2', piece(3, 'de'))).toBe(false);
    expect(transfer.take('n2', piece(0, 'abc'))).toBe(true);
    expect(transfer.take('n2', piece(0, 'abc'))).toBe(false);
    expect(transfer.take('n2', piece(2, 'cd'))).toBe(false);
    expect(transfer.take('n2', piece(3, 'x', { digest: 'other' }))).toBe(false);
    expect(transfer.take('n2', piece(3, 'x', { sequence: 9 }))).toBe(false);
    expect(transfer.take('n2', piece(3, '', {}))).toBe(false);
    expect(transfer.take('n2', piece(3, '', { done: true }))).toBe(true);
    expect(transfer.end()).toBe('abc');
  });

  it.each<Partial<StateChunk>>([{ sequence: 12 }, { digest: 'other' }])('begins anew with another state: %o', (of) => {
    const { transfer } = asking();
    transfer.take('n2', piece(0, 'abc'));
    expect(transfer.take('n2', piece(0, 'xy', of))).toBe(true);
    expect(transfer.rest()).toEqual({ from: 'n2', sequence: of.sequence ?? 8, offset: 2 });
  });

  it('leaves one that sends piece after piece and comes to no end, and gives all of them more time by and by', () => {
    const { transfer, look } = asking();
    const turns: number[] = [0];
    for (let sent = 0, from = 'n2'; turns.length <= 25; sent++) {
      transfer.take(from, piece(sent, 'x'));
      const fetch = look();
      turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1;
      if (fetch === undefined || fetch.from === from) continue;
      from = fetch.from;
      sent = -1;
      turns.push(0);
    }
    const each = [16, 32, 64, 128, 256, 512, 1024, 1024];
    expect(turns.slice(0, -1)).toEqual([...each.flatMap((looks) => [looks, looks, looks]), 1024]);
  });

  it('has a bound', () => {
    const { transfer } = asking();
    const data = 'x'.repeat(1 << 20);
    for (let offset = 0; offset < 1 << 26; offset += data.length)
      expect(transfer.take('n2', piece(offset, data))).toBe(true);
    expect(transfer.take('n2', piece(1 << 26, 'x'))).toBe(false);
  });
});

describe('a replica that is far behind', () => {
  const CHUNK = 20;

  /** A world whose n4 missed so much that only the state brings it back; the state has about so many pieces. */
  function behind(pieces: number): PbftWorld {
    const options = { checkpointInterval: 4, logWindow: 8, stateChunkCharacters: CHUNK };
    const world = new PbftWorld({ options });
    const client = world.keys.create('c1');
    world.crash('n4');
    for (let timestamp = 1; timestamp <= 20; timestamp++) {
      const operation = { f: 'append', key: 'k', value: 'v'.repeat((pieces * CHUNK) / 20) } as const;
      const asked = world.ask(client, timestamp, operation, ['n1']);
      expect(world.run(500, () => asked.answers.size === 3)).toBe(true);
    }
    world.boot('n4');
    return world;
  }

  const hasCaughtUp = (world: PbftWorld) => () => (world.core('n4').status().commitIndex ?? 0) >= 20;

  it('gets a state that takes many times as long as the time between two looks', () => {
    const world = behind(200);
    expect(world.run(20_000, hasCaughtUp(world))).toBe(true);
  });

  it('gets it where a third of the pieces is lost', () => {
    const world = behind(50);
    world.onSend = (sent) => (sent.message.type === 'StateChunk' && world.random.chance(1 / 3) ? undefined : sent);
    expect(world.run(60_000, hasCaughtUp(world))).toBe(true);
  });

  it('gets it where one sends other pieces than it should, whether it is asked or not', () => {
    const world = behind(50);
    const falsified = ({ message, ...way }: Sent): Sent =>
      message.type === 'StateChunk' && way.from === 'n2'
        ? { ...way, message: { ...message, data: 'x'.repeat(message.data.length) } }
        : { ...way, message };
    let last: Sent | undefined;
    world.onSend = (sent) => {
      const { message } = sent;
      if (message.type === 'StateChunk' && sent.from === 'n2')
        last = falsified({ ...sent, message: { ...message, offset: 0 } });
      // Nobody asked for these.
      if (message.type === 'FetchState' && last !== undefined) world.deliver(last);
      return falsified(sent);
    };
    expect(world.run(60_000, hasCaughtUp(world))).toBe(true);
  });
});
